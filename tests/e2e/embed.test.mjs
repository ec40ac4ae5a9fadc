// The page inside another one: sandboxed, without storage, and controlled by messages.
import { assert, axe, screenshot, test } from './harness.mjs';
import { eventually, prefer, requests } from './page.mjs';
import { serve } from './server.mjs';

const FIRST = 'ok ok app listener listener listener+[app]';

/**
 * Returns a page around the frame. It stores the frame's messages; `ask` sends one and waits for the answer with the
 * same id.
 */
const around = (src, sandbox) => `<!DOCTYPE html><html lang="en"><title>A course</title><main><h1>A course</h1>
<iframe title="Mesh Playground" src="${src}" ${sandbox === null ? '' : `sandbox="${sandbox}"`} width="100%" height="600"></iframe></main>
<script>
  const heard = [];
  addEventListener('message', ({ data, source }) => source === document.querySelector('iframe').contentWindow && heard.push(data));
  const send = (message) => document.querySelector('iframe').contentWindow.postMessage(message, '*');
  let last = 0;
  async function ask(type, payload) {
    const id = ++last;
    send({ source: 'mesh-playground', v: 1, id, type, payload });
    for (let turn = 0; turn < 400; turn++) {
      const answer = heard.find((message) => message.id === id);
      if (answer) return answer;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('no answer to ' + type);
  }
</script></html>`;

/** Opens a page with the frame. Returns the tab and the frame. */
async function embed(page, query, { sandbox = 'allow-scripts', fragment = '', ...options } = {}) {
  const tab = await page({
    ...options,
    path: 'around.html',
    start: false,
    before: (context) =>
      context.route('**/around.html', (route) =>
        route.fulfill({ contentType: 'text/html', body: around(`./?embed=1${query}${fragment}`, sandbox) }),
      ),
  });
  const frame = tab.frameLocator('iframe');
  await frame.locator('.embed-bar').waitFor({ timeout: 30_000 });
  const content = tab.frames().find((frame) => frame.url().includes('embed=1'));
  return { tab, frame, content };
}

const ask = (tab, type, payload) => tab.evaluate(([type, payload]) => ask(type, payload), [type, payload]);
const heard = (tab, type) => tab.evaluate((type) => heard.filter((message) => message.type === type), type);

test('a sandboxed frame without storage works, and tells the page around it', async ({ page }) => {
  const { tab, frame, content } = await embed(page, '&ui=graph');
  const origin = await content.evaluate(() => self.origin);
  assert.equal(origin, 'null');
  await eventually(() => requests(content), FIRST);
  assert.equal(await frame.getByText('Not saved').count(), 0);
  assert.equal(await frame.getByRole('button', { name: 'Share' }).count(), 0);
  assert.equal((await heard(tab, 'ready')).length, 1);
  await eventually(async () => (await heard(tab, 'resize')).at(-1)?.payload.height > 200, true);
  await frame.getByRole('radio', { name: 'IPv6_ONLY' }).check();
  await eventually(() => requests(content), 'discovery+[app] discovery discovery app ok ok');
  await eventually(async () => (await heard(tab, 'changed')).length, 1);
});

/** Returns everything that a browser stores for a site. */
const kept = (frame) =>
  frame.evaluate(async () => {
    const names = await caches.keys();
    const files = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
    return {
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      caches: files.flat().sort(),
      databases: (await indexedDB.databases()).map(({ name }) => name).sort(),
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookies: document.cookie,
    };
  });
const NOTHING = { workers: 0, caches: [], databases: [], local: {}, session: {}, cookies: '' };

/** Makes changes in an embedded page that the whole page would save. */
async function use(frame, tab) {
  await frame.getByRole('radio', { name: 'IPv6_ONLY' }).check();
  await eventually(() => requests(tab), 'discovery+[app] discovery discovery app ok ok');
  // A page saves for the last time when it closes.
  await tab.evaluate(() => dispatchEvent(new Event('pagehide')));
}

for (const query of ['embed=1', 'ui=graph&embed=1&theme=dark', 'embed']) {
  test(`an embedded page stores nothing, in a frame without a sandbox or alone: ?${query}`, async ({ t, page }) => {
    const asked = [];
    const server = await serve({ before: (name) => void asked.push(name) });
    t.after(() => server.close());
    const alone = await page({ address: server.url, path: `?${query}`, serviceWorkers: 'allow' });
    await alone.locator('.embed-bar').waitFor();
    await use(alone, alone);
    assert.deepEqual(await kept(alone), NOTHING);
    const { frame, content } = await embed(page, `&${query}`, { address: server.url, sandbox: null, serviceWorkers: 'allow' });
    await use(frame, content);
    assert.deepEqual(await kept(content), NOTHING);
    assert.ok(!asked.includes('sw.js'));
    // Outside a frame, the page does store data, on the same server: so storage was available.
    const full = await page({ address: server.url, serviceWorkers: 'allow' });
    await full.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  });
}

