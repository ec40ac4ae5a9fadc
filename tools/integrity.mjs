// Subresource Integrity: the hash that a browser checks before it uses a file. https://www.w3.org/TR/sri-2/
import { createHash } from 'node:crypto';

/** Returns the integrity hash of a file. */
export const integrityOf = (bytes) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
