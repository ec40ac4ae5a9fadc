#!/usr/bin/env node
// Runs a test program of wasm-bindgen-test in headless Chromium and Firefox: cargo's runner for wasm32. Playwright opens
// the page that wasm-bindgen-test-runner serves, so that no WebDriver is needed.
//     CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=tests/e2e/wasm.mjs cargo test --target wasm32-unknown-unknown …
// WASM_BROWSERS (default: `chromium firefox`) names the browsers.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as playwright from 'playwright-core';
import { launchOptions } from './server.mjs';

const SERVED = /now available at (http:\S+)/;
/** The line that wasm-bindgen-test prints when all tests have ended. */
const RESULT = /^test result: .*/m;
/** Far longer than all tests take on a busy machine. */
const LIMIT_MS = 300_000;

/** Runs the tests at this address in a browser; prints their output, and returns whether all have passed. */
async function passes(engine, url) {
  const browser = await playwright[engine].launch(launchOptions({ engine, isShell: true }));
  const errors = [];
  try {
    const tab = await browser.newPage();
    tab.on('pageerror', (error) => errors.push(error.stack ?? `${error}`));
    tab.on('crash', () => errors.push('the tab crashed'));
    await tab.goto(url);
    const output = tab.locator('#output');
    const ended = await output
      .filter({ hasText: RESULT })
      .waitFor({ timeout: LIMIT_MS })
      .then(() => true, (error) => (errors.push(error.message), false));
    const text = await output.textContent().catch(() => '');
    console.log(`\nIn ${engine} ${browser.version()}:\n${text.trim()}`);
    const hasPassed = ended && RESULT.exec(text)?.[0].startsWith('test result: ok.');
    if (!hasPassed && errors.length) console.error(errors.join('\n'));
    return hasPassed;
  } finally {
    await browser.close();
  }
}

const server = spawn('wasm-bindgen-test-runner', process.argv.slice(2), {
  env: { ...process.env, NO_HEADLESS: '1', WASM_BINDGEN_TEST_ADDRESS: '127.0.0.1:0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve, reject) => server.on('exit', (code) => resolve(code ?? 1)).on('error', reject));
let url;
for await (const line of createInterface({ input: server.stdout })) {
  url = SERVED.exec(line)?.[1];
  if (url) break;
  console.log(line);
}
if (url) {
  // The server never exits.
  try {
    const engines = (process.env.WASM_BROWSERS ?? 'chromium firefox').split(/\s+/);
    process.exitCode = 0;
    for (const engine of engines) if (!(await passes(engine, url))) process.exitCode = 1;
  } finally {
    server.kill();
  }
} else {
  // A list of the tests, or an error.
  process.exitCode = await ended;
}
