// The minimum: the built page starts from a folder of a plain file server, and shows its name.
import { assert, test } from './harness.mjs';

test('the page loads without a complaint', async ({ page }) => {
  const tab = await page();
  assert.match(await tab.title(), /Mesh Playground/);
});

test('every file has the integrity hash that the page gives for it', async ({ page }) => {
  const tab = await page();
  const wrong = await tab.evaluate(async () => {
    const links = [...document.querySelectorAll('[integrity]')];
    const check = async ({ href, src, integrity }) => {
      const bytes = await (await fetch(href ?? src)).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', bytes));
      return integrity === `sha384-${btoa(String.fromCharCode(...digest))}` ? null : (href ?? src);
    };
    const results = await Promise.all(links.map(check));
    return { count: links.length, wrong: results.filter(Boolean) };
  });
  assert.deepEqual(wrong, { count: 6, wrong: [] });
});
