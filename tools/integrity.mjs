// What a browser compares a file with before it uses it: https://www.w3.org/TR/sri-2/
import { createHash } from 'node:crypto';

/** The integrity hash of a file. */
export const integrityOf = (bytes) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
