// Opens the report in Chromium from disk and uses it: no request, no console message, no policy violation, payloads stay
// text, both themes, 400 px, paper, axe-core. Needs report_sample (built with the tests) and /usr/bin/chromium.
//   SONDE_REPORT_SAMPLE=build/dev/bin/report_sample node --test tests/browser/
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const builds = () => ['dev', 'release', 'report', 'lead', 'check'].map(n => join(root, 'build', n, 'bin/report_sample'));
const sample = process.env.SONDE_REPORT_SAMPLE ?? builds().find(existsSync);
const recorded = JSON.parse(readFileSync(join(root, 'tests/data/report/result.json'), 'utf8'));
const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
let browser, folder, number = 0;

before(async () => {
  assert.ok(sample && existsSync(sample), 'build the target report_sample first');
  folder = mkdtempSync(join(tmpdir(), 'sonde-report-'));
  browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: flags});
});
after(async () => { await browser?.close(); if (folder) rmSync(folder, {recursive: true}); });

/// Write the report of a result and give its path.
const write = (result, ...more) => {
  const out = join(folder, String(++number)), json = join(folder, `${number}.json`);
  mkdirSync(out);
  writeFileSync(json, JSON.stringify(result));
  execFileSync(sample, [json, out, ...more]);
  return join(out, 'report.html');
};

/// Open a page that must stay silent; `use` works with it.
const silent = async (path, options, use) => {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, offline: true, ...options});
  const page = await context.newPage(), noise = [];
  page.on('console', m => noise.push(`console ${m.type()}: ${m.text()}`));
  page.on('pageerror', e => noise.push(`error: ${e.message}`));
  page.on('dialog', d => { noise.push(`dialog: ${d.message()}`); d.dismiss(); });
  page.on('request', r => { if (!r.url().startsWith('data:') && r.url() !== pathToFileURL(path).href) noise.push(`request: ${r.url()}`); });
  await page.addInitScript(() => { window.violations = []; document.addEventListener('securitypolicyviolation', e => window.violations.push(`${e.violatedDirective} ${e.sample}`)); });
  await page.goto(pathToFileURL(path).href);
  const result = await use(page);
  const violations = await page.evaluate(() => window.violations);
  await context.close();
  assert.deepEqual([...noise, ...violations], []);
  return result;
};
const text = (page, css) => page.locator(css).first().evaluate(e => e.textContent);

test('opens from disk in silence and is the same after a second build', async () => {
  const path = write(recorded), again = write(recorded);
  assert.equal(readFileSync(path, 'utf8'), readFileSync(again, 'utf8'));
  await silent(path, {}, async page => {
    assert.match(await text(page, 'h1'), /^Sentiment is linearly decodable at every hidden state, best at hidden\[4\]: 78\.3/);
    assert.equal(await page.locator('#depth svg').count(), 1);
  });
});

test('switches the metric, draws validation and train, reads by arrow key', async () => {
  await silent(write(recorded), {}, async page => {
    await page.locator('input[name=metric][value=auroc]').check({force: true});
    assert.match(await text(page, '#depth svg text'), /AUROC on test/);
    assert.equal(await text(page, '.mname'), 'AUROC');
    assert.equal(await page.locator('#depth .vdot').count(), 0);
    await page.locator('#t-valid').check();
    await page.locator('#t-train').check();
    assert.equal(await page.locator('#depth .vdot').count(), 7);
    assert.equal(await page.locator('#depth .tdot').count(), 7);
    await page.locator('#depth').focus();
    await page.keyboard.press('Home');
    assert.equal(await text(page, '#depth-read .at'), 'hidden[0]');
    await page.keyboard.press('ArrowRight');
    assert.equal(await text(page, '#depth-read .at'), 'hidden[1]');
    assert.match(await text(page, '#depth-read dd'), /^0\.824\[0\.809, 0\.838\]$/);
    await page.locator('input[name=metric][value=log_loss]').check({force: true});
    assert.match(await text(page, '#depth svg text'), /lower is better/);
  });
});

