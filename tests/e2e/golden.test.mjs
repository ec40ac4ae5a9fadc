// The published IPv6 walkthrough on the page: each of its files, opened as by a visitor.
import { assert, test, visit } from './harness.mjs';
import { PREFERENCES, SECOND_ACCOUNT, eventually, matrix, noSamples, nodeName, open, prefer, requests, sample, scenario } from './page.mjs';

// Red, orange, yellow, green, blue, purple: the table of tests/golden.rs, in the order of PREFERENCES.
const SET = ['app ok ok app ok ok', 'ok ok app ok ok app', 'discovery+[app] discovery discovery app ok ok', 'ok ok app ok ok app'];
const GOLDEN = {
  dns: ['ok ok app listener listener listener+[app]', ...SET],
  cloud: ['ok ok app ok ok app', ...SET],
};
const VARIANT = { dns: 'dns', cloud: 'cloud-map' };
const FILES = {
  'mesh-v6-preferred': 'IPv6_PREFERRED',
  'mesh-v4-preferred': 'IPv4_PREFERRED',
  'mesh-v6-only': 'IPv6_ONLY',
  'mesh-v4-only': 'IPv4_ONLY',
};
const PARAMETERS = { AppMeshMeshName: 'colors', ProjectName: 'howto-ipv6' };
const preferred = (tab) => tab.locator('.segments label:has(:checked) .word').textContent();

for (const [folder, golden] of Object.entries(GOLDEN)) {
  visit(`${folder}: the built-in scenario under every preference`, async (tab) => {
    await scenario(tab, VARIANT[folder]);
    for (const words of ['IPv4_ONLY', ...PREFERENCES]) {
      await prefer(tab, words);
      await eventually(() => requests(tab), golden[PREFERENCES.indexOf(words)], words);
    }
    await tab.getByRole('button', { name: 'Matrix' }).click();
    await eventually(() => matrix(tab), golden);
  });

  for (const [file, preference] of Object.entries(FILES)) {
    const row = golden[PREFERENCES.indexOf(preference)];
    visit(`${folder}/${file}.yaml, as a file and pasted`, { skip: noSamples }, async (tab) => {
      const text = sample(`howto-ipv6/${folder}/${file}.yaml`);
      await scenario(tab, VARIANT[folder]);

      // In the account of the scenario, only the mesh differs from the file.
      const first = await open(tab, text, { parameters: PARAMETERS, asFile: true, name: `${file}.yaml` });
      assert.equal(first.counts, '0 created, 1 updated, 19 unchanged, 0 refused.');
      await eventually(() => requests(tab), row);
      assert.equal(await preferred(tab), preference);

      // In the other account, everything is new.
      await tab.getByLabel('Account').selectOption({ label: `Account ${SECOND_ACCOUNT}` });
      const second = await open(tab, text, { parameters: PARAMETERS });
      assert.equal(second.counts, '20 created, 0 updated, 0 unchanged, 0 refused.');
      assert.deepEqual(
        second.dispositions.map((words) => words.replace(/\d+/, 'n')),
        ['n kept'],
      );
      await eventually(() => requests(tab), row);
      assert.equal(await preferred(tab), preference);
      await tab.getByRole('button', { name: 'Matrix' }).click();
      await eventually(() => matrix(tab), golden);
    });
  }
}

// The published Cloud Map files of the override step set IPv4_ONLY on the mesh, although the walkthrough's text and the
// DNS files use IPv6_ONLY; each row has the result of its own preference.
for (const [folder, updated, expected] of [
  ['dns', 3, 'ok ok ok app ok ok'],
  ['cloud', 4, 'ok ok ok ok ok app'],
]) {
  for (const file of ['override-mesh-preference', 'custom-preference']) {
    visit(`${folder}/${file}.yaml makes red, orange and yellow answer`, { skip: noSamples }, async (tab) => {
      await scenario(tab, VARIANT[folder]);
      await open(tab, sample(`howto-ipv6/${folder}/mesh-v6-only.yaml`), { parameters: PARAMETERS });
      await eventually(() => requests(tab), GOLDEN[folder][3]);
      const text = sample(`howto-ipv6/${folder}/${file}.yaml`);
      const { counts } = await open(tab, text, { parameters: PARAMETERS, asFile: true, name: `${file}.yaml` });
      assert.equal(counts, `0 created, ${updated} updated, ${20 - updated} unchanged, 0 refused.`);
      await eventually(() => requests(tab), expected);
    });
  }
  visit(`${folder}: the override step by hand, in the matrix`, async (tab) => {
    await scenario(tab, VARIANT[folder]);
    await prefer(tab, 'IPv6_ONLY');
    await tab.getByRole('button', { name: 'Matrix' }).click();
    for (const [colour, preference] of [
      ['red', 'IPv4_PREFERRED'],
      ['orange', 'IPv4_PREFERRED'],
      ['yellow', 'IPv6_PREFERRED'],
    ]) {
      await tab.getByLabel(`IP version preference of ${nodeName(colour)}`, { exact: true }).selectOption(preference);
    }
    await eventually(async () => (await matrix(tab))[3], 'ok ok ok app ok ok');
    await tab.getByRole('button', { name: 'Graph' }).click();
    await eventually(() => requests(tab), 'ok ok ok app ok ok');
  });
}
