// Trunk's post_build hook. One for all that is done to the page then, because trunk runs hooks side by side, and each
// of these changes index.html.
import { shrink } from './shrink.mjs';
import { nameInlineScripts } from './csp.mjs';

const folder = process.env.TRUNK_STAGING_DIR;
if (process.env.TRUNK_PROFILE === 'release') await shrink(folder);
nameInlineScripts(folder);