test('sorts and finds addresses, filters and searches mistakes', async () => {
  await silent(write(recorded), {}, async page => {
    assert.equal(await text(page, '#all-n'), '7 of 37');
    await page.locator('#all-q').fill('INTERMEDIATE');
    assert.equal(await text(page, '#all-n'), '6 of 37');
    await page.locator('#all-q').fill('');
    await page.getByRole('button', {name: 'Test accuracy, %'}).click();
    assert.match(await text(page, '#all tbody tr:not([hidden]) th'), /hidden\[4\]/);
    await page.getByRole('button', {name: 'Test accuracy, %'}).click();
    assert.match(await text(page, '#all tbody tr:not([hidden]) th'), /encoder\.layer\.0\.output\.dense/);
    assert.equal(await text(page, '#w-n'), '8 of 32');
    await page.locator('#w-more').click();
    assert.equal(await text(page, '#w-n'), '32 of 32');
    await page.locator('#w-q').fill('MOVIE');
    const marked = await page.locator('#wrong mark').allTextContents();
    assert.ok(marked.length > 2 && marked.every(m => m.toLowerCase() === 'movie'));
    await page.locator('#w-q').fill('nothing holds this');
    assert.ok(await page.locator('#w-none').isVisible());
  });
});

test('moves the threshold: the bars change sides and the counts follow', async () => {
  await silent(write(recorded), {}, async page => {
    const cells = () => page.locator('#cm tbody td b').allTextContents();
    assert.deepEqual(await cells(), ['1,584', '373', '342', '997']);
    const pale = () => page.locator('#hist .miss[data-class="0"]').count();
    assert.equal(await pale(), 25);
    await page.locator('#thr').fill('80');
    const at80 = (c, from, to) => recorded.best.calibration.scores[c].slice(from, to).reduce((a, b) => a + b, 0).toLocaleString('en');
    assert.deepEqual(await cells(), [at80(0, 0, 80), at80(0, 80, 100), at80(1, 0, 80), at80(1, 80, 100)]);
    assert.equal(await pale(), 10);
    await page.locator('#thr-r').click();
    assert.deepEqual(await cells(), ['1,584', '373', '342', '997']);
  });
});

for (const [name, options] of [['light', {colorScheme: 'light'}], ['dark', {colorScheme: 'dark'}], ['400 px', {viewport: {width: 400, height: 800}}], ['400 px dark', {viewport: {width: 400, height: 800}, colorScheme: 'dark'}]]) {
  test(`has no axe-core violation: ${name}`, async () => {
    const path = write(recorded);
    await silent(path, {bypassCSP: true, ...options}, async page => {
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run());
      assert.deepEqual(found.violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')}`), []);
    });
    await silent(path, options, async page => {
      const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
      assert.ok(scroll <= inner, `page is ${scroll} wide in ${inner}`);
    });
  });
}

test('turns dark by its button and by the hash', async () => {
  await silent(write(recorded), {colorScheme: 'light'}, async page => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await background(), 'rgb(255, 255, 255)');
    await page.locator('#theme').click();
    assert.equal(await background(), 'rgb(15, 18, 22)');
    assert.equal(await page.locator('#theme').getAttribute('aria-pressed'), 'true');
  });
});

test('keeps texts, tables and figures without script, and all addresses on paper', async () => {
  const path = write(recorded);
  const context = await browser.newContext({javaScriptEnabled: false, offline: true});
  const page = await context.newPage();
  await page.goto(pathToFileURL(path).href);
  assert.equal(await page.locator('#depth svg').count(), 1);
  assert.equal(await page.locator('#all tbody tr').count(), 37);
  assert.equal(await page.locator('input[name=metric]').first().isVisible(), false);
  await context.close();
  await silent(path, {}, async page => {
    await page.emulateMedia({media: 'print'});
    const shown = await page.locator('#all tbody tr').evaluateAll(rows => rows.filter(r => getComputedStyle(r).display !== 'none').length);
    assert.equal(shown, 37);
    assert.equal(await page.locator('.tools .seg').first().isVisible(), false);
  });
});

