#!/usr/bin/env node
// Firefox as Playwright's WebDriver BiDi client wants it: starts the real one (FIREFOX) with the same arguments, and
// stands between the two. Playwright 1.65 asks every new context for `emulation.setMediaFeaturesOverride`, which
// Firefox 153 does not know; here that one command is answered, so that a context can be opened. Which colour scheme
// it has is then the browser's: `launchOptions` sets it for the whole of it. And downloads get a name.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';

const READY = /WebDriver BiDi listening on (ws:\/\/\S+)/;
const LACKING = 'emulation.setMediaFeaturesOverride';

// A tab that crashes is to take its test along, not all of Firefox.
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

/** An event of a download that a script began has no name; Playwright passes over one without. */
function named(text) {
  if (!text.includes('browsingContext.download')) return text;
  const message = JSON.parse(text);
  if (message.params?.navigation === null) message.params.navigation = message.params.url;
  return JSON.stringify(message);
}

/** Listens where Playwright is told to go, and passes everything on but what Firefox lacks. */
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
