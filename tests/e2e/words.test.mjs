// The page in other languages: the chooser, and a pseudo-language, which reveals texts that cannot be translated.
import { axe, assert, screenshot, test } from './harness.mjs';
import { eventually } from './page.mjs';

const SMALL = 'àƀçðéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýž';
const CAPITAL = 'ÀƁÇĎÉƑĜĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ';

/** Returns a text in the pseudo-language; see `pseudo` in crates/text/src/words.rs. */
function p(english) {
  let letters = 0;
  const text = english.replace(/[a-z]|[A-Z]/g, (letter) => {
    letters += 1;
    const [table, first] = letter >= 'a' ? [SMALL, 'a'] : [CAPITAL, 'A'];
    return [...table][letter.charCodeAt(0) - first.charCodeAt(0)];
  });
  const padding = Array.from({ length: Math.ceil(letters / 3) + 1 }, (_, at) => (at % 8 === 7 ? ' ' : '~'));
  return `[${text}${padding.join('')}]`;
}

// Data that is the same in every language: names, addresses, values of the API, protocols, response flags.
const DATA = [
  /^(Mesh Playground|English|Deutsch|AWS)$/,
  /^(colou?r|howto|red|orange|yellow|green|blue|purple|default|appmesh)/,
  /^IPv[46](_(ONLY|PREFERRED))?$/,
  /^[A-Z0-9_]+$/,
  /^(Cloud|Map)$/,
  /[a-z]_[a-z]/,
  /^(http|https|http2|grpc|tcp|HTTP\/1.1|HTTP\/2|gRPC|JSON|YAML|Ctrl|Shift|Z|Esc)/,
  /^[0-9a-f]*:[0-9a-f:.]*$/,
  /^(spec|portMapping)(\.|$)/,
  // Values of the API.
  /^(true|false|ms|s|client-error|connection-error|gateway-error|server-error|stream-error|cancelled|deadline-exceeded|internal|resource-exhausted|unavailable)$/,
  /^nothing\.Here/,
  /^(AUTO|DUAL|V[46]_)/,
  /^mesh-/,
  // The word typed to confirm, and members of the API.
  /^delete$/,
  /^[a-z]+[A-Z]/,
  // Types of CloudFormation, structures of the API.
  /^AWS::/,
  /^[A-Z][a-z]+[A-Z]/,
];

