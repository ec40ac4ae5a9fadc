// The terminal of the page: typed, pasted and dropped input, and a line for every change made elsewhere.
import { assert, axe, screenshot, showTheme, test, themes, visit } from './harness.mjs';
import { eventually, prefer, requests } from './page.mjs';

const dock = (tab) => tab.getByRole('region', { name: 'Terminal' });
const line = (tab) => tab.getByLabel('Command line');
const screen = (tab) => dock(tab).getByRole('log');
const unfold = async (tab) => {
  const button = dock(tab).getByRole('button', { name: 'Terminal' });
  if ((await button.getAttribute('aria-expanded')) === 'false') await button.click();
  await line(tab).waitFor();
};
/** Runs a text, as if pasted, and waits until it is on the screen. */
async function run(tab, text) {
  const before = await screen(tab).locator('.typed').count();
  await line(tab).fill(text);
  await line(tab).press('Enter');
  await eventually(async () => (await screen(tab).locator('.typed').count()) > before, true, text);
}
const last = (tab) => screen(tab).locator('.did').last();
const ONLY_V4 = `aws appmesh update-mesh --mesh-name colors --spec '{"serviceDiscovery":{"ipPreference":"IPv4_ONLY"}}'`;

visit('a line that changes something moves the page at once, and undo takes it back', async (tab) => {
  await unfold(tab);
  assert.equal(await line(tab).evaluate((area) => area === document.activeElement), true, 'one can type at once');
  await run(tab, ONLY_V4);
  await eventually(() => tab.getByRole('radio', { name: 'IPv4_ONLY' }).isChecked(), true);
  await eventually(() => requests(tab), 'ok ok app ok ok app');
  assert.match(await last(tab).locator('.stdout').textContent(), /"ipPreference": "IPv4_ONLY"/);
  await run(tab, 'undo');
  await eventually(() => tab.getByRole('radio', { name: 'No preference' }).isChecked(), true);
  await run(tab, 'aws appmesh create-mesh --mesh-name fresh --query mesh.meshName --output text');
  assert.equal(await last(tab).locator('.stdout').textContent(), 'fresh');
  await eventually(() => tab.locator('.mesh-title .name').textContent(), 'fresh', 'a new mesh is shown');
});

visit('what is done by click has its line, and the lines do the same in an empty mesh', async (tab) => {
  await unfold(tab);
  await prefer(tab, 'IPv6_ONLY');
  await eventually(() => last(tab).locator('.elsewhere').textContent(),
    `aws appmesh update-mesh --mesh-name colors --spec '{"serviceDiscovery":{"ipPreference":"IPv6_ONLY"}}'`);
  await tab.getByRole('button', { name: 'Undo' }).click();
  await eventually(() => last(tab).textContent(), 'undo');
  await tab.getByRole('button', { name: 'Redo' }).click();
  await eventually(() => last(tab).textContent(), 'redo');
});

visit('pasted scripts run line by line, here-documents whole, and the exit code of what fails is told', async (tab) => {
  await unfold(tab);
  await line(tab).fill(`cat > spec.json <<EOF
{"egressFilter": {"type": "ALLOW_ALL"}}
EOF
aws appmesh create-mesh \\
  --mesh-name pasted \\
  --spec file://spec.json --query mesh.spec --output json
aws appmesh describe-mesh --mesh-name nowhere`);
  await line(tab).press('Enter');
  await eventually(() => screen(tab).locator('.typed').count(), 3);
  await eventually(() => last(tab).locator('.hint').textContent(), 'exit code 255');
  assert.match(await last(tab).locator('.stderr').textContent(), /NotFoundException/);
  assert.match(await screen(tab).locator('.did').nth(-2).locator('.stdout').textContent(), /ALLOW_ALL/);
  // An unfinished line continues on the next one.
  await line(tab).fill("echo 'a");
  await line(tab).press('End');
  await line(tab).press('Enter');
  await tab.keyboard.type("b'");
  assert.equal(await line(tab).inputValue(), "echo 'a\nb'");
  await line(tab).press('Enter');
  await eventually(() => last(tab).locator('.stdout').textContent(), 'a\nb');
});

