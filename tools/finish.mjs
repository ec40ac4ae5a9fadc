// Trunk's post_build hook. One for all that is done to the page then, because trunk runs hooks side by side, and each
// of these changes index.html.
import { fileURLToPath } from 'node:url';
import { shrink } from './shrink.mjs';
import { nameInlineScripts } from './csp.mjs';
import { split } from './split.mjs';

const folder = process.env.TRUNK_STAGING_DIR;
const root = fileURLToPath(new URL('..', import.meta.url));
if (process.env.TRUNK_PROFILE === 'release') await shrink(folder, split(folder, root));
nameInlineScripts(folder);
