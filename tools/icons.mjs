// Renders the icons of an installed page from static/icon.svg. Run it after a change of that file.
//     source tools/env.sh && use_tools && node tools/icons.mjs
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { launchOptions } from '../tests/e2e/server.mjs';

const { chromium } = createRequire(new URL('../tests/e2e/package.json', import.meta.url))('playwright-core');
const at = (name) => fileURLToPath(new URL(`../static/${name}`, import.meta.url));
const svg = readFileSync(at('icon.svg'), 'utf8');
// A system may cut any shape out of a maskable icon: its colour extends to the edges, its content is in the middle.
const maskable = svg.replace(/rx="\d+"/, '').replace('viewBox="0 0 32 32"', 'viewBox="-5 -5 42 42" style="background:#3b3bb3"');

const browser = await chromium.launch(launchOptions());
for (const [name, picture, size] of [
  ['icon-180.png', maskable, 180],
  ['icon-192.png', svg, 192],
  ['icon-512.png', svg, 512],
  ['maskable-192.png', maskable, 192],
  ['maskable-512.png', maskable, 512],
]) {
  const tab = await browser.newPage({ viewport: { width: size, height: size } });
  await tab.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${picture}`);
  await tab.screenshot({ path: at(name), omitBackground: true });
  await tab.close();
}
await browser.close();
