// After a build: lets the page's Content-Security-Policy name the inline scripts by their hashes.
// Trunk starts the program from an inline script whose text holds the hashed file names, so its hash is known
// only now. In index.html the policy says where the hashes go:
//     script-src 'self' 'wasm-unsafe-eval' 'inline-script-hashes'
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PLACE = /'inline-script-hashes'/g;
const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi;

/** Puts the hashes into the policy of the page in a folder that trunk has built. */
export function nameInlineScripts(folder) {
  const file = join(folder, 'index.html');
  const html = readFileSync(file, 'utf8');
  if (PLACE.test(html)) {
    const scripts = [...html.matchAll(INLINE_SCRIPT)].map(([, text]) => text);
    // `trunk serve` adds a script that it completes as it serves the page: no hash can be given for that one.
    const isServed = scripts.some((text) => text.includes('{{__TRUNK_'));
    const sources = isServed
      ? ["'unsafe-inline'"]
      : scripts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    writeFileSync(file, html.replace(PLACE, sources.join(' ')));
  }
}