test('an embedded page works under the service worker of the page itself, and writes nothing', async ({ t, page }) => {
  const server = await serve();
  let isOpen = true;
  const close = async () => isOpen && ((isOpen = false), await server.close());
  t.after(close);
  const full = await page({ address: server.url, serviceWorkers: 'allow' });
  await full.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  await prefer(full, 'IPv4_ONLY');
  await eventually(() => requests(full), 'ok ok app ok ok app');
  await full.goto('about:blank');
  const tab = await page({ address: server.url, context: full.context(), path: '?embed=1&ui=graph' });
  const before = await kept(tab);
  assert.ok(before.workers === 1 && before.caches.length > 5);
  assert.ok(await tab.evaluate(() => navigator.serviceWorker.controller !== null));
  // It starts like any embedded page, not from the stored state.
  await eventually(() => requests(tab), FIRST);
  await use(tab, tab);
  assert.deepEqual(await kept(tab), before);
  await close();
  await tab.reload();
  await eventually(() => requests(tab), FIRST);
  assert.deepEqual(await kept(tab), before);
});

test('the door answers under the same id', async ({ page }) => {
  const { tab, content } = await embed(page, '&ui=graph');
  const line = 'aws appmesh list-virtual-nodes --mesh-name colors --query "length(virtualNodes)"';
  const run = await ask(tab, 'run', { line });
  assert.deepEqual([run.source, run.v, run.type], ['mesh-playground', 1, 'answer']);
  assert.deepEqual(run.payload, { stdout: '6\n', stderr: '', exitCode: 0 });
  const trace = await ask(tab, 'trace', { request: { virtualGateway: 'colorgateway-vg', path: '/green' } });
  assert.deepEqual([trace.payload.arrives, trace.payload.failure, trace.payload.status], [false, 'listener', 503]);
  const state = await ask(tab, 'getState');
  assert.equal(state.payload.document.format, 'mesh-playground');
  // A command changes the page; loading the document restores it.
  await ask(tab, 'run', { line: 'aws appmesh update-mesh --mesh-name colors --spec serviceDiscovery={ipPreference=IPv4_ONLY}' });
  await eventually(() => requests(content), 'ok ok app ok ok app');
  const load = await ask(tab, 'load', state.payload);
  assert.equal(load.payload.created, 20);
  await eventually(() => requests(content), FIRST);
});

test('what is wrong is answered, what is not for the page is not', async ({ page }) => {
  const { tab, content } = await embed(page, '&ui=matrix');
  for (const [type, payload, words] of [
    ['shout', {}, /not known; send run, trace, load or getState/],
    ['run', { line: 7 }, /payload\.line/],
    ['load', { document: { format: 'mesh-playground', version: 99 } }, /version 99/],
    ['load', { document: 'x'.repeat(300_000) }, /at most 262144|bytes/],
  ]) {
    const answer = await ask(tab, type, payload);
    assert.equal(answer.type, 'error');
    assert.match(answer.payload.error, words);
  }
  const before = (await tab.evaluate(() => heard.length));
  await tab.evaluate(() => {
    const deep = [];
    let inner = deep;
    for (let level = 0; level < 500; level++) inner = inner[0] = [];
    const round = {};
    round.round = round;
    for (const message of [null, 7, 'text', [], {}, { source: 'other' }, { source: 'other', deep }, { source: { source: 'mesh-playground' } }]) send(message);
    send({ source: 'mesh-playground', v: 1, id: 'round', type: 'run', payload: round });
    send({ source: 'mesh-playground', v: 1, id: 'big', type: 'run', payload: { line: 10n } });
  });
  // The last two messages are in our format, but cannot be parsed.
  await eventually(async () => (await heard(tab, 'error')).length >= 6, true);
  const since = await tab.evaluate((before) => heard.slice(before), before);
  const answers = since.filter(({ type }) => type !== 'resize').map(({ type, id }) => `${type} ${id}`);
  assert.deepEqual(answers, ['error round', 'error big']);
  // Messages from a window that is neither the parent nor the page itself are ignored.
  const answered = await tab.evaluate(async () => {
    const stranger = document.createElement('iframe');
    stranger.srcdoc = `<script>
      addEventListener('message', () => parent.strangerHeard = true);
      parent.document.querySelector('iframe').contentWindow.postMessage({ source: 'mesh-playground', v: 1, id: 1, type: 'getState' }, '*');
    </script>`;
    const loaded = new Promise((resolve) => (stranger.onload = resolve));
    document.body.append(stranger);
    await loaded;
    // Messages to one window arrive in order: once ours are answered, the other window's would have been answered, too.
    for (let turn = 0; turn < 3; turn += 1) await ask('getState', {});
    return Boolean(window.strangerHeard);
  });
  assert.equal(answered, false);
  assert.ok(await content.locator('.matrix table').count());
});