visit('Tab completes and never traps; lines are called back and searched', async (tab) => {
  await unfold(tab);
  await tab.keyboard.type('aws appmesh describe-virtual-n');
  await tab.keyboard.press('Tab');
  await eventually(() => line(tab).inputValue(), 'aws appmesh describe-virtual-node ');
  await tab.keyboard.type('--virtual-node-name colorteller-r');
  await tab.keyboard.press('Tab');
  await eventually(() => line(tab).inputValue(), 'aws appmesh describe-virtual-node --virtual-node-name colorteller-red-vn ');
  await tab.keyboard.type('--');
  await tab.keyboard.press('Tab');
  await eventually(async () => (await dock(tab).locator('.candidates code').allTextContents()).includes('--mesh-name'), true);
  await tab.keyboard.press('Escape');
  await tab.keyboard.press('Tab');
  assert.equal(await line(tab).evaluate((area) => area === document.activeElement), false, 'Escape, then Tab leaves');
  await line(tab).fill('');
  await line(tab).press('Tab');
  assert.equal(await line(tab).evaluate((area) => area === document.activeElement), false, 'Tab leaves an empty line');
  await line(tab).focus();
  await line(tab).press('Shift+Tab');
  assert.equal(await line(tab).evaluate((area) => area === document.activeElement), false, 'and so does Shift+Tab');
  await run(tab, 'echo first');
  await run(tab, 'echo second');
  await line(tab).fill('draft');
  await line(tab).press('ArrowUp');
  assert.equal(await line(tab).inputValue(), 'echo second');
  await line(tab).press('ArrowUp');
  await line(tab).press('ArrowDown');
  await line(tab).press('ArrowDown');
  assert.equal(await line(tab).inputValue(), 'draft');
  await line(tab).fill('fir');
  await line(tab).press('Control+r');
  assert.equal(await line(tab).inputValue(), 'echo first');
});

visit('a long script can be stopped', async (tab) => {
  await unfold(tab);
  await line(tab).fill(Array.from({ length: 400 }, (_, i) => `aws appmesh create-mesh --mesh-name m${i}`).join('\n'));
  await line(tab).press('Enter');
  await dock(tab).getByRole('button', { name: 'Stop' }).click();
  await eventually(async () => /Stopped: \d+ lines were not run\./.test(await last(tab).textContent()), true);
  const count = await screen(tab).locator('.typed').count();
  assert.ok(count < 400, `${count} of 400 ran`);
  await tab.waitForTimeout(200);
  assert.equal(await screen(tab).locator('.typed').count(), count, 'nothing runs on');
});

test('a single long line shows its progress, lets the page answer, and can be stopped', async ({ page }) => {
  const tab = await page();
  await unfold(tab);
  // A clock that jumps gives each slice only one portion of the work, so that the line takes seconds on any machine.
  await tab.evaluate(() => {
    const now = Date.now;
    let leaps = 0;
    Date.now = () => now() + 20 * (leaps += 1);
  });
  await line(tab).fill('for i in $(seq 4000); do aws appmesh create-mesh --mesh-name m$i > /dev/null; done');
  await line(tab).press('Enter');
  await dock(tab).getByRole('progressbar').waitFor();
  await dock(tab).getByRole('button', { name: 'Stop' }).click();
  await eventually(async () => /\^C[^]*exit code 130/.test(await last(tab).textContent()), true);
  await run(tab, "aws appmesh list-meshes --query 'length(meshes)'");
  assert.ok(Number(await last(tab).locator('.stdout').textContent()) > 1, 'what was done stays');
  assert.equal(await dock(tab).getByRole('progressbar').count(), 0);
});

visit('a file is added by choosing it and by dropping it, and the command line reads it', async (tab) => {
  await unfold(tab);
  await dock(tab).locator('input[type=file]').setInputFiles(
    { name: 'my mesh.json', mimeType: 'application/json', buffer: Buffer.from('{"meshName": "of-file"}') });
  await eventually(() => last(tab).textContent(), 'my_mesh.json is there now, 23 bytes: file://my_mesh.json');
  await run(tab, 'aws appmesh create-mesh --cli-input-json file://my_mesh.json --query mesh.meshName');
  assert.equal(await last(tab).locator('.stdout').textContent(), '"of-file"');
  const data = await tab.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['dropped'], 'd.txt'));
    return transfer;
  });
  await dock(tab).locator('.console').dispatchEvent('drop', { dataTransfer: data });
  await eventually(() => last(tab).textContent(), 'd.txt is there now, 7 bytes: file://d.txt');
  assert.equal(await tab.getByRole('dialog').count(), 0, 'the dialog Open stays closed');
});

visit('long output stays text, and what is not seen is not laid out', async (tab) => {
  await unfold(tab);
  await run(tab, 'i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done');
  const pieces = last(tab).locator('.stdout');
  await eventually(() => pieces.count(), 10);
  assert.equal((await pieces.allTextContents()).join('').split('\n').length, 500);
  assert.equal(await pieces.first().evaluate((piece) => getComputedStyle(piece).contentVisibility), 'auto');
  await line(tab).fill('clear');
  await line(tab).press('Enter');
  await eventually(() => screen(tab).textContent(), '');
});

