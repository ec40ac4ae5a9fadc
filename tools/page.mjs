// After a build: finishes index.html. Trunk starts the engine from an inline script, which a strict policy forbids;
// static/start.js starts it instead, and shows the progress. This module inserts that script with its parameters,
// updates the integrity hash of every file, and adds the policy to the page.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY } from './hosting.mjs';
import { integrityOf } from './integrity.mjs';

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi;
const PRELOAD = /<link\b[^>]*\brel="?(?:modulepreload|preload)\b[^>]*>/gi;
const STYLE_SHEET = /<link\b[^>]*\brel="?stylesheet\b[^>]*>/i;
const ICON = /<link\b[^>]*\brel="?icon\b[^>]*>/i;

/** Returns the files that trunk's inline script names, and whether the page is served by `trunk serve`. */
export function startOf(folder) {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const scripts = [...html.matchAll(INLINE_SCRIPT)].map(([whole, text]) => ({ whole, text }));
  const start = scripts.find(({ text }) => text.includes('module_or_path'));
  const [, script] = /from\s*['"]([^'"]+\.js)['"]/.exec(start?.text) ?? [];
  const [, module] = /module_or_path:\s*['"]([^'"]+)['"]/.exec(start?.text) ?? [];
  if (!script || !module) throw new Error('index.html has no start script of trunk that could be replaced');
  // `trunk serve` adds a script that reloads the page, and fills in its placeholders when it serves the page.
  return { html, start: start.whole, script, module, isServed: scripts.some(({ text }) => text.includes('{{__TRUNK_')) };
}

/** Content security policy of a page that trunk serves: trunk's script is inline and opens a web socket. */
const SERVED_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'").replace(
  "connect-src 'self'",
  "connect-src 'self' ws:",
);

/** Placeholder in the page for the version until it is known. */
export const VERSION_PLACE = 'VERSION-OF-THE-PAGE';

/** Writes the page as it is published. A page that `trunk serve` serves has no version, because nothing caches it. */
export function finishPage(folder, { start, recover, touchIcon, isServed }) {
  const { html, start: inline, script, module } = startOf(folder);
  const bytes = (name) => readFileSync(join(folder, name));
  const integrity = (name) => (isServed ? '' : ` integrity="${integrityOf(bytes(name))}"`);
  const [, style] = /\bhref="?([^"\s>]+)/.exec(STYLE_SHEET.exec(html)[0]);
  const [, icon] = /\bhref="?([^"\s>]+)/.exec(ICON.exec(html)[0]);
  const head = [
    `<link rel="stylesheet" href="${style}" crossorigin="anonymous"${integrity(style)}>`,
    // No preload of the engine: start.js fetches it, and explains why.
    `<script type="module" src="./${start}" data-module="${module}" data-bytes="${bytes(module).length}"` +
      ` data-integrity="${integrityOf(bytes(module))}" data-script="${script}"` +
      ` data-script-integrity="${isServed ? '' : integrityOf(bytes(script))}"` +
      ` data-version="${isServed ? '' : VERSION_PLACE}"${integrity(start)}></script>`,
    `<script async src="./${recover}" crossorigin="anonymous"${integrity(recover)}></script>`,
    `<link rel="icon" type="image/svg+xml" href="${icon}"${integrity(icon)}>`,
    `<link rel="apple-touch-icon" href="./${touchIcon}"${integrity(touchIcon)}>`,
    '<link rel="manifest" href="./manifest.webmanifest">',
  ].join('');
  const policy = `<meta http-equiv="Content-Security-Policy" content="${isServed ? SERVED_POLICY : POLICY}">`;
  const finished = html
    .replace(inline, '')
    .replace(PRELOAD, '')
    .replace(STYLE_SHEET, '')
    .replace(ICON, head)
    .replace(/<meta charset="?utf-8"?\s*\/?>/i, (charset) => charset + policy);
  if (!finished.includes(policy)) throw new Error('index.html has no place for the policy');
  writeFileSync(join(folder, 'index.html'), finished);
}