/** Returns the visible English parts of the page: texts, and the attributes that are read out. */
async function english(tab) {
  const texts = await tab.evaluate(() => {
    const texts = [];
    const skipped = 'code, pre, textarea, script, style, datalist, [data-untranslated], .screen, h1, .name, [translate=no]';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
      if (!element || element.closest('script, style, noscript')) continue;
      if (!element.closest('option') && !element.checkVisibility()) continue;
      if (node.nodeType === Node.TEXT_NODE) {
        if (!element.closest(skipped)) texts.push(node.data);
      } else {
        for (const name of ['aria-label', 'placeholder', 'title', 'aria-valuetext', 'alt']) {
          if (node.hasAttribute(name) && !node.closest('.config')) texts.push(node.getAttribute(name));
        }
      }
    }
    return texts;
  });
  const found = new Set();
  for (const text of texts) {
    // Names in backticks are data everywhere, and so are shortened names and the name of a project.
    const words = text.replace(/`[^`]*`|\bco[a-z]*…\S*|My playground/g, '').match(/[A-Za-z][A-Za-z0-9_.:/*@-]*/g) ?? [];
    const wrong = words.map((word) => word.replace(/[.:]+$/, '')).filter((word) => word.length > 1 && !DATA.some((data) => data.test(word)));
    if (wrong.length) found.add(`${wrong.join(' ')}: ${text.trim().slice(0, 120)}`);
  }
  return [...found];
}

async function inPseudo(page, options = {}) {
  const tab = await page({ path: '?lang=pseudo', ...options });
  await tab.waitForFunction(() => document.documentElement.lang === 'en-XA');
  return tab;
}

const openAll = (tab) => tab.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));

const button = (tab, name, options) => tab.getByRole('button', { name: p(name), exact: true, ...options });

test('every panel can be translated', async ({ page }) => {
  const tab = await inPseudo(page, { width: 1440, height: 1000 });
  const clean = async (what) => assert.deepEqual(await english(tab), [], what);
  await openAll(tab);
  await clean('first sight');
  await screenshot(tab, 'words-pseudo');
  for (const view of ['Matrix', 'Request', 'Compare', 'Graph']) {
    await button(tab, view).click();
    await tab.locator(`.${view.toLowerCase()}`).first().waitFor();
    await openAll(tab);
    await clean(view);
  }
  await button(tab, 'Matrix').click();
  await tab.locator('button.cell').nth(3).click();
  await tab.locator('.preview').waitFor();
  await clean('a preview');
  await button(tab, 'Apply').click();
  await button(tab, 'Graph').click();
  await button(tab, 'Envoy').click();
  await tab.locator('.config').waitFor();
  await clean('Envoy');
  await tab.locator('.config [title]').first().click();
  await clean('a line of Envoy');
  await button(tab, 'Effects').click();
  // One of each kind, with its explanations.
  const resources = tab.locator('.resources button.link');
  for (let at = 0; at < (await resources.count()); at += 1) {
    await resources.nth(at).click();
    await openAll(tab);
    await clean(`resource ${at}`);
  }
  for (const box of await tab.locator('.surroundings input').all()) await box.click();
  await tab.locator('.top-bar select').first().selectOption({ index: 2 });
  await button(tab, 'Undo').click();
  await openAll(tab);
  await clean('history');
  await tab.getByLabel(p('12-digit ID')).fill('12');
  await button(tab, 'Add account').click();
  await clean('a wrong account');
  await tab.getByLabel(p('12-digit ID')).fill('210987654321');
  await button(tab, 'Add account').click();
  await clean('two accounts');
  await tab.getByRole('checkbox', { name: p('Enforce the default quotas') }).click();
  await tab.getByLabel(p('Account'), { exact: true }).selectOption({ index: 1 });
  await openAll(tab);
  await clean('an account without meshes');
});

test('the requests that stop and the panel of one request can be translated', async ({ page }) => {
  const tab = await inPseudo(page, { width: 1440, height: 1000 });
  for (const scenario of ['cloud-map', 'dns']) {
    await tab.getByLabel(p('Scenario'), { exact: true }).selectOption(scenario);
    for (let preference = 0; preference < 5; preference += 1) {
      await tab.locator('input[type=radio]').nth(preference).click();
      await button(tab, 'Graph').click();
      for (const name of ['red', 'yellow', 'purple']) {
        await tab.locator(`g.box:has(title:text-matches("${name}"))`).first().click();
        assert.deepEqual(await english(tab), [], `${scenario}, preference ${preference}, ${name}`);
      }
    }
  }
  await button(tab, 'Request').click();
  const sample = tab.locator('#request-sample');
  await sample.waitFor();
  for (let at = 1; at < (await sample.locator('option').count()); at += 1) {
    await sample.selectOption({ index: at });
    assert.deepEqual(await english(tab), [], `request ${at}`);
  }
  await tab.locator('#request-protocol').selectOption({ index: 2 });
  await tab.locator('#request-path').fill('/nothing.Here/at');
  await tab.locator('#request-port').fill('99999');
  await tab.locator('#request-count').fill('x');
  await tab.locator('#request-seed').fill('x');
  assert.deepEqual(await english(tab), [], 'mistakes in a request');
  await tab.locator('#request-client').selectOption({ index: 1 });
  await tab.locator('#request-to').fill('');
  assert.deepEqual(await english(tab), [], 'a request of a node');
});

test('every dialog can be translated', { timeout: 300_000 }, async ({ page }) => {
  const tab = await inPseudo(page, { width: 1440, height: 1000 });
  const dialog = tab.getByRole('dialog');
  const clean = async (what) => assert.deepEqual(await english(tab), [], what);
  const close = async () => {
    await dialog.getByRole('button', { name: p('Cancel') }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  await button(tab, 'Create mesh').click();
  await dialog.waitFor();
  for (const box of await dialog.getByRole('checkbox').all()) await box.click();
  await dialog.getByRole('button', { name: p('Add new tag') }).click();
  await dialog.locator('#mesh-selector').fill('a b c');
  await clean('create mesh');
  await dialog.getByRole('button', { name: p('Create mesh') }).click();
  await dialog.getByRole('alert').first().waitFor();
  await clean('mistakes in a mesh');
  await close();

  await tab.getByRole('button', { name: p('Create in this mesh') }).click();
  await dialog.locator('#resource-kind').waitFor();
  const kinds = await dialog.locator('#resource-kind option').count();
  for (let kind = 0; kind < kinds; kind += 1) {
    await dialog.locator('#resource-kind').selectOption({ index: kind });
    await clean(`create kind ${kind}`);
    // Adds everything: each switch is turned on, each list gets an item, each choice is set to its last entry;
    // repeated, for controls that appear because of it.
    for (let depth = 0; depth < 3; depth += 1) {
      const off = dialog.locator('.form input[type=checkbox]:not(:checked)');
      for (let count = 0; count < 40 && (await off.count()); count += 1) await off.first().check();
      for (const add of await dialog.locator('.form [id$="-add"]').all()) {
        if (await add.isEnabled()) await add.click();
      }
      for (const select of await dialog.locator('.form select:not(#resource-kind)').all()) {
        const count = await select.locator('option').count();
        if (count > 1) await select.selectOption({ index: 1 + (depth % (count - 1)) });
      }
      await clean(`create kind ${kind}, depth ${depth}`);
    }
    await dialog.getByRole('button', { name: p('Create'), exact: true }).click();
    // Messages of the service stay in English.
    const own = (text) => !/ must (have|be)|exactly one|is required, and|may only/.test(text);
    assert.deepEqual((await english(tab)).filter(own), [], `mistakes in kind ${kind}`);
  }
  await dialog.getByRole('button', { name: 'JSON' }).or(dialog.getByRole('button', { name: p('JSON') })).first().click();
  await dialog.locator('#resource-json').fill('{"spec": {"unknown": 1}}');
  await clean('JSON');
  await close();

  await tab.getByRole('button', { name: p('Delete mesh {0}').replace('{0}', 'howto-ipv6') }).or(tab.locator('.meshes button.quiet')).first().click();
  await dialog.locator('#confirm').waitFor();
  await clean('delete');
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: p('Delete') }).click();
  await clean('delete everything');
  await close();

  await button(tab, 'Open…').click();
  await dialog.locator('#open-text').waitFor();
  await clean('open');
  for (const text of ['{', 'a: 1', '- a\n b', 'Resources: {}\nResources: {}', '{"format": "mesh-playground", "version": 99}']) {
    await dialog.locator('#open-text').fill(text);
    await dialog.getByRole('alert').waitFor();
    await clean(text);
  }
  await dialog.locator('#open-text').fill(`
Description: A template
Parameters: {meshName: {Type: String}}
Outputs: {}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Mesh: {Type: AWS::AppMesh::Mesh, Properties: {MeshName: !Ref meshName, Spec: {}}, DeletionPolicy: Retain}
  Node:
    Type: AWS::AppMesh::VirtualNode
    Properties:
      MeshName: !GetAtt Mesh.MeshName
      VirtualNodeName: blue
      Spec:
        Nothing: 1
        Listeners: [{PortMapping: {Port: "80", Protocol: http}}]
        ServiceDiscovery: {DNS: {Hostname: blue.local}}
`);
  await clean('a template');
  await dialog.getByRole('button', { name: p('Open'), exact: true }).click();
  await dialog.locator('.report').waitFor();
  await dialog.locator('details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
  await clean('a report');
});

test('sharing, pictures, the terminal and embedded pages can be translated', async ({ page }) => {
  const tab = await inPseudo(page, { width: 1440, height: 1000 });
  const dialog = tab.getByRole('dialog');
  const clean = async (what) => assert.deepEqual(await english(tab), [], what);
  await button(tab, 'Gateways and nodes as a table').click();
  await clean('the table of the graph');
  await button(tab, 'Share').click();
  await dialog.locator('svg, canvas, .qr, input[readonly], textarea').first().waitFor();
  await openAll(tab);
  await clean('share');
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await tab.locator('.top-bar button').first().click();
  await dialog.waitFor();
  await openAll(tab);
  await clean('projects');
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await button(tab, 'Picture…').click();
  await dialog.locator('#picture-subject').waitFor();
  await clean('a picture');
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await tab.locator('.dock button').first().click();
  await tab.locator('#terminal-line').fill('aws appmesh list-meshes');
  await tab.locator('#terminal-line').press('Enter');
  await tab.locator('.screen pre.stdout').first().waitFor();
  await clean('the terminal');
  for (const path of ['?embed=1&lang=pseudo&readonly=1', '?embed=1&lang=pseudo&ui=lesson', '?lang=pseudo#1~broken']) {
    const other = await inPseudo(page, { path, allow: [/.*/] });
    await openAll(other);
    assert.deepEqual(await english(other), [], path);
  }
  const phone = await inPseudo(page, { width: 360, height: 740 });
  for (const panel of ['Details', 'Resources', 'History', 'Terminal', 'Mesh']) {
    await button(phone, panel).first().click();
    await openAll(phone);
    assert.deepEqual(await english(phone), [], `${panel} on a phone`);
  }
});

test('a language is chosen, kept and spoken', async ({ page }) => {
  const tab = await page();
  await tab.getByLabel('Language').selectOption('Deutsch');
  await tab.getByRole('button', { name: 'Mesh erstellen', exact: true }).waitFor();
  assert.equal(await tab.evaluate(() => document.documentElement.lang), 'de');
  assert.match(await tab.title(), /im Browser/);
  await eventually(() => tab.locator('.announcer').textContent(), 'Sprache: Deutsch');
  // Also the components that depend only on the store, and the memoised parts.
  await tab.locator('.graph').getByText('kommt an').first().waitFor();
  assert.equal(await tab.getByText('arrives').count(), 0);
  await tab.reload();
  await tab.getByRole('button', { name: 'Mesh erstellen', exact: true }).waitFor();
  await tab.getByLabel('Sprache').selectOption('日本語');
  await tab.getByRole('button', { name: 'メッシュを作成', exact: true }).waitFor();
  await tab.getByLabel('言語').selectOption('English');
  await tab.getByRole('button', { name: 'Create mesh' }).waitFor();
  assert.equal(await tab.evaluate(() => document.documentElement.lang), 'en');
});

test('the language of the browser is spoken, and that of the address before it', async ({ page }) => {
  const german = await page({ locale: 'de-AT' });
  await german.getByRole('button', { name: 'Mesh erstellen', exact: true }).waitFor();
  const japanese = await page({ locale: 'de-AT', path: '?lang=ja' });
  await japanese.getByRole('button', { name: 'メッシュを作成', exact: true }).waitFor();
  const english = await page({ locale: 'fr-FR' });
  await english.getByRole('button', { name: 'Create mesh' }).waitFor();
});

test('without its catalogue the page stays English, and says so', async ({ page }) => {
  const before = (context) => context.route('**/lang/*.json', (route) => route.abort());
  const tab = await page({ before, allow: [/Failed to load resource/, /lang\/de\.json/], serviceWorkers: 'block' });
  await tab.getByLabel('Language').selectOption('Deutsch');
  await eventually(
    () => tab.locator('.announcer').textContent(),
    'The words of that language cannot be loaded: the page stays English. Try again later.',
  );
  assert.equal(await tab.getByLabel('Language').inputValue(), 'en');
  assert.equal(await tab.evaluate(() => document.documentElement.lang), 'en');
});

for (const lang of ['de', 'ja', 'pseudo']) {
  test(`in ${lang} nothing is cut off or overlaps, on a phone and on a screen`, async ({ page }) => {
    for (const [width, colorScheme] of [[320, 'light'], [768, 'dark'], [1440, 'light']]) {
      const tab = await page({ width, height: 900, colorScheme, path: `?lang=${lang}` });
      await tab.waitForFunction((lang) => document.documentElement.lang === lang, lang === 'pseudo' ? 'en-XA' : lang);
      await screenshot(tab, `words-${lang}-${width}`);
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${width} px: ${overflow} px too wide`);
      assert.deepEqual(await axe(tab), []);
      await tab.context().close();
    }
  });
}
