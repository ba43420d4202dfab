'use strict';
// What moves in the report. Reads the JSON block `data`; data reaches the page only as text nodes and attributes of
// drawing elements, never as markup. Needs no network, no storage and no library.
(() => {
const root = document.documentElement;
root.classList.add('js');
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const D = JSON.parse($('#data').textContent);
const NB = '\u202f', MIN = '\u2212', M = D.metrics, ROWS = D.rows, CURVE = D.curve.map(i => ROWS[i]);
const say = t => { $('#live').textContent = t; };
const num = v => v !== null && v !== undefined;

/* words and numbers, as the page itself was written */
const fixed = (v, d) => (+v.toFixed(d) === 0 ? 0 : v).toFixed(d).replace('-', MIN);
const fmt = (m, v) => num(v) ? fixed(v * M[m].scale, M[m].digits) : 'undefined';
const unit = m => M[m].unit === '%' ? NB + '%' : '';
const interval = (m, a, b) => num(a) && num(b) ? `[${fmt(m, a)}, ${fmt(m, b)}]` : '';
const signed = (m, v) => num(v) ? (+(v * M[m].scale).toFixed(M[m].digits) < 0 ? '' : '+') + fmt(m, v) : 'undefined';

/* elements: attributes and text nodes only */
const put = (e, attributes, children) => {
  for (const n in attributes) if (num(attributes[n])) e.setAttribute(n, attributes[n]);
  children.flat().forEach(c => { if (num(c)) e.append(c); });
  return e;
};
const E = (tag, a = {}, ...k) => put(document.createElement(tag), a, k);
const S = (tag, a = {}, ...k) => put(document.createElementNS('http://www.w3.org/2000/svg', tag), a, k);
const T = (x, y, c, s, a = 'start') => S('text', {x: +x.toFixed(1), y: +y.toFixed(1), class: c, 'text-anchor': a}, s);

/* theme: the hash, then the system */
const theme = (location.hash.match(/theme=(dark|light)/) || [])[1];
if (theme) root.dataset.theme = theme;
const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
const themeButton = $('#theme'), markTheme = () => themeButton.setAttribute('aria-pressed', isDark());
markTheme();
themeButton.onclick = () => { root.dataset.theme = isDark() ? 'light' : 'dark'; markTheme(); };

/* copy and save */
const copy = async (text, button) => {
  try { await navigator.clipboard.writeText(text); } catch {
    const area = E('textarea', {class: 'vh'});
    area.value = text; document.body.append(area); area.select(); document.execCommand('copy'); area.remove(); button.focus();
  }
  button.dataset.done = 1; say('Copied'); setTimeout(() => delete button.dataset.done, 1400);
};
// A cell that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers.
const guard = s => /^[=+\-@\t\r]/.test(s) && !/^[+-]?[\d.,]+( \[.*\])?$/.test(s) ? "'" + s : s;
const cellText = c => c.dataset.c ?? c.textContent;
const csv = id => $$('tr', $(id)).map(r => [...r.cells].map(c =>
  '"' + guard(cellText(c).trim().replace(/\s+/g, ' ').replaceAll(MIN, '-')).replace(/"/g, '""') + '"').join(',')).join('\n');
$$('[data-copy]').forEach(b => b.onclick = () => copy($(b.dataset.copy).textContent.trim(), b));
$$('[data-csv]').forEach(b => b.onclick = () => copy(csv(b.dataset.csv), b));
const KEEP = {fill: '', stroke: 'none', 'stroke-width': '1px', 'stroke-dasharray': 'none', 'stroke-linecap': 'butt', 'stroke-linejoin': 'miter', opacity: '1', 'paint-order': 'normal'};
const FONT = ['font-family', 'font-size', 'font-weight'];
const standalone = svg => {
  const clone = svg.cloneNode(true), from = [svg, ...svg.querySelectorAll('*')];
  [clone, ...clone.querySelectorAll('*')].forEach((e, i) => {
    const q = getComputedStyle(from[i]);
    if (q.display === 'none' || q.visibility === 'hidden') return e.remove();
    for (const p in KEEP) { const v = q.getPropertyValue(p); if (v !== KEEP[p]) e.setAttribute(p, v); }
    if (e.tagName === 'text') FONT.forEach(p => e.setAttribute(p, q.getPropertyValue(p)));
    e.removeAttribute('class');
  });
  clone.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return new XMLSerializer().serializeToString(clone);
};
$$('[data-svg]').forEach(b => b.onclick = () => {
  const url = URL.createObjectURL(new Blob([standalone($(b.dataset.svg + ' svg'))], {type: 'image/svg+xml'}));
  const link = E('a', {href: url, download: b.dataset.name + '.svg'});
  link.click(); setTimeout(() => URL.revokeObjectURL(url), 1000);
});

/* reading panel: the same for every address. v = [value, low, high, valid, train, difference, low, high] */
let metric = D.metric;
const panel = (host, r, m) => {
  const rows = [], v = r.m[m] || [];
  const row = (t, value, note) => rows.push(E('div', {}, E('dt', {}, t), E('dd', {}, value, note ? E('i', {}, note) : null)));
  row(`${M[m].title}, test`, fmt(m, v[0]) + unit(m), interval(m, v[1], v[2]));
  if (num(v[3])) row('on validation', fmt(m, v[3]) + unit(m));
  if (num(v[4])) row('on train', fmt(m, v[4]) + unit(m));
  if (D.rival && num(v[5])) row(`vs ${D.rival}`, signed(m, v[5]), interval(m, v[6], v[7]));
  D.panel.filter(k => k !== m && r.m[k]).slice(0, 3).forEach(k => row(M[k].short, fmt(k, r.m[k][0]) + unit(k), interval(k, r.m[k][1], r.m[k][2])));
  if (r.steps) row('Solver', r.converged ? 'converged' : 'stopped early', `${r.steps.toLocaleString('en')} steps`);
  const pill = r.best ? E('span', {class: 'pill best'}, D.why) : r.tie ? E('span', {class: 'pill'}, `cannot be told apart from ${D.best_at}`) : null;
  host.replaceChildren(E('p', {class: 'at'}, r.at), E('p', {class: 'sub'}, r.sub), E('div', {class: 'slot'}, pill), E('dl', {}, ...rows));
};

/* figure 1: metric by address, drawn at the width there is */
const printing = () => root.dataset.print === '1';
const ticks = (a, b, n) => {
  const r = (b - a) / n, p = 10 ** Math.floor(Math.log10(r));
  const s = [1, 2, 5, 10].map(q => q * p).sort((c, d) => Math.abs(Math.log(c / r)) - Math.abs(Math.log(d / r)))[0], o = [];
  for (let v = Math.ceil(a / s - 1e-9) * s; v <= b + 1e-9; v += s) o.push(+v.toFixed(6));
  return o;
};
const depth = $('#depth'), bestAt = Math.max(0, CURVE.findIndex(r => r.best));
let cursor = bestAt;
const checked = id => !!$(id)?.checked;
const drawDepth = () => {
  const m = M[metric], n = CURVE.length, w = printing() ? 500 : Math.max(280, Math.floor(depth.clientWidth)), narrow = w < 560 && !printing();
  const h = printing() ? 262 : narrow ? 320 : 400, L = narrow ? 38 : 46, R = narrow ? 14 : w < 700 ? 104 : 134, top = narrow ? 54 : 44, B = narrow ? 40 : 52;
  const train = checked('#t-train'), valid = checked('#t-valid'), at = (r, k) => r.m[metric] ? r.m[metric][k] : null;
  const refs = D.refs.filter(r => num(r.m[metric])).map(r => ({...r, v: r.m[metric]})).filter((r, i, a) => a.findIndex(q => Math.abs(q.v - r.v) < 1e-6) === i);
  const seen = [...refs.map(r => r.v), ...CURVE.flatMap(r => [0, 1, 2, ...(valid ? [3] : []), ...(train ? [4] : [])].map(k => at(r, k)))].filter(num).map(v => v * m.scale);
  if (!seen.length) return;
  let lo = Math.min(...seen), hi = Math.max(...seen); const pad = (hi - lo || 1) * .06; hi += pad; lo -= m.low ? pad * 3.2 : pad;
  const x = i => n < 2 ? (L + w - R) / 2 : L + (narrow ? 10 : 22) + (w - L - R - (narrow ? 20 : 44)) * i / (n - 1);
  const y = v => top + (h - top - B) * (1 - (v * m.scale - lo) / (hi - lo));
  const path = k => CURVE.map((r, i) => num(at(r, k)) ? `${i && num(at(CURVE[i - 1], k)) ? 'L' : 'M'}${x(i).toFixed(1)} ${y(at(r, k)).toFixed(1)}` : '').join('');
  const gap = n < 2 ? w : x(1) - x(0), short = gap < 72, every = Math.max(1, Math.ceil((short ? 30 : 72) / gap));
  const s = S('svg', {viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: 'img', 'aria-label': `${m.title} on test by address. ${CURVE.map(r => `${r.at} ${fmt(metric, at(r, 0))}`).join(', ')}. ${refs.map(r => `${r.name} ${fmt(metric, r.v)}`).join(', ')}.`});
  s.append(T(0, 14, 'q3', `${m.title} on test${m.unit ? ', ' + m.unit : ''}${m.low ? ' (lower is better)' : ''}`));
  ticks(lo, hi, narrow ? 4 : 5).forEach(v => { const Y = y(v / m.scale); s.append(S('line', {x1: L, x2: w - R, y1: Y, y2: Y, class: 'grid'}), T(L - 10, Y + 4, 'q3', m.scale === 100 ? String(v) : v.toFixed(2).replace('-', MIN), 'end')); });
  const banded = CURVE.map((r, i) => i).filter(i => num(at(CURVE[i], 1)) && num(at(CURVE[i], 2)));
  if (banded.length > 1) s.append(S('path', {class: 'band', d: banded.map((i, j) => `${j ? 'L' : 'M'}${x(i).toFixed(1)} ${y(at(CURVE[i], 2)).toFixed(1)}`).join('') + banded.toReversed().map(i => `L${x(i).toFixed(1)} ${y(at(CURVE[i], 1)).toFixed(1)}`).join('') + 'Z'}));
  if (n === 1 && banded.length) s.append(S('line', {class: 'wh', x1: x(0), x2: x(0), y1: y(at(CURVE[0], 1)), y2: y(at(CURVE[0], 2))}));
  const labels = refs.map(r => ({...r, Y: y(r.v)})).sort((a, b) => a.Y - b.Y);
  labels.forEach((r, i) => { r.ly = i && !narrow ? Math.max(r.Y, labels[i - 1].ly + 34) : r.Y; });
  labels.forEach(r => {
    s.append(S('line', {x1: L, x2: w - R, y1: r.Y, y2: r.Y, class: 'base', 'stroke-dasharray': r.dash}));
    if (narrow) { const up = y(at(CURVE[n - 1], 0)) > r.Y || h - B - r.Y < 20; s.append(T(w - R, r.Y + (up ? -6 : 15), 'halo', `${r.name} ${fmt(metric, r.v)}`, 'end')); }
    else s.append(T(w - R + 12, r.ly - 1, '', r.name), T(w - R + 12, r.ly + 15, 'st', fmt(metric, r.v) + unit(metric)));
  });
  const dots = (k, c, rad) => CURVE.map((r, i) => num(at(r, k)) ? S('circle', {class: c, cx: x(i), cy: y(at(r, k)), r: rad}) : null);
  const add = list => list.forEach(e => e && s.append(e));
  if (train) { s.append(S('path', {class: 'trn', d: path(4)})); add(dots(4, 'tdot', 3.5)); }
  s.append(S('path', {class: 'main', d: path(0)}));
  if (valid) { s.append(S('path', {class: 'val', d: path(3)})); add(dots(3, 'vdot', 3.5)); }
  s.append(S('line', {x1: L, x2: w - R, y1: h - B, y2: h - B, class: 'axis'}));
  CURVE.forEach((r, i) => {
    const shown = i === bestAt || (i % every === 0 && Math.abs(i - bestAt) >= every);
    s.append(S('line', {x1: x(i), x2: x(i), y1: h - B, y2: h - B + 5, class: 'axis'}));
    if (shown) s.append(T(x(i), h - B + 21, 'm' + (r.best ? ' st' : ''), short ? r.short : r.tick, 'middle'));
    if (!narrow && D.ends && n > 1 && (i === 0 || i === n - 1)) s.append(T(x(i), h - B + 39, 'q3', D.ends[i ? 1 : 0], 'middle'));
  });
  add(dots(0, 'dotm', n > 40 ? 3.5 : 5));
  if (short) s.append(T(narrow ? w - R : (L + w - R) / 2, h - 2, 'q3', D.axis_note, narrow ? 'end' : 'middle'));
  if (CURVE[bestAt]?.best && num(at(CURVE[bestAt], 0))) {
    const r = CURVE[bestAt], bx = x(bestAt), ys = [0, 1, 2, ...(train ? [4] : []), ...(valid ? [3] : [])].map(k => at(r, k)).filter(num).map(y);
    const ty = m.low ? Math.max(...ys) + 34 : Math.min(...ys) - 8, half = short ? 62 : 88, tx = Math.min(Math.max(bx, L + half - 20), Math.max(w - R - half + 40, L + half));
    s.append(S('circle', {class: 'ring', cx: bx, cy: y(at(r, 0)), r: 9.5}), T(tx, ty - 16, 'st halo', `${short ? '' : r.tick + ' '}${fmt(metric, at(r, 0))}${unit(metric)}`, 'middle'), T(tx, ty, 'halo', short ? D.why_short : D.why, 'middle'));
  }
  const cross = S('line', {class: 'cross', y1: top - 6, y2: h - B, visibility: 'hidden'}), hot = S('circle', {class: 'dotm', r: 6.5, visibility: 'hidden'});
  s.append(cross, hot);
  depth.replaceChildren(s);
  depth.go = (i, quiet) => {
    cursor = Math.max(0, Math.min(n - 1, i)); const r = CURVE[cursor], v = at(r, 0);
    put(cross, {x1: x(cursor), x2: x(cursor), visibility: quiet ? 'hidden' : 'visible'}, []);
    put(hot, {cx: x(cursor), cy: num(v) ? y(v) : -20, visibility: quiet ? 'hidden' : 'visible'}, []);
    panel($('#depth-read'), r, metric);
    if (!quiet) say(`${r.at}, ${m.title} ${fmt(metric, v)}, interval ${interval(metric, at(r, 1), at(r, 2))}`);
  };
  depth.nearest = e => { const b = s.getBoundingClientRect(), px = (e.clientX - b.left) * w / b.width; return CURVE.reduce((a, _, i) => Math.abs(x(i) - px) < Math.abs(x(a) - px) ? i : a, 0); };
  depth.go(cursor, true);
};
depth.onpointermove = e => depth.go(depth.nearest(e));
depth.onpointerleave = () => { if (document.activeElement !== depth) depth.go(bestAt, true); };
depth.onkeydown = e => { const k = {ArrowRight: cursor + 1, ArrowLeft: cursor - 1, Home: 0, End: CURVE.length - 1}[e.key]; if (num(k)) { e.preventDefault(); depth.go(k); } };
depth.onfocus = () => { if (depth.matches(':focus-visible')) depth.go(cursor); };
depth.onblur = () => depth.go(bestAt, true);
$$('input[name=metric]').forEach(i => i.onchange = () => { metric = i.value; $$('.mname').forEach(e => { e.textContent = M[metric].title; }); drawDepth(); say(`${M[metric].title} shown`); });
['#t-train', '#t-valid'].forEach(id => { const box = $(id); if (box) box.onchange = drawDepth; });

/* table 2: all addresses */
const all = $('#all'), body = all.tBodies[0], lines = [...body.rows];
const filterAll = () => {
  const kind = $('input[name=grp]:checked')?.value || 'all', q = $('#all-q').value.trim().toLowerCase(); let shown = 0;
  lines.forEach(r => { const ok = (kind === 'all' || r.dataset.g === kind) && (!q || r.cells[0].textContent.toLowerCase().includes(q)); r.hidden = !ok; shown += ok; });
  $('#all-n').textContent = `${shown} of ${lines.length}`;
};
$$('input[name=grp]').forEach(i => i.onchange = filterAll);
$('#all-q').oninput = () => { const every = $('input[name=grp][value=all]'); if ($('#all-q').value && every) every.checked = true; filterAll(); };
filterAll();
const key = (r, i) => { const v = parseFloat(r.cells[i].textContent.replace(MIN, '-').replaceAll(',', '')); return Number.isNaN(v) ? null : v; };
$$('th button', all).forEach(b => b.onclick = () => {
  const th = b.closest('th'), i = th.cellIndex, was = th.getAttribute('aria-sort');
  const up = was ? was !== 'ascending' : th.dataset.first === 'ascending';
  $$('th', all).forEach(t => t.removeAttribute('aria-sort')); th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  const words = i > 0 && lines.every(r => key(r, i) === null);
  lines.sort((a, c) => {
    const s = up ? 1 : -1;
    if (!i) return s * (a.dataset.i - c.dataset.i);
    if (words) return s * a.cells[i].textContent.localeCompare(c.cells[i].textContent) || a.dataset.i - c.dataset.i;
    const p = key(a, i), q = key(c, i);
    return p === q ? a.dataset.i - c.dataset.i : p === null ? 1 : q === null ? -1 : s * (p - q);
  });
  body.append(...lines); say(`sorted by ${b.textContent}, ${up ? 'ascending' : 'descending'}`);
});

/* scores and threshold: the drawing stays, bars change sides */
const slider = $('#thr');
if (slider && D.scores) {
  const H = D.scores, sum = (a, from, to) => a.slice(from, to).reduce((p, q) => p + q, 0), N = H.map(h => sum(h, 0, 100));
  const pct = v => fixed(100 * v, 1) + NB + '%', mark = $('#hist .thl'), bars = $$('#hist rect[data-bin]');
  const x0 = +mark.getAttribute('data-from'), x1 = +mark.getAttribute('data-to');
  const move = () => {
    const t = +slider.value, X = x0 + (x1 - x0) * t / 100; put(mark, {x1: X, x2: X}, []);
    bars.forEach(b => b.classList.toggle('miss', (+b.dataset.bin * 2 >= t) !== (b.dataset.class === '1')));
    const tn = sum(H[0], 0, t), fp = N[0] - tn, fn = sum(H[1], 0, t), tp = N[1] - fn, c = [[tn, fp], [fn, tp]];
    $$('#cm tbody td').forEach((d, i) => {
      const r = i >> 1, k = i & 1, f = c[r][k] / (N[r] || 1);
      d.className = r === k ? `t${Math.round(f * 20)} ${f > .725 ? 'd' : f > .54 ? 'e' : ''}` : 'no';
      d.replaceChildren(E('b', {}, c[r][k].toLocaleString('en')), E('span', {}, pct(f)));
    });
    const den = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    const rows = [['Accuracy', pct((tp + tn) / (N[0] + N[1]))], ['Precision', tp + fp ? pct(tp / (tp + fp)) : 'none'], ['Recall', pct(tp / (N[1] || 1))], ['MCC', fixed(den ? (tp * tn - fp * fn) / den : 0, 3)]];
    $('#cm-m').replaceChildren(...rows.map(([a, b]) => E('div', {}, E('dt', {}, a), E('dd', {}, b))));
    $('#thr-o').textContent = (t / 100).toFixed(2);
  };
  slider.oninput = move;
  $('#thr-r').onclick = () => { slider.value = 50; move(); };
}

/* mistakes */
const wrong = $('#wrong');
if (wrong) {
  const rows = [...wrong.tBodies[0].rows].map(r => ({r, t: $('.tx', r), text: $('.tx', r).textContent})); let more = false;
  const highlight = (host, text, q) => {
    host.textContent = ''; let p = 0; const low = text.toLowerCase(), find = q.toLowerCase();
    if (low.length !== text.length) { host.textContent = text; return; }
    for (let i = low.indexOf(find); i >= 0; i = low.indexOf(find, p)) { host.append(text.slice(p, i), E('mark', {}, text.slice(i, i + find.length))); p = i + find.length; }
    host.append(text.slice(p));
  };
  const filter = () => {
    const q = $('#w-q').value.trim(), kind = $('input[name=wk]:checked')?.value || 'all'; let hit = 0, shown = 0;
    rows.forEach(({r, t, text}) => {
      const ok = (kind === 'all' || r.dataset.k === kind) && (!q || text.toLowerCase().includes(q.toLowerCase()));
      hit += ok; r.hidden = !ok || (!more && !q && shown >= 8); shown += !r.hidden;
      if (ok && q) highlight(t, text, q); else t.textContent = text;
    });
    $('#w-n').textContent = hit ? `${shown} of ${hit}` : ''; $('#w-none').hidden = hit > 0;
    const b = $('#w-more'); b.hidden = !!q || hit <= 8; b.firstElementChild.textContent = more ? 'Show fewer' : `Show all ${hit}`; b.setAttribute('aria-expanded', more);
  };
  $('#w-q').oninput = filter; $$('input[name=wk]').forEach(i => i.onchange = filter); $('#w-more').onclick = () => { more = !more; filter(); }; filter();
}

/* draw, redraw on resize and for paper */
const scrollers = $$('.scroll'), reach = () => scrollers.forEach(e => { e.tabIndex = e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1 ? 0 : -1; });
drawDepth(); reach();
let width = innerWidth;
addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; requestAnimationFrame(() => { drawDepth(); reach(); }); } });
$$('details').forEach(d => d.addEventListener('toggle', reach));
addEventListener('beforeprint', () => { root.dataset.print = '1'; drawDepth(); });
addEventListener('afterprint', () => { delete root.dataset.print; drawDepth(); });
const links = $$('.toc a');
const watch = new IntersectionObserver(es => es.forEach(e => { if (e.isIntersecting) links.forEach(l => l.hash === '#' + e.target.id ? l.setAttribute('aria-current', 'true') : l.removeAttribute('aria-current')); }), {rootMargin: '-15% 0px -75% 0px'});
links.forEach(l => { const t = $(l.hash); if (t) watch.observe(t); });
})();
