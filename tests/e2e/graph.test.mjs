// The graph: by keyboard, as a table, zoomed in and out, as a picture, on paper, and with thousands of boxes.
import { assert, axe, isFirefox, screenshot, test, visit } from './harness.mjs';
import { eventually, give, nodeName, prefer, requests, selectNode } from './page.mjs';

const graph = (tab) => tab.getByRole('region', { name: 'Mesh graph' });

/** Returns the name of the focused element. */
const focused = (tab) =>
  tab.evaluate(() => {
    const element = document.activeElement;
    return element.querySelector('title')?.textContent ?? element.getAttribute('aria-label') ?? element.textContent;
  });

visit('the drawing is one stop of Tab, and the arrows go from box to box', async (tab) => {
  const boxes = graph(tab).locator('[data-box]');
  const stops = () => boxes.evaluateAll((all) => all.filter((box) => box.tabIndex === 0).length);
  assert.equal(await stops(), 1);
  await selectNode(tab, 'green');
  await tab.getByRole('button', { name: 'Picture…' }).focus();
  await tab.keyboard.press('Tab');
  assert.match(await focused(tab), /^virtual node colorteller-green-vn: /, 'Tab comes to the box that is selected');
  for (const [key, name] of [
    ['ArrowUp', /colorteller-blue-vn: listener refuses$/],
    ['ArrowUp', /colorteller-blue-vn/],
    ['ArrowLeft', /^virtual gateway colorgateway-vg$/],
    ['ArrowLeft', /^virtual gateway colorgateway-vg$/],
    ['ArrowRight', /colorteller-orange-vn: arrives$/],
    ['ArrowDown', /colorteller-purple-vn/],
    ['End', /colorteller-yellow-vn: app refuses$/],
    ['Home', /^virtual gateway colorgateway-vg$/],
    ['r', /colorteller-red-vn/],
    ['x', /colorteller-red-vn/],
    ['y', /colorteller-yellow-vn/],
  ]) {
    await tab.keyboard.press(key);
    assert.match(await focused(tab), name, key);
    assert.equal(await stops(), 1, key);
    // The focus must be visible: its frame is thick and dashed.
    assert.notEqual(await tab.evaluate(() => getComputedStyle(document.activeElement.querySelector('.frame')).strokeDasharray), 'none');
  }
  assert.match(await tab.locator('.inspector h2').textContent(), /green/, 'moving about selects nothing');
  await tab.keyboard.press('Tab');
  assert.match(await focused(tab), /^GET \/blue through/, 'the next stop is behind the drawing');
  await tab.keyboard.press('Shift+Tab');
  assert.match(await focused(tab), /colorteller-yellow-vn/, 'and back to where it was');
  await tab.keyboard.press(' ');
  await eventually(() => tab.locator('.inspector h2').textContent(), nodeName('yellow'));
  assert.match(await focused(tab), /colorteller-yellow-vn/, 'Space selects and stays');
  await tab.keyboard.press('ArrowUp');
  await tab.keyboard.press('Enter');
  await eventually(() => tab.locator('.inspector h2').textContent(), nodeName('red'));
  await eventually(() => focused(tab), nodeName('red'), 'Enter goes to the details');
  assert.equal(await tab.evaluate(() => document.activeElement.localName), 'h2');
});

test('the tables have every fact that the drawing has', async ({ page }) => {
  for (const width of [320, 1440]) {
    const tab = await page({ width, height: 900 });
    for (const preference of ['No preference', 'IPv6_ONLY']) {
      await prefer(tab, preference);
      const table = tab.getByRole('button', { name: 'Gateways and nodes as a table' });
      if ((await table.getAttribute('aria-expanded')) === 'false') await table.click();
      await tab.locator('.requests.boxes').waitFor();
      const { drawn, told } = await tab.evaluate(() => {
        const texts = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent.trim());
        return {
          drawn: [
            ...texts('.graph svg .box title').flatMap((title) => title.replace(/^virtual (node|gateway) /, '').split(': ')),
            ...texts('.graph svg .label, .graph svg .fact, .graph svg .title'),
          ],
          told: texts('.graph table').join(' '),
        };
      });
      assert.ok(drawn.length > 30);
      // A text shortened in the middle consists of the beginning and the end of a text in the table.
      const isTold = (text) => {
        const [front, back] = text.split('…');
        return back === undefined ? told.includes(text) : told.includes(front) && told.includes(back);
      };
      assert.deepEqual(drawn.filter((text) => text && !isTold(text)), [], `${width} px, ${preference}`);
      // The symbols, too: the graph and the table show the same number of arriving requests.
      const counts = await tab.evaluate(() => [
        document.querySelectorAll('.graph svg .end.pass').length,
        document.querySelectorAll('.requests:not(.boxes) .badge.pass').length,
        document.querySelectorAll('.requests.boxes .badge.pass').length,
      ]);
      assert.deepEqual(counts, [2, 2, 2]);
      assert.deepEqual(await axe(tab), []);
    }
  }
});

