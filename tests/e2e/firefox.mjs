#!/usr/bin/env node
// A proxy that adapts Firefox to Playwright's WebDriver BiDi client: it starts the real browser (FIREFOX) with the same
// arguments and passes messages between the two. Playwright 1.65 sends `emulation.setMediaFeaturesOverride` to every
// new context, but Firefox 153 does not support it; the proxy answers that command itself, so that a context can be
// opened. The colour scheme is then that of the browser, which `launchOptions` sets for all contexts. The proxy also
// gives names to downloads.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';

const READY = /WebDriver BiDi listening on (ws:\/\/\S+)/;
const LACKING = 'emulation.setMediaFeaturesOverride';

// A tab that crashes must fail only its test, not stop all of Firefox.
const { MOZ_CRASHREPORTER_SHUTDOWN, ...env } = process.env;
const firefox = spawn(process.env.FIREFOX || 'firefox-esr', process.argv.slice(2), { env, stdio: ['ignore', 'inherit', 'pipe'] });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => firefox.kill(signal));
firefox.on('exit', (code) => process.exit(code ?? 1));
firefox.on('error', (error) => {
  console.error(`${error}`);
  process.exit(1);
});
createInterface({ input: firefox.stderr }).on('line', (line) => {
  const [, address] = READY.exec(line) ?? [];
  if (address) stand(address);
  else console.error(line);
});

/** Adds a name to the event of a download that a script started; Playwright ignores an event without one. */
function named(text) {
  if (!text.includes('browsingContext.download')) return text;
  const message = JSON.parse(text);
  if (message.params?.navigation === null) message.params.navigation = message.params.url;
  return JSON.stringify(message);
}

/** Listens at the address that Playwright gets, and forwards everything except what Firefox does not support. */
function stand(address) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('listening', () => console.error(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}`));
  server.on('connection', (client, { url }) => {
    const browser = new WebSocket(`${address}${url === '/' ? '' : url}`, { perMessageDeflate: false, origin: undefined });
    const waiting = [];
    browser.on('open', () => waiting.splice(0).forEach((text) => browser.send(text)));
    browser.on('message', (data) => client.send(named(`${data}`)));
    client.on('message', (data) => {
      const text = `${data}`;
      if (text.includes(LACKING)) {
        const { id, method } = JSON.parse(text);
        if (method === LACKING) return client.send(JSON.stringify({ type: 'success', id, result: {} }));
      }
      if (browser.readyState === WebSocket.OPEN) browser.send(text);
      else waiting.push(text);
    });
    client.on('close', () => browser.close());
    browser.on('close', () => client.close());
    for (const end of [client, browser]) end.on('error', (error) => console.error(`${error}`));
  });
}
