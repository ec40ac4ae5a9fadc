// The least there is: the built page starts from a folder of a plain file server, and says who it is.
import { assert, test } from './harness.mjs';

test('the page loads without a complaint', async ({ page }) => {
  const tab = await page();
  assert.match(await tab.title(), /Mesh Playground/);
});
