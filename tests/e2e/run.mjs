// Runs the end-to-end tests with one server and one browser, and prints the counts at the end.
//     node tests/e2e/run.mjs [PART-OF-A-FILE-NAME...]
// E2E_ENGINE=firefox runs them in Firefox. E2E_JOBS=1 runs one file at a time, as Firefox requires, because only one of
// several windows has the focus.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { ENGINE, launchOptions, launcher, serve } from './server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const chosen = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith('.test.mjs') && (!chosen.length || chosen.some((part) => name.includes(part))))
  .sort()
  .map((name) => join(here, name));
if (!files.length) {
  console.error(`e2e: no test file matches ${chosen.join(' ')}`);
  process.exit(1);
}

const server = await serve();
const browser = await launcher.launchServer(launchOptions({ isShell: true }));
process.env.E2E_URL = server.url;
process.env.E2E_BROWSER = browser.wsEndpoint();

const count = { passed: 0, failed: 0, skipped: 0 };
// A file that cannot be read or has no tests is also reported as a test: only its failure counts.
const isFile = ({ name }) => files.some((file) => file.endsWith(name));
const results = run({ files, concurrency: Number(process.env.E2E_JOBS ?? (ENGINE === 'firefox' ? 1 : 2)) });
results.on('test:pass', (event) => {
  if (event.skip !== undefined || event.todo !== undefined) count.skipped += 1;
  else if (event.details.type !== 'suite' && !isFile(event)) count.passed += 1;
});
results.on('test:fail', (event) => {
  if (event.details.type !== 'suite') count.failed += 1;
});
const report = results.compose(new spec());
report.pipe(process.stdout);
await new Promise((resolve) => report.on('end', resolve));

await browser.close();
await server.close();
const skipped = count.skipped ? `, ${count.skipped} skipped` : '';
console.log(`\n${ENGINE}: ${count.passed} passed, ${count.failed} failed${skipped}`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