visit('what became of the requests is told after each change', async (tab) => {
  const told = () => tab.locator('.outcomes[role=status]').textContent();
  assert.equal(await told(), '', 'nothing has happened yet');
  await prefer(tab, 'IPv4_PREFERRED');
  await eventually(told, '4 of 6 requests arrive; colorteller-blue-vn arrives, colorteller-green-vn arrives, colorteller-purple-vn fails at the application');
  await tab.keyboard.press('Control+z');
  await eventually(told, '2 of 6 requests arrive; colorteller-blue-vn fails at the listener, colorteller-green-vn fails at the listener, colorteller-purple-vn fails at the listener');
  await tab.getByRole('button', { name: 'Delete virtual node colorteller-red-vn' }).click();
  await tab.keyboard.press('Escape');
  assert.match(await told(), /^2 of 6/, 'what changes nothing is not told');
});

visit('moving about and magnifying draw no box anew', async (tab) => {
  const svg = graph(tab).locator('svg');
  await svg.evaluate((svg) => {
    window.changes = 0;
    const count = (records) => (window.changes += records.filter(({ target }) => target !== svg).length);
    new MutationObserver(count).observe(svg, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  const width = async () => (await svg.boundingBox()).width;
  const before = await width();
  // Lengths reach the page in hundredths.
  const becomes = (wanted) => eventually(async () => Math.abs((await width()) - wanted) < 2, true, `${wanted} px`);
  for (let step = 0; step < 3; step += 1) await tab.getByRole('button', { name: 'Larger' }).click();
  await becomes(before * 2);
  await tab.getByRole('button', { name: '200 %, back to 100 %' }).waitFor();
  // The mouse can drag between the boxes.
  const place = graph(tab);
  const scrolled = () => place.evaluate((place) => [place.scrollLeft, place.scrollTop]);
  await place.scrollIntoViewIfNeeded();
  const at = await place.boundingBox();
  const [left, top] = await scrolled();
  await tab.mouse.move(at.x + 20, at.y + 40);
  await tab.mouse.down();
  await tab.mouse.move(at.x - 80, at.y + 10, { steps: 5 });
  await tab.mouse.up();
  await tab.mouse.move(at.x, at.y);
  assert.deepEqual(await scrolled(), [left + 100, top + 30]);
  // The wheel with Ctrl zooms, too, and so do the keys.
  await tab.mouse.move(at.x + 100, at.y + 100);
  await tab.keyboard.down('Control');
  await tab.mouse.wheel(0, 100);
  await tab.keyboard.up('Control');
  await becomes(before * 1.5);
  assert.equal(await tab.evaluate(() => window.changes), 0);
  await graph(tab).locator('[tabindex="0"]').focus();
  await tab.keyboard.press('-');
  await becomes(before * 1.25);
  await tab.keyboard.press('0');
  await becomes(before);
  await tab.keyboard.press('+');
  await becomes(before * 1.25);
  await tab.getByRole('button', { name: 'Fit the whole graph' }).click();
  const fits = () => graph(tab).evaluate((place) => place.scrollWidth <= place.clientWidth && place.scrollHeight <= place.clientHeight);
  await eventually(fits, true);
  assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
});

// Pictures --------------------------------------------------------------------------------------------------------

const bytes = async (download) => {
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return Buffer.concat(parts);
};

async function picture(tab, { subject, colours, format }) {
  await tab.getByRole('button', { name: 'Picture…' }).click();
  const dialog = tab.getByRole('dialog', { name: 'Picture' });
  await dialog.getByLabel('Format').selectOption(format);
  if (subject) await dialog.getByLabel('Picture of').selectOption(subject);
  if (colours) await dialog.getByLabel('Colours').selectOption(colours);
  const download = tab.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save file' }).click();
  const file = await download;
  // Firefox appends a number to the name of an existing file.
  const name = file.suggestedFilename().replace(/\(\d+\)/, '');
  await dialog.getByText(`Saved as ${name}`).waitFor();
  if (!isFirefox) assert.deepEqual(await axe(tab), []);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await dialog.waitFor({ state: 'detached' });
  return { name, body: await bytes(file) };
}

const SVG = 'SVG, for documents and pages';
const PNG = 'PNG, for slides and messages';

test('the graph and the matrix as SVG stand on their own', async ({ page }) => {
  const tab = await page();
  // In another page: a document opened by the page is under the page's own policy, which allows no styles except its
  // style sheet.
  const elsewhere = await tab.context().newPage();
  for (const [subject, colours, file, words] of [
    ['The graph', 'Light', 'colors-graph.svg', ['Mesh colors, No preference: 2 of 6 requests arrive', 'colorgateway-vg', '/yellow']],
    ['The graph', 'Dark', 'colors-graph.svg', ['Mesh colors, No preference: 2 of 6 requests arrive', 'at 10.0.1.12']],
    ['The matrix', 'Light', 'colors-matrix.svg', ['No preference (now)', '✕ listener refuses', 'then app refuses']],
    ['The matrix', 'Dark', 'colors-matrix.svg', ['Virtual node', '✓ arrives']],
  ]) {
    const { name, body } = await picture(tab, { subject, colours, format: SVG });
    assert.equal(name, file);
    const text = body.toString();
    const read = await elsewhere.evaluate((text) => {
      const document = new DOMParser().parseFromString(text, 'image/svg+xml');
      return {
        error: document.querySelector('parsererror')?.textContent ?? null,
        root: document.documentElement.localName,
        texts: [...document.querySelectorAll('text')].map((element) => element.textContent),
        refers: [...document.querySelectorAll('*')].flatMap((element) =>
          [...element.attributes].filter(({ name, value }) => /href|src|^on/.test(name) || /url\(/.test(value)).map(({ name }) => name)),
      };
    }, text);
    assert.equal(read.error, null);
    assert.equal(read.root, 'svg');
    assert.deepEqual(read.refers, []);
    assert.ok(!/@import|url\(|<script/.test(text));
    for (const colour of ['red', 'orange', 'yellow', 'green', 'blue', 'purple']) assert.ok(read.texts.includes(nodeName(colour)), colour);
    for (const word of words) assert.ok(read.texts.includes(word), `${word} in ${read.texts}`);
  }
});

test('the graph as PNG is twice as large, and not blank', async ({ page }) => {
  const tab = await page();
  for (const [subject, colours, paper] of [['The graph', 'Light', [255, 255, 255]], ['The matrix', 'Dark', [26, 29, 42]]]) {
    const { name, body } = await picture(tab, { subject, colours, format: PNG });
    assert.match(name, /\.png$/);
    assert.equal(body.subarray(1, 4).toString(), 'PNG');
    const seen = await tab.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
      return { width: bitmap.width, height: bitmap.height, colours: colours.size, corner: [...data.slice(0, 3)] };
    }, body.toString('base64'));
    assert.ok(seen.width >= 1500 && seen.height >= 500, JSON.stringify(seen));
    assert.ok(seen.colours > 50, JSON.stringify(seen));
    assert.deepEqual(seen.corner, paper);
  }
});

test('the PNG looks as the browser draws the SVG', async ({ page }) => {
  const tab = await page();
  // The page's own policy forbids an image from a data URL; a page without a policy allows it.
  const elsewhere = await tab.context().newPage();
  for (const [subject, colours] of [['The graph', 'Light'], ['The graph', 'Dark'], ['The matrix', 'Light']]) {
    const [svg, png] = [await picture(tab, { subject, colours, format: SVG }), await picture(tab, { subject, colours, format: PNG })];
    const far = await elsewhere.evaluate(async (pictures) => {
      const [svg, png] = await Promise.all(pictures.map(async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        return image;
      }));
      const pixels = (image) => {
        const context = new OffscreenCanvas(png.naturalWidth, png.naturalHeight).getContext('2d');
        context.drawImage(image, 0, 0, png.naturalWidth, png.naturalHeight);
        return context.getImageData(0, 0, png.naturalWidth, png.naturalHeight).data;
      };
      const [a, b] = [pixels(svg), pixels(png)];
      let far = 0;
      for (let at = 0; at < a.length; at += 4) {
        const distance = Math.max(...[0, 1, 2].map((colour) => Math.abs(a[at + colour] - b[at + colour])));
        if (distance > 96) far += 1;
      }
      return far / (a.length / 4);
    }, [`data:image/svg+xml;base64,${svg.body.toString('base64')}`, `data:image/png;base64,${png.body.toString('base64')}`]);
    // The edges of letters may be shifted by half a pixel.
    assert.ok(far < 0.002, `${subject}, ${colours}: ${(far * 100).toFixed(2)} % of the pixels are of another colour`);
  }
});

test('the graph as Mermaid is shown, copied and saved', async ({ page }) => {
  const tab = await page({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { name, body } = await picture(tab, { format: 'Mermaid, for wikis and issues' });
  assert.equal(name, 'colors.mmd');
  assert.match(body.toString(), /^flowchart LR\n {4}n0\(\["colorgateway-vg"\]\)\n/);
  assert.match(body.toString(), /n0 -\.-x\|"\/blue ✕"\| n1\n/);
  await tab.getByRole('button', { name: 'Picture…' }).click();
  const dialog = tab.getByRole('dialog', { name: 'Picture' });
  await dialog.getByLabel('Format').selectOption('Mermaid, for wikis and issues');
  await dialog.getByRole('button', { name: 'Copy Mermaid text' }).click();
  await dialog.getByText('Copied the Mermaid text').waitFor();
  assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), body.toString());
});

// On paper --------------------------------------------------------------------------------------------------------

test('on paper there is all of it, and nothing to press', async ({ page }) => {
  const tab = await page({ colorScheme: 'dark' });
  await prefer(tab, 'IPv6_ONLY');
  await selectNode(tab, 'red');
  for (const view of ['Graph', 'Matrix']) {
    await tab.getByRole('button', { name: view, exact: true }).click();
    await tab.emulateMedia({ media: 'print', colorScheme: 'dark', reducedMotion: 'reduce' });
    // A4 at 96 pixels per inch, without margins.
    await tab.setViewportSize({ width: 688, height: 971 });
    const found = await tab.evaluate(() => {
      const all = [...document.querySelectorAll('body *')].filter((element) => element.checkVisibility());
      return {
        buttons: all.filter((element) => element.matches('.graph-bar button, .actions button, .tabs button, dialog, .panel-tabs button')).length,
        paper: getComputedStyle(document.body).backgroundColor,
        ink: getComputedStyle(document.body).color,
        // Content that is cut off on a screen can be scrolled to; on paper it is lost.
        cut: all.filter((element) => getComputedStyle(element).overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 2
          && !element.matches('.visually-hidden, select')).map((element) => element.className),
        wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        texts: document.body.innerText,
      };
    });
    assert.equal(found.buttons, 0);
    assert.equal(found.paper, 'rgb(255, 255, 255)');
    assert.equal(found.ink, 'rgb(25, 27, 42)');
    assert.deepEqual(found.cut, []);
    assert.ok(found.wider <= 0, `${view} is ${found.wider} px too wide`);
    for (const text of ['colorteller-red-vn', 'DNS resolver', 'aws appmesh update-mesh']) assert.ok(found.texts.includes(text), `${view}: ${text}`);
    await screenshot(tab, `print-${view.toLowerCase()}`, { fullPage: true });
    const pdf = await tab.pdf({ format: 'A4' });
    assert.equal(pdf.subarray(0, 4).toString(), '%PDF');
    await tab.emulateMedia({ media: 'screen' });
    await tab.setViewportSize({ width: 1280, height: 800 });
  }
});

// Themes and widths ------------------------------------------------------------------------------------------------

test('for a room the page is larger and its lines are thicker, at every width', async ({ page }) => {
  const tab = await page({ width: 1440, height: 900 });
  const measured = () =>
    tab.evaluate(() => {
      const of = (selector) => document.querySelector(selector);
      return {
        text: parseFloat(getComputedStyle(of('.requests td')).fontSize),
        box: of('.box .frame').getBoundingClientRect().height,
        line: parseFloat(getComputedStyle(of('.way')).strokeWidth),
      };
    });
  const before = await measured();
  await tab.getByLabel('Theme').selectOption('projector');
  await eventually(async () => (await measured()).line, 3.5);
  const after = await measured();
  assert.ok(after.text >= before.text * 1.3, JSON.stringify([before, after]));
  assert.ok(after.box >= before.box * 1.3, JSON.stringify([before, after]));
  for (const width of [320, 768, 1100, 1440, 1920]) {
    await tab.setViewportSize({ width, height: 900 });
    const wider = () => tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await eventually(wider, 0, `${width} px`);
    // The graph uses the available width, as far as its boxes can be narrow enough.
    if (width >= 768) await eventually(() => graph(tab).evaluate((place) => place.scrollWidth - place.clientWidth), 0, `${width} px`);
  }
});

test('the top bar is two lines at the most on a small tablet', async ({ page }) => {
  const tab = await page({ width: 768, height: 900 });
  assert.ok((await tab.locator('.top-bar').boundingBox()).height <= 90);
});

// Large -----------------------------------------------------------------------------------------------------------

/** Returns a template with `count` nodes, each of which has the next one as a backend. */
const template = (count) => {
  const Resources = { Mesh: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: `of-${count}` } } };
  for (let number = 0; number < count; number += 1) {
    const MeshName = `of-${count}`;
    const Backends = [{ VirtualService: { VirtualServiceName: `s${(number + 1) % count}.local` } }];
    const ServiceDiscovery = { DNS: { Hostname: `n${number}.local` } };
    const Listeners = [{ PortMapping: { Port: 80, Protocol: 'http' } }];
    Resources[`N${number}`] = { Type: 'AWS::AppMesh::VirtualNode', Properties: { MeshName, VirtualNodeName: `n${number}`, Spec: { Backends, ServiceDiscovery, Listeners } } };
    const Spec = { Provider: { VirtualNode: { VirtualNodeName: `n${number}` } } };
    Resources[`S${number}`] = { Type: 'AWS::AppMesh::VirtualService', Properties: { MeshName, VirtualServiceName: `s${number}.local`, Spec } };
  }
  return JSON.stringify({ Resources });
};

