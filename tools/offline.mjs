// After a build: writes the service worker, with the list of the files that it caches.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integrityOf } from './integrity.mjs';
import { VERSION_PLACE } from './page.mjs';

const EMPTY = "const BUILD = { version: '', files: {} };";
/** Files that no page requests, and the page itself, whose hash is not in the worker. */
const NOT_KEPT = /(^|\/)(_headers|\.htaccess|index\.html|sw\.js)$|\.(br|gz|map)$/;

/** Writes sw.js, and the version into sw.js and the page. The version changes with the content of the folder. */
export async function serviceWorker(folder, source, small) {
  if (!source.includes(EMPTY)) throw new Error('static/sw.js has no place for what it keeps');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1).replaceAll('\\', '/'))
    .sort();
  const kept = files.filter((name) => !NOT_KEPT.test(name));
  const integrity = kept.map((name) => [name, integrityOf(readFileSync(join(folder, name)))]);
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  if (!page.includes(VERSION_PLACE)) throw new Error('index.html has no place for the version');
  const version = createHash('sha256').update(JSON.stringify([integrity, page, source])).digest('hex').slice(0, 12);
  writeFileSync(join(folder, 'index.html'), page.replace(VERSION_PLACE, version));
  const build = JSON.stringify({ version, files: Object.fromEntries(integrity) });
  writeFileSync(join(folder, 'sw.js'), await small(source.replace(EMPTY, `const BUILD = ${build};`)));
}
