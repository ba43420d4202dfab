// Opens the page of `sonde project` in Chromium from disk and uses it: no request, no console message, no policy violation,
// payloads stay text, pointing, hiding, turning, both themes. Needs the program and /usr/bin/chromium.
//   SONDE=build/release/bin/sonde node --test tests/browser/
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.SONDE ?? ['dev', 'release'].map(n => join(root, 'build', n, 'bin/sonde')).find(existsSync);
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const payload = '</script><img src=x onerror=alert(1)>';
let browser, folder;

before(async () => {
  assert.ok(program && existsSync(program), 'build the program first');
  folder = mkdtempSync(join(tmpdir(), 'sonde-picture-'));
  browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: flags});
});
after(async () => { await browser?.close(); if (folder) rmSync(folder, {recursive: true}); });

/// Write a safetensors file of 40 rows in two classes, one of which has a payload for a name, and draw it.
const page = (name, ...options) => {
  const n = 40, x = new Float32Array(4 * n), labels = new BigInt64Array(n);
  for (let i = 0; i < n; ++i) { x.set([i, 8 * (i % 2), Math.sin(i), 1], 4 * i); labels[i] = BigInt(i % 2); }
  const header = Buffer.from(JSON.stringify({
    __metadata__: {classes: JSON.stringify([payload, 'rotten'])},
    x: {dtype: 'F32', shape: [n, 4], data_offsets: [0, 16 * n]}, labels: {dtype: 'I64', shape: [n], data_offsets: [16 * n, 24 * n]}}).padEnd(400));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const features = join(folder, `${name}.safetensors`), out = join(folder, `${name}.html`);
  writeFileSync(features, Buffer.concat([length, header, Buffer.from(x.buffer), Buffer.from(labels.buffer)]));
  execFileSync(program, ['project', features, '--out', out, ...options], {stdio: 'pipe'});
  return out;
};

/// Open a page that must stay silent; `use` works with it.
const silent = async (path, options, use) => {
  const context = await browser.newContext({viewport: {width: 1200, height: 900}, offline: true, ...options});
  const tab = await context.newPage(), noise = [];
  tab.on('console', m => noise.push(`console ${m.type()}: ${m.text()}`));
  tab.on('pageerror', e => noise.push(`error: ${e.message}`));
  tab.on('dialog', d => { noise.push(`dialog: ${d.message()}`); d.dismiss(); });
  tab.on('request', r => { if (!r.url().startsWith('data:') && r.url() !== pathToFileURL(path).href) noise.push(`request: ${r.url()}`); });
  await tab.addInitScript(() => { window.violations = []; document.addEventListener('securitypolicyviolation', e => window.violations.push(`${e.violatedDirective} ${e.sample}`)); });
  await tab.goto(pathToFileURL(path).href);
  await tab.waitForTimeout(120);
  await use(tab);
  const violations = await tab.evaluate(() => window.violations);
  await context.close();
  assert.deepEqual([...noise, ...violations], []);
};
const pixels = tab => tab.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector('#live canvas').toDataURL())))));

test('points, names and hides, in silence', async () => {
  await silent(page('plane'), {}, async tab => {
    const box = await tab.locator('#live').boundingBox();
    // Row 40, of the second class, lies farthest to the right; scan for it.
    let said = '';
    for (let y = 10; y < box.height && !said.includes('row 40'); y += 8) {
      for (let x = box.width - 120; x < box.width && !said.includes('row 40'); x += 12) {
        await tab.mouse.move(box.x + x, box.y + y);
        said = await tab.locator('#tip').textContent();
      }
    }
    assert.equal(said, 'row 40 · rotten');
    assert.equal(await tab.locator('#key button').count(), 2);
    assert.match(await tab.locator('#key button').first().textContent(), /^<\/script><img/);
    await tab.mouse.move(0, 0);
    const all = await pixels(tab);
    await tab.locator('#key button').first().click();
    assert.notEqual(await pixels(tab), all);
    assert.equal(await tab.locator('#key button').first().getAttribute('aria-pressed'), 'false');
    assert.equal(await tab.locator('img').count(), 0);
  });
});

test('turns in space by keys, and comes back', async () => {
  await silent(page('space', '--dims', '3'), {}, async tab => {
    const first = await pixels(tab);
    await tab.locator('#live').focus();
    await tab.keyboard.press('ArrowLeft');
    assert.notEqual(await pixels(tab), first);
    await tab.keyboard.press('0');
    await tab.locator('#live').blur();
    assert.equal(await pixels(tab), first);
  });
});

test('has a dark side', async () => {
  await silent(page('dark'), {colorScheme: 'dark'}, async tab => {
    const dark = await pixels(tab);
    await tab.locator('#theme').click();
    assert.notEqual(await pixels(tab), dark);
  });
});

test('stands still without a script', async () => {
  await silent(page('still'), {javaScriptEnabled: true}, async tab => {
    assert.equal(await tab.locator('#still svg').count(), 1);
    assert.equal(await tab.locator('#still').isVisible(), false);
  });
});
