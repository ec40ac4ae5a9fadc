// Lighthouse on the built page, as for a visitor with a phone and a slow network.
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import lighthouse from 'lighthouse';
import { chromium } from 'playwright-core';
import { assert, isFirefox } from './harness.mjs';
import { DIST, launchOptions, serve } from './server.mjs';

const PERFECT = ['accessibility', 'best-practices', 'seo'];
// Performance takes most of Lighthouse's time, and here is only reported.
const CATEGORIES = process.env.CI || process.env.LIGHTHOUSE_SPEED ? ['performance', ...PERFECT] : PERFECT;
const RUNS = process.env.LIGHTHOUSE_SPEED ? 3 : 1;
const FAST = 95;
const engine = readdirSync(DIST).find((name) => name.endsWith('_bg.wasm'));
// A debug build is ten times as large.
const isRelease = statSync(join(DIST, engine)).size < 3_000_000;

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

// The speed depends on the load of the machine: `make bench` (LIGHTHOUSE_SPEED=1) checks it; in CI this test reports it.
test('Lighthouse: 100 for accessibility, best practices and SEO', {
  skip: isFirefox && 'Firefox: Lighthouse drives Chromium only',
  timeout: 600_000,
}, async (t) => {
  const server = await serve();
  t.after(server.close);
  const port = await freePort();
  const options = launchOptions();
  const browser = await chromium.launch({ ...options, args: [...options.args, `--remote-debugging-port=${port}`] });
  t.after(() => browser.close());

  const speeds = [];
  for (let run = 0; run < RUNS && (run === 0 || isRelease); run += 1) {
    const { lhr } = await lighthouse(server.url, { port, onlyCategories: CATEGORIES, logLevel: 'error', output: 'json' });
    const score = (category) => Math.round(lhr.categories[category].score * 100);
    const lost = PERFECT.flatMap((category) =>
      lhr.categories[category].auditRefs
        .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
        .filter(({ weight, score }) => weight > 0 && score !== null && score < 1)
        .map(({ id, title, details }) => `${id}: ${title} ${JSON.stringify(details?.items ?? []).slice(0, 600)}`),
    );
    assert.deepEqual(PERFECT.map((category) => `${category} ${score(category)}`), PERFECT.map((category) => `${category} 100`), lost.join('\n'));
    if (!lhr.categories.performance) continue;
    speeds.push(score('performance'));
    const values = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'].map((id) => `${id} ${lhr.audits[id].displayValue}`);
    t.diagnostic(`performance ${speeds.at(-1)}: ${values.join(', ')}`);
  }
  if (!isRelease) return t.diagnostic('a debug build: its speed is not judged');
  if (!process.env.LIGHTHOUSE_SPEED) return;
  const median = speeds.sort((a, b) => a - b)[speeds.length >> 1];
  assert.ok(median >= FAST, `performance: ${speeds}, the median is under ${FAST}`);
});