test('the engine of the terminal is loaded on first use; offline it says so and tries again', async ({ page }) => {
  const asked = [];
  const tab = await page({
    allow: [/later-.*\.wasm/, /Failed to load resource/],
    before: (context) => context.on('request', (request) => asked.push(request.url())),
  });
  const isLater = (url) => /later-[\w-]+\.wasm/.test(url);
  if (await tab.evaluate(() => !('meshPlaygroundLater' in window))) return; // a debug build is one module
  assert.equal(asked.some(isLater), false, 'not before it is needed');
  await tab.route(/later-[\w-]+\.wasm/, (route) => route.abort());
  await dock(tab).getByRole('button', { name: 'Terminal' }).click();
  await dock(tab).getByRole('alert').waitFor();
  await tab.unroute(/later-[\w-]+\.wasm/);
  await dock(tab).getByRole('button', { name: 'Try again' }).click();
  await line(tab).waitFor();
  assert.equal(asked.some(isLater), true);
});

for (const width of [320, 768, 1440]) {
  test(`the terminal at ${width} px`, async ({ page }) => {
    const tab = await page({ width, height: 900 });
    if (width < 1100) await tab.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Terminal' }).click();
    else await unfold(tab);
    await line(tab).waitFor();
    await run(tab, 'aws appmesh list-virtual-nodes --mesh-name colors --query "virtualNodes[].virtualNodeName" --output table');
    await run(tab, 'aws appmesh describe-mesh --mesh-nam x');
    await line(tab).fill('aws appmesh create-virtual-');
    await line(tab).press('Tab');
    for (const theme of themes) {
      await showTheme(tab, theme);
      await screenshot(tab, `terminal-${width}-${theme}`);
      assert.deepEqual(await axe(tab), [], theme);
    }
  });
}

visit('the rows of resources follow what is done, stay in order, and keep the focus', async (tab) => {
  await unfold(tab);
  const list = (kind) => tab.locator('.resources details').filter({ has: tab.locator('summary', { hasText: new RegExp(`^${kind} `) }) });
  const rows = (kind) => list(kind).locator('li').evaluateAll((items) => items.map((item) => item.querySelector('.link').textContent));
  const spec = `'{"tcpRoute":{"action":{"weightedTargets":[{"virtualNode":"colorteller-red-vn","weight":1}]}}}'`;
  const route = (router, name) => `aws appmesh create-route --mesh-name colors --virtual-router-name ${router} --route-name ${name} --spec ${spec}`;
  for (const router of ['b', 'a']) {
    await run(tab, `aws appmesh create-virtual-router --mesh-name colors --virtual-router-name ${router} --spec '{}'`);
  }
  // Two routers, each with a route of the same name.
  for (const [router, name] of [['b', 'same'], ['a', 'same'], ['b', 'first'], ['a', 'middle']]) await run(tab, route(router, name));
  await eventually(() => rows('Virtual routers'), ['a', 'b']);
  await eventually(() => rows('Routes'), ['middle', 'same', 'first', 'same']);
  await run(tab, 'aws appmesh delete-route --mesh-name colors --virtual-router-name b --route-name same');
  await eventually(() => rows('Routes'), ['middle', 'same', 'first']);
  await run(tab, 'aws appmesh delete-route --mesh-name colors --virtual-router-name a --route-name middle');
  await eventually(() => rows('Routes'), ['same', 'first']);
  await list('Routes').locator('summary').click();
  await list('Routes').getByRole('button', { name: 'first', exact: true }).click();
  await eventually(() => tab.getByRole('complementary', { name: 'Details' }).locator('h2').first().textContent(), 'first');
  assert.deepEqual(await list('Routes').locator('li.shown .link[aria-current="true"]').allTextContents(), ['first']);

  // An outcome changes while its row has the focus.
  const red = tab.locator('.resources details[open] li').filter({ hasText: 'colorteller-red-vn' });
  const badge = () => red.locator('.badge').textContent();
  const before = await badge();
  await prefer(tab, 'IPv6_ONLY');
  await eventually(badge, '✕ no address');
  for (const control of ['colorteller-red-vn', 'Delete virtual node colorteller-red-vn']) {
    const button = red.getByRole('button', { name: control, exact: true });
    await button.focus();
    await button.press('Control+z');
    await eventually(badge, before);
    assert.equal(await button.evaluate((element) => element === document.activeElement), true, control);
    await button.press('Control+y');
    await eventually(badge, '✕ no address');
  }

  // In another language, every row is rendered again; the selected one stays marked.
  await tab.getByLabel('Language').selectOption('Deutsch');
  await eventually(badge, '✕ keine Adresse');
  assert.deepEqual(await tab.locator('.resources details li.shown .link').allTextContents(), ['first']);
});