test('of two thousand boxes those near the view are drawn, wherever it is moved', { timeout: 300_000 }, async ({ page }) => {
  const tab = await page();
  tab.context().setDefaultTimeout(120_000);
  await tab.getByText('Accounts and quotas').click();
  await tab.getByLabel('Enforce the default quotas').uncheck();
  const boxes = () => tab.locator('.graph .box').count();
  for (const count of [100, 2000]) {
    const dialog = await give(tab, template(count), { asFile: true, name: 'template.json' });
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
    await dialog.getByRole('region', { name: 'Report' }).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
    // With DOM functions, because finding a control by its role takes long in such a large page.
    await tab.evaluate((name) => [...document.querySelectorAll('.meshes button.link')].find((link) => link.textContent === name).click(), `of-${count}`);
    // A large graph contains the visible boxes and some above and below. `make bench` measures how fast it scrolls.
    await eventually(async () => {
      const shown = await boxes();
      return count === 100 ? shown === 100 : shown > 10 && shown < 200;
    }, true);
    const place = tab.locator('.graph .scroll');
    await place.evaluate((place) => place.scrollIntoView({ block: 'start' }));
    const at = await place.boundingBox();
    // At the left edge there is nothing that could be mistaken for a box.
    await tab.mouse.move(at.x + 3, at.y + 300);
    await tab.mouse.down();
    for (let step = 0; step < 60; step += 1) await tab.mouse.move(at.x + 3, at.y + 300 - 4 * step);
    await tab.mouse.up();
    await eventually(() => place.evaluate((place) => place.scrollTop > 100), true, 'it moved');
    assert.ok(await boxes() < 200);
  }
  // The keys reach boxes that were not rendered before, and the focus stays when its box is scrolled out of view.
  await tab.locator('.graph .box[tabindex="0"]').focus();
  const place = tab.locator('.graph .scroll');
  const focus = () => place.evaluate((place) => {
    const [box, room] = [document.activeElement.getBoundingClientRect(), place.getBoundingClientRect()];
    return `${document.activeElement.dataset.box} ${box.top >= room.top - 1 && box.bottom <= room.bottom + 1 ? 'in sight' : 'out of sight'}`;
  });
  await tab.keyboard.press('End');
  await eventually(focus, '1999 in sight');
  await place.evaluate((place) => (place.scrollTop = place.scrollHeight / 2));
  await eventually(focus, '1999 out of sight');
  // At every scroll position, there are boxes from the upper to the lower edge of the view.
  const isFilled = () => place.evaluate((place) => {
    const room = place.getBoundingClientRect();
    const rows = [...place.querySelectorAll('.box')].map((box) => box.getBoundingClientRect());
    const at = (y) => rows.some(({ top, bottom }) => top - 20 <= y && bottom + 20 >= y);
    return at(room.top + 5) && at(room.top + room.height / 2) && at(room.bottom - 5);
  });
  await eventually(isFilled, true);
  // By its position, because a search by role visits every element of such a large page, which takes half a minute.
  const smaller = tab.locator('.graph .zoom button').first();
  assert.equal(await smaller.getAttribute('aria-label'), 'Smaller');
  await smaller.click();
  await smaller.click();
  await eventually(isFilled, true);
  await tab.locator('.graph .box[data-box="1999"]').focus();
  await tab.keyboard.press('Home');
  await eventually(focus, '0 in sight');
  assert.ok((await requests(tab)).includes('?'), 'the six colours are not in this mesh');
});
