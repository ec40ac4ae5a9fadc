// Regenerates the part of index.html that the first painted page has in common with the page that is drawn later: the
// top bar and the tabs of a narrow page, as they are in dist/ on a first visit, with all controls disabled.
//     source tools/env.sh && use_tools && node tools/shell.mjs        (needs a build; build again afterwards)
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { launchOptions, serve } from '../tests/e2e/server.mjs';

const { chromium } = createRequire(new URL('../tests/e2e/package.json', import.meta.url))('playwright-core');
const page = new URL('../index.html', import.meta.url);
const PLACE = /( *)(<!-- tools\/shell\.mjs -->\n)[^]*?( *<!-- \/tools\/shell\.mjs -->)/;

const server = await serve();
const browser = await chromium.launch(launchOptions());
const tab = await browser.newPage({ locale: 'en-GB' });
await tab.goto(server.url);
await tab.locator('#app > .top-bar').waitFor();
const lines = await tab.evaluate(() => {
  const KEPT = ['class', 'id', 'href', 'type', 'role', 'aria-label'];
  const write = (element, indent) => {
    const tag = element.localName;
    const attributes = [...element.attributes].filter(({ name, value }) => KEPT.includes(name) && value);
    // Keep all options of a list, because the longest one determines its width.
    const isChosen = tag === 'option' && element.selected && element.index > 0;
    const controls = ['button', 'select', 'input'].includes(tag) ? ' disabled' : isChosen ? ' selected' : '';
    const head = `${indent}<${tag}${attributes.map(({ name, value }) => ` ${name}="${value.replaceAll('"', '&quot;')}"`).join('')}${controls}>`;
    if (tag === 'input') return [head];
    const text = element.children.length ? '' : element.textContent.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const inner = [...element.children].flatMap((child) => write(child, `${indent}  `));
    return inner.length ? [head, ...inner, `${indent}</${tag}>`] : [`${head}${text}</${tag}>`];
  };
  return [...document.querySelectorAll('#app > .top-bar, #app > .panel-tabs')].flatMap((part) => write(part, ''));
});
await browser.close();
await server.close();

const html = readFileSync(page, 'utf8');
if (!PLACE.test(html)) throw new Error('index.html has no place for the shell');
const fresh = html.replace(PLACE, (_, indent, begin, end) => indent + begin + lines.map((line) => `${indent}${line}\n`).join('') + end);
writeFileSync(page, fresh);
console.log(fresh === html ? 'shell: index.html is as the page is' : 'shell: index.html has changed; build again');