test('the page itself is heard, and does not answer its own answers', async ({ page }) => {
  const tab = await page();
  const heard = await tab.evaluate(async () => {
    const heard = [];
    addEventListener('message', ({ data }) => heard.push(data));
    // An answer to an answer would arrive before the answer to the next message.
    for (const word of ['hi', 'again']) {
      postMessage({ source: 'mesh-playground', v: 1, id: word, type: 'run', payload: { line: `echo ${word}` } });
      while (!heard.some(({ type, id }) => type === 'answer' && id === word)) await new Promise(requestAnimationFrame);
    }
    return heard;
  });
  assert.deepEqual(heard.map(({ type, id }) => `${type} ${id}`), ['run hi', 'answer hi', 'run again', 'answer again']);
  assert.equal(heard[1].payload.stdout, 'hi\n');
});

test('read-only refuses every change, from the page and from the door', async ({ page }) => {
  const { tab, frame, content } = await embed(page, '&ui=graph&readonly=1');
  await frame.getByText('Read-only', { exact: true }).waitFor();
  await frame.getByRole('radio', { name: 'IPv6_ONLY' }).click({ force: true });
  await frame.locator('.said').getByText('read-only, so nothing was changed').waitFor();
  await eventually(() => requests(content), FIRST);
  assert.equal(await frame.getByRole('radio', { name: 'No preference' }).isChecked(), true);
  const run = await ask(tab, 'run', { line: 'aws appmesh create-mesh --mesh-name shop' });
  assert.notEqual(run.payload.exitCode, 0);
  assert.match(run.payload.stderr, /read-only/);
  const { payload } = await ask(tab, 'getState');
  assert.match((await ask(tab, 'load', payload)).payload.error, /read-only/);
  assert.equal((await ask(tab, 'trace', {})).type, 'answer');
  assert.deepEqual((await ask(tab, 'getState')).payload, payload);
  assert.equal((await heard(tab, 'changed')).length, 0);
});

test('open in full carries the edits', async ({ page }) => {
  const { tab, frame } = await embed(page, '&ui=graph', { sandbox: 'allow-scripts allow-popups allow-popups-to-escape-sandbox' });
  await frame.getByRole('radio', { name: 'IPv6_ONLY' }).check();
  const link = frame.getByRole('link', { name: 'Open in full' });
  await eventually(async () => /#\/p\/1\./.test(await link.getAttribute('href')), true);
  const opened = tab.context().waitForEvent('page');
  await link.click();
  const full = await opened;
  await full.getByText('Opened from a link.').waitFor({ timeout: 30_000 });
  await eventually(() => requests(full), 'discovery+[app] discovery discovery app ok ok');
  await full.getByRole('button', { name: 'Share', exact: true }).waitFor();
});

test('where the frame may open nothing, it gives the address', async ({ page }) => {
  const { frame } = await embed(page, '&ui=matrix', { allow: [/sandbox|Blocked opening/i] });
  const link = frame.getByRole('link', { name: 'Open in full' });
  await eventually(async () => /#\/p\/1\./.test(await link.getAttribute('href')), true);
  await link.click();
  const address = frame.getByRole('textbox', { name: /Copy the address/ });
  assert.match(await address.inputValue(), /#\/p\/1\./);
});

test('a frame shows a link, and says what it does not know', async ({ page }) => {
  const tab = await page();
  await prefer(tab, 'IPv4_ONLY');
  await tab.getByRole('button', { name: 'Share', exact: true }).click();
  const link = await tab.getByRole('dialog').getByLabel('Link', { exact: true }).inputValue();
  const fragment = link.slice(link.indexOf('#'));
  const shown = await embed(page, '&ui=moon&theme=pink', { fragment });
  await eventually(() => requests(shown.content), 'ok ok app ok ok app');
  await shown.frame.getByText('ui=moon is not known here: use graph, matrix, terminal or lesson').waitFor();
  await shown.frame.getByText('theme=pink is not known here').waitFor();
});

test('the terminal alone, in a frame', async ({ page }) => {
  const { tab, frame } = await embed(page, '&ui=terminal&theme=dark');
  const line = frame.getByRole('textbox').first();
  await line.fill('echo from the frame');
  await line.press('Enter');
  await frame.getByText('from the frame', { exact: true }).first().waitFor();
  assert.equal(await tab.frames().at(-1).evaluate(() => document.documentElement.dataset.theme), 'dark');
});

for (const [width, theme, ui] of [[320, 'light', 'graph'], [768, 'dark', 'matrix'], [1440, 'dark', 'graph'], [768, 'light', 'terminal']]) {
  test(`an embedded page is accessible: ${ui}, ${width} px, ${theme}`, async ({ page }) => {
    const tab = await page({ width, height: 700, path: `?embed=1&ui=${ui}&theme=${theme}&readonly=1` });
    await tab.locator('.embed-bar').waitFor();
    await tab.getByRole('link', { name: 'Open in full' }).waitFor();
    assert.deepEqual(await axe(tab), []);
    await screenshot(tab, `embed-${ui}-${width}-${theme}`);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
    assert.deepEqual(await tab.evaluate(() => ({ ...localStorage })), {});
  });
}
