// A separate browser with its own profile, which a test may kill. Playwright does not expose the process of a
// profile, so this controls the browser directly: Chromium by its debugging protocol, Firefox by WebDriver BiDi.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { isFirefox } from './harness.mjs';
import { launchOptions } from './server.mjs';

const ADDRESS = isFirefox ? /WebDriver BiDi listening on (ws:\/\/\S+)/ : /DevTools listening on (ws:\/\/\S+)/;

/** Returns a function that sends a command and waits for the response with its id. */
function speaker(socket) {
  const waiting = new Map();
  let last = 0;
  socket.on('message', (data) => {
    const message = JSON.parse(`${data}`);
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.error) reject?.(new Error(JSON.stringify(message)));
    else resolve?.(message.result);
  });
  // A killed browser no longer responds.
  socket.on('close', () => waiting.forEach(({ reject }) => reject(new Error('the browser is gone'))));
  socket.on('error', () => {});
  return (method, params = {}, more = {}) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params, ...more }));
    });
}

function start(profile) {
  if (isFirefox) {
    const args = ['--headless', '--no-remote', '--remote-debugging-port', '0', '--profile', profile, 'about:blank'];
    return spawn(process.env.FIREFOX || 'firefox-esr', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  const { executablePath, args } = launchOptions();
  const own = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'];
  return spawn(executablePath, [...args, ...own], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Opens the page in Chromium. Returns a function that evaluates an expression in it. */
async function openInChromium(send, url) {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  // The response arrives once expressions run in the new document.
  await send('Page.navigate', { url }, { sessionId });
  return async (expression) => {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await send('Runtime.evaluate', params, { sessionId });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
}

/** Like `openInChromium`, for Firefox. */
async function openInFirefox(send, url) {
  await send('session.new', { capabilities: {} });
  const { context } = await send('browsingContext.create', { type: 'tab' });
  await send('browsingContext.navigate', { context, url, wait: 'complete' });
  return async (expression) => {
    const params = { expression: `(async () => JSON.stringify(await (${expression})))()`, target: { context }, awaitPromise: true };
    const { type, result, exceptionDetails } = await send('script.evaluate', params);
    if (type !== 'success') throw new Error(exceptionDetails.text);
    return result.value === undefined ? undefined : JSON.parse(result.value);
  };
}

/**
 * Starts a browser with this profile and opens the page. Returns `evaluate(expression)`, which runs in the page, and
 * `kill()`, which kills the browser at once by its process id, and resolves when it has exited.
 */
export async function browse(profile, url) {
  const browser = start(profile);
  const ended = new Promise((resolve) => browser.on('exit', resolve));
  const address = await new Promise((resolve, reject) => {
    browser.on('error', reject);
    ended.then((code) => reject(new Error(`the browser ended with ${code}`)));
    createInterface({ input: browser.stderr }).on('line', (line) => {
      const [, found] = ADDRESS.exec(line) ?? [];
      if (found) resolve(isFirefox ? `${found}/session` : found);
    });
  });
  const socket = new WebSocket(address, { perMessageDeflate: false, origin: undefined });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const send = speaker(socket);
  const evaluate = await (isFirefox ? openInFirefox : openInChromium)(send, url);
  const kill = async () => {
    process.kill(browser.pid, 'SIGKILL');
    await ended;
    socket.terminate();
  };
  return { evaluate, kill };
}
