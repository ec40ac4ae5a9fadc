// Trunk's post_build hook. A single hook runs all steps, because trunk runs hooks in parallel, and each step changes
// index.html.
import { fileURLToPath } from 'node:url';
import { publish } from './publish.mjs';
import { shrink } from './shrink.mjs';
import { split } from './split.mjs';

const folder = process.env.TRUNK_STAGING_DIR;
const root = fileURLToPath(new URL('..', import.meta.url));
const isRelease = process.env.TRUNK_PROFILE === 'release';
if (isRelease) await shrink(folder, await split(folder, root));
await publish(folder, root, isRelease);
