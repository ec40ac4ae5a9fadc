// After a build, when every file has its last content: what a page needs to be published.
//
// The files get names by their content, the page its policy and its integrity hashes, and beside it come the service
// worker, the manifest, header files for hosts, and everything compressed. A page that `trunk serve` serves gets only
// what lets it start: nothing there may keep a file.
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compress } from './compress.mjs';
import { headerFiles } from './hosting.mjs';
import { serviceWorker } from './offline.mjs';
import { finishPage, startOf } from './page.mjs';

// Trunk leaves out the noughts that its hashes begin with; those given here all have 16 figures.
const HASH = /-[0-9a-f]{8,16}(?=(?:_bg)?\.\w+$)/;
const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Gives each file whose name has a hash the hash of what is in it now; those first that others name. */
function nameByContent(folder) {
  const TEXTS = /\.(html|js|css)$/;
  const order = ['wasm', 'svg', 'png', 'css', 'js'];
  const rank = (name) => order.indexOf(name.slice(name.lastIndexOf('.') + 1));
  // Of two scripts, one may name the other: the one that is named first has to be first.
  const names = readdirSync(folder).filter((name) => HASH.test(name)).sort((a, b) => rank(a) - rank(b));
  for (const name of names) {
    const fresh = name.replace(HASH, `-${hashOf(readFileSync(join(folder, name)))}`);
    if (fresh === name) continue;
    renameSync(join(folder, name), join(folder, fresh));
    for (const other of readdirSync(folder).filter((other) => TEXTS.test(other))) {
      const file = join(folder, other);
      const text = readFileSync(file, 'utf8');
      if (text.includes(name)) writeFileSync(file, text.replaceAll(name, fresh));
    }
  }
}

/** Does all of it in a folder that trunk has built. */
export async function publish(folder, root, isRelease) {
  const small = async (text, isModule) => {
    if (!isRelease) return text;
    const { minify } = createRequire(join(root, 'tests/e2e/package.json'))('terser');
    return (await minify(text, { module: isModule, toplevel: true, compress: { passes: 2 }, mangle: true })).code;
  };
  const source = (name) => readFileSync(join(root, 'static', name));
  /** Writes a file under a name that has its hash. */
  const write = (name, bytes) => {
    const hashed = name.replace(/\.\w+$/, (end) => `-${hashOf(bytes)}${end}`);
    writeFileSync(join(folder, hashed), bytes);
    return hashed;
  };

  const { isServed } = startOf(folder);
  if (!isServed) nameByContent(folder);
  const start = write('start.js', Buffer.from(await small(source('start.js').toString(), true)));
  // Without a hash in its name: no cache may hold for long that the script which repairs that is missing.
  const recover = 'recover.js';
  writeFileSync(join(folder, recover), await small(source(recover).toString(), true));
  const manifest = JSON.parse(source('manifest.webmanifest'));
  for (const icon of manifest.icons) icon.src = `./${write(icon.src, source(icon.src))}`;
  writeFileSync(join(folder, 'manifest.webmanifest'), JSON.stringify(manifest));
  const touchIcon = write('icon-180.png', source('icon-180.png'));

  finishPage(folder, { start, recover, touchIcon, isServed });
  // Our licence, and the notices of what the page is compiled of: made by tools/licenses.sh.
  writeFileSync(join(folder, 'licenses.txt'), source('licenses.txt'));
  if (isServed) return;
  await serviceWorker(folder, source('sw.js').toString(), (text) => small(text, false));
  headerFiles(folder);
  compress(folder, isRelease);
}