/* payloads in every slot that text from outside can reach */
const breakers = ['<script>alert(1)</script>', '</script><script>alert(1)</script>', '</SCRIPT\n><script>alert(1)//', '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", '" autofocus onfocus="alert(1)', '<svg/onload=alert(1)>', '<!--', '-->', ']]>', '</style><style>*{display:none}', '</title><script>alert(1)</script>', '</pre><h1>x', '</table></main>', '<iframe srcdoc="<script>alert(1)</script>">', '<base href="//x.invalid">', '<meta http-equiv=refresh content="0;url=//x.invalid">', '<link rel=stylesheet href=//x.invalid>', '<a href=javascript:alert(1)>x</a>', '{{data}}', '{{{script}}}', '{{#facts}}', '${alert(1)}', '#{1}', '<%=1%>', '=1+1', '@SUM(1)', '\u2028', '\u2029', 'a\u202eb', '\u2066x', '\ufeffx', '&lt;b&gt;', '&#60;b&#62;', '&amp', '\\u003cb', '\\', '";alert(1);//', "';alert(1);//", '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'W'.repeat(3000), '<'.repeat(500), '<math><mi xlink:href="data:x">', '<template><b>', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', '<form action=//x.invalid><input type=submit autofocus>'];
const payloads = [...breakers, ...breakers.map(b => b.toUpperCase()), ...breakers.map(b => `x ${b} y`), ...breakers.map(b => `${b}${b}`)];
const slots = {
  model: (r, p) => { r.model.path = r.model.name = r.model.type = r.model.architecture = p; },
  file: (r, p) => { r.data.file = r.data.text = r.data.group = p; },
  nouns: (r, p) => { r.data.label = p; r.data.label_noun = r.data.row_noun = r.data.group_noun = p; },
  class: (r, p) => { r.data.classes[1].name = r.best.confusion.classes[1] = r.best.per_class[1].name = r.best.calibration.positive = p; r.best.mistakes.forEach(m => { m.label = p; }); },
  best: (r, p) => { r.results.find(x => x.at === 'hidden[4]').at = r.best.at = p; },
  baseline: (r, p) => { r.baselines.forEach((b, i) => { b.note = p; if (i === 2) b.name = p; }); },
  warning: (r, p) => { r.warnings = [{code: p, message: p, hint: p, affects_numbers: true}]; },
  metric: (r, p) => { r.results.forEach(x => { x.metrics = {...x.metrics, ['m ' + p]: {value: .5, low: .4, high: .6}}; }); },
  command: (r, p) => { r.provenance.command = r.provenance.study = r.provenance.created = r.provenance.simd = p; },
  version: (r, p) => { r.versions = {[`v${p}`]: p}; },
};
const kinds = page => page.evaluate(() => [...new Set([...document.querySelectorAll('*')].map(e => e.tagName))].sort().join(' '));

test(`shows ${payloads.length} payloads as text in the table slots`, async () => {
  const usual = await silent(write(recorded), {}, kinds);
  const bent = structuredClone(recorded);
  bent.best.mistakes = payloads.map((p, i) => ({row: i + 1, text: p, group: p, label: p, predicted: p, probability: .9}));
  bent.results = [...recorded.results.filter(r => r.kind === 'hidden'), ...payloads.map(p => ({...structuredClone(recorded.results[1]), at: p, module: p, kind: p, probe: p, pooling: p, path: p}))];
  bent.results.forEach((r, i) => { if (i > 6) r.at = `a${i}.${r.at}`; });
  await silent(write(bent), {}, async page => {
    assert.deepEqual((await kinds(page)).split(' ').filter(t => !usual.split(' ').includes(t)), []);
    assert.deepEqual(await page.locator('#wrong .tx').evaluateAll(e => e.map(x => x.textContent)), payloads);
    await page.locator('#w-q').fill('<');
    assert.deepEqual((await kinds(page)).split(' ').filter(t => !usual.split(' ').includes(t) && t !== 'MARK'), []);
    await page.locator('input[name=grp][value=all]').check({force: true});
    await page.getByRole('button', {name: 'Address', exact: true}).click();
  });
});

test('shows payloads as text in the slots there is one of', async () => {
  const usual = (await silent(write(recorded), {}, kinds)).split(' ');
  let turn = 0;
  for (const [name, slot] of Object.entries(slots)) {
    for (const payload of [payloads[(7 * turn) % 50], payloads[(7 * turn + 1) % 50], payloads[(7 * turn + 3) % 50], breakers[1]]) {
      const bent = structuredClone(recorded);
      slot(bent, payload);
      await silent(write(bent), {}, async page => {
        const extra = (await kinds(page)).split(' ').filter(t => !usual.includes(t));
        assert.deepEqual(extra, [], `${name}: ${payload.slice(0, 60)}`);
        await page.locator('#depth').focus();
        await page.keyboard.press('End');
        if (name === 'command') assert.equal(await text(page, '#c-toml'), payload.startsWith('\n') ? payload.slice(1) : payload);
      });
    }
    turn += 1;
  }
});

test('leaves row texts out when asked', async () => {
  const path = write(recorded, '--no-texts');
  assert.ok(!readFileSync(path, 'utf8').includes('The Balkans provide'));
  await silent(path, {}, async page => assert.equal(await page.locator('#wrong').count(), 0));
});
