// The picture of points, on a canvas: move, zoom, turn, point at, hide classes. Data comes as JSON and is only ever
// drawn or set as text.
(() => {
  'use strict';
  const root = document.documentElement, $ = (id) => document.getElementById(id);
  root.classList.add('js');
  const data = JSON.parse($('data').textContent);
  const box = $('live'), canvas = box.querySelector('canvas'), pen = canvas.getContext('2d'), tip = $('tip');
  const n = data.x.length, solid = data.z.length > 0, classes = data.labels.length > 0, numbers = data.values.length > 0;
  const hidden = new Set();

  // Colours of the theme, read from elements, since a variable may be a pair.
  const probe = document.createElement('i');
  probe.id = 'swatches';
  document.body.append(probe);
  const read = (name) => { probe.setAttribute('class', 'sw-' + name); return getComputedStyle(probe).color; };
  let ink = {};
  const names = ['c1', 'c2', 'c3', 'c4', 'c5', 'ink', 'ink-2', 'ink-3', 'line-2', 'bg', 'accent', 's0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'];
  const readColours = () => { ink = Object.fromEntries(names.map((name) => [name, read(name)])); };

  // Every place in the cube [-1, 1], one scale for all coordinates.
  const columns = solid ? [data.x, data.y, data.z] : [data.x, data.y];
  const ends = columns.map((c) => c.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]));
  const half = Math.max(...ends.map(([a, b]) => b - a)) / 2 || 1;
  const cube = columns.map((c, k) => c.map((v) => (v - (ends[k][0] + ends[k][1]) / 2) / half));
  const shown = { x: new Float64Array(n), y: new Float64Array(n), depth: new Float64Array(n) };
  const order = Array.from({ length: n }, (_, i) => i);
  const low = numbers ? Math.min(...data.values) : 0, high = numbers ? Math.max(...data.values) : 1;
  const step = (v) => Math.min(7, Math.max(0, Math.floor(8 * (v - low) / (high - low || 1))));

  const start = { zoom: 1, right: 0, up: 0, azimuth: 35, elevation: 22 };
  let view = { ...start }, over = -1, size = [1, 1];

  const seen = (p) => {
    if (!solid) return [p[0], p[1], 0];
    const a = view.azimuth * Math.PI / 180, e = view.elevation * Math.PI / 180;
    const right = p[0] * Math.cos(a) - p[1] * Math.sin(a), away = p[0] * Math.sin(a) + p[1] * Math.cos(a);
    return [right, p[2] * Math.cos(e) + away * Math.sin(e), p[2] * Math.sin(e) - away * Math.cos(e)];
  };
  const unit = () => {
    const extent = ends.map(([a, b]) => (b - a) / half || 0.01);
    const fit = solid ? 0.5 * Math.min(size[0], size[1]) / Math.hypot(...extent.map((e) => e / 2)) * 0.94 : 0.92 * Math.min(size[0] / extent[0], size[1] / extent[1]);
    return fit * view.zoom;
  };
  const place = (s) => [size[0] / 2 + view.right + unit() * s[0], size[1] / 2 - view.up - unit() * s[1]];

  function shape(kind, x, y, r) {
    pen.beginPath();
    if (kind === 1) { r *= 1.42; pen.moveTo(x, y - r); pen.lineTo(x + r * 0.9, y + r * 0.62); pen.lineTo(x - r * 0.9, y + r * 0.62); pen.closePath(); }
    else if (kind === 2) { r *= 0.89; pen.rect(x - r, y - r, 2 * r, 2 * r); }
    else if (kind === 3) { r *= 1.25; pen.moveTo(x, y - r); pen.lineTo(x + r, y); pen.lineTo(x, y + r); pen.lineTo(x - r, y); pen.closePath(); }
    else if (kind === 4) {
      r *= 1.3; const a = r / 3;
      [[-a, -r], [a, -r], [a, -a], [r, -a], [r, a], [a, a], [a, r], [-a, r], [-a, a], [-r, a], [-r, -a], [-a, -a]].forEach(([u, v], i) => (i ? pen.lineTo(x + u, y + v) : pen.moveTo(x + u, y + v)));
      pen.closePath();
    } else pen.arc(x, y, r, 0, 2 * Math.PI);
  }

  function mark(i, radius) {
    const label = classes ? data.labels[i] : -1, known = label >= 0 && label < 10;
    const colour = numbers && !classes ? ink['s' + step(data.values[i])] : known ? ink['c' + (label % 5 + 1)] : classes ? ink['ink-3'] : ink.accent;
    shape(known ? label % 5 : 0, shown.x[i], shown.y[i], radius);
    if (known && label >= 5) { pen.strokeStyle = colour; pen.lineWidth = 1.6; pen.stroke(); return; }
    pen.fillStyle = colour; pen.fill();
    pen.strokeStyle = ink.bg; pen.lineWidth = 0.7; pen.stroke();
  }

  function edges() {
    const reach = ends.map(([a, b]) => (b - a) / 2 / half), corner = [-reach[0], reach[1], -reach[2]];
    const named = [];
    corner.forEach((value, k) => {
      const end = corner.slice(); end[k] = -value;
      const [a, b] = [place(seen(corner)), place(seen(end))];
      pen.strokeStyle = ink['ink-3']; pen.lineWidth = 1; pen.setLineDash([2, 4]);
      pen.beginPath(); pen.moveTo(...a); pen.lineTo(...b); pen.stroke(); pen.setLineDash([]);
      named.push([data.axes[k] || 'xyz'[k], b[0] + 6, b[1] + 4]);
    });
    return named;
  }

  function texts() {
    if (!data.texts.length || !$('texts').checked) return;
    const taken = [];
    pen.font = '12px ' + getComputedStyle(document.body).fontFamily;
    pen.lineWidth = 4; pen.strokeStyle = ink.bg; pen.fillStyle = ink['ink-2']; pen.lineJoin = 'round';
    for (const i of order) {
      const b = [shown.x[i] + 7, shown.x[i] + 9 + pen.measureText(data.texts[i]).width, shown.y[i] - 7, shown.y[i] + 7];
      if (taken.some((o) => b[0] < o[1] && o[0] < b[1] && b[2] < o[3] && o[2] < b[3])) continue;
      taken.push(b);
      pen.strokeText(data.texts[i], b[0], shown.y[i] + 4); pen.fillText(data.texts[i], b[0], shown.y[i] + 4);
    }
  }

  function draw() {
    const ratio = devicePixelRatio || 1;
    size = [box.clientWidth, box.clientHeight];
    canvas.width = size[0] * ratio; canvas.height = size[1] * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (let i = 0; i < n; ++i) {
      const s = seen(cube.map((c) => c[i]));
      [shown.x[i], shown.y[i]] = place(s); shown.depth[i] = s[2];
    }
    if (solid) { order.sort((a, b) => shown.depth[a] - shown.depth[b] || a - b); }
    const named = solid ? edges() : [];
    const radius = (n <= 300 ? 5 : n <= 1500 ? 4 : 3) * Math.min(2, Math.max(1, Math.sqrt(view.zoom)));
    for (const i of order) {
      if (classes && hidden.has(data.labels[i])) continue;
      pen.globalAlpha = over >= 0 && over !== i ? 0.55 : 0.85;
      mark(i, solid ? radius * (1 + 0.18 * shown.depth[i]) : radius);
    }
    pen.globalAlpha = 1;
    texts();
    pen.font = '12.5px ' + getComputedStyle(document.body).fontFamily;
    pen.lineWidth = 4; pen.strokeStyle = ink.bg; pen.fillStyle = ink['ink-2'];
    for (const name of named) { pen.strokeText(...name); pen.fillText(...name); }
    if (over >= 0) { pen.beginPath(); pen.arc(shown.x[over], shown.y[over], radius + 5, 0, 7); pen.strokeStyle = ink.ink; pen.lineWidth = 2; pen.stroke(); }
  }
  let asked = false;
  const redraw = () => { if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; draw(); }); } };

  const words = (i) => {
    const parts = [];
    if (data.texts.length) parts.push('“' + data.texts[i] + '”');
    parts.push((data.of === 'tokens' ? 'token ' : 'row ') + data.rows[i]);
    if (classes) parts.push(data.classes[data.labels[i]]);
    else if (numbers && data.colored_by !== 'position') parts.push(data.colored_by + ' ' + Number(data.values[i].toPrecision(5)));
    return parts.join(' · ');
  };
  function point(x, y) {
    let best = -1, least = 16 * 16;
    for (const i of order) {
      if (classes && hidden.has(data.labels[i])) continue;
      const far = (shown.x[i] - x) ** 2 + (shown.y[i] - y) ** 2;
      if (far <= least) { least = far; best = i; }
    }
    if (best !== over) { over = best; redraw(); }
    tip.hidden = best < 0;
    if (best < 0) return;
    tip.textContent = words(best);
    tip.style.left = Math.min(shown.x[best] + 14, size[0] - tip.offsetWidth - 6) + 'px';
    tip.style.top = Math.max(4, shown.y[best] - tip.offsetHeight - 10) + 'px';
  }

  // Pointer: one moves or turns, two pinch.
  const held = new Map();
  const at = (e) => { const r = box.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top]; };
  const gap = () => { const [a, b] = [...held.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  function zoom(factor, [x, y]) {
    const before = view.zoom;
    view.zoom = Math.min(200, Math.max(0.3, before * factor));
    const f = view.zoom / before, cx = x - size[0] / 2, cy = size[1] / 2 - y;
    view.right = cx - f * (cx - view.right); view.up = -(-cy - f * (-cy + view.up)) ;
    redraw();
  }
  function drag(dx, dy, turn) {
    if (turn) { view.azimuth += dx * 0.4; view.elevation = Math.min(90, Math.max(-90, view.elevation + dy * 0.4)); } else { view.right += dx; view.up -= dy; }
    redraw();
  }
  box.addEventListener('pointerdown', (e) => { box.setPointerCapture(e.pointerId); held.set(e.pointerId, at(e)); box.classList.add('moving'); });
  box.addEventListener('pointermove', (e) => {
    if (!held.has(e.pointerId)) { point(...at(e)); return; }
    const [x, y] = at(e), [px, py] = held.get(e.pointerId), before = held.size === 2 ? gap() : 0;
    held.set(e.pointerId, [x, y]);
    if (held.size === 2) zoom(gap() / (before || 1), [x, y]); else drag(x - px, y - py, solid && !e.shiftKey);
  });
  for (const kind of ['pointerup', 'pointercancel']) box.addEventListener(kind, (e) => { held.delete(e.pointerId); if (!held.size) box.classList.remove('moving'); });
  box.addEventListener('pointerleave', () => { over = -1; tip.hidden = true; redraw(); });
  box.addEventListener('wheel', (e) => { e.preventDefault(); zoom(Math.exp(-e.deltaY * 0.0015), at(e)); }, { passive: false });
  const reset = () => { view = { ...start }; redraw(); };
  box.addEventListener('dblclick', reset);
  $('reset').addEventListener('click', reset);
  $('texts').addEventListener('change', redraw);
  box.addEventListener('keydown', (e) => {
    const move = { ArrowLeft: [-24, 0], ArrowRight: [24, 0], ArrowUp: [0, -24], ArrowDown: [0, 24] }[e.key];
    if (move) drag(...move, solid && !e.shiftKey);
    else if (e.key === '+' || e.key === '=') zoom(1.25, [size[0] / 2, size[1] / 2]);
    else if (e.key === '-') zoom(0.8, [size[0] / 2, size[1] / 2]);
    else if (e.key === '0') reset();
    else return;
    e.preventDefault();
  });

  // The key: classes are switches, a scale is read.
  const svgNode = (markup) => { const holder = document.createElement('template'); holder.innerHTML = markup; return holder.content.firstElementChild; };
  function key() {
    $('key').replaceChildren();
    if (classes) {
      data.classes.forEach((name, c) => {
        const count = data.labels.filter((l) => l === c).length;
        if (!count) return;
        const button = document.createElement('button'), label = document.createElement('span'), small = document.createElement('small');
        button.type = 'button'; button.setAttribute('aria-pressed', String(!hidden.has(c)));
        label.textContent = name; small.textContent = count.toLocaleString('en');
        button.append(svgNode(data.marks[Math.min(c, data.marks.length - 1)]), label, small);
        button.addEventListener('click', () => {
          if (hidden.has(c)) hidden.delete(c); else hidden.add(c);
          button.setAttribute('aria-pressed', String(!hidden.has(c)));
          $('said').textContent = name + (hidden.has(c) ? ' hidden' : ' shown');
          redraw();
        });
        $('key').append(button);
      });
    } else if (numbers) {
      const scale = document.createElement('div'), both = document.createElement('div');
      scale.className = 'scale'; both.className = 'ends';
      for (let s = 0; s < 8; ++s) { const i = document.createElement('i'); i.style.background = ink['s' + s]; scale.append(i); }
      for (const v of [low, high]) { const s = document.createElement('span'); s.textContent = String(Number(v.toPrecision(4))); both.append(s); }
      $('key').append(scale, both);
    }
  }
  const restyle = () => { readColours(); key(); redraw(); };
  $('theme').addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    $('theme').setAttribute('aria-pressed', String(!dark));
    restyle();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', restyle);
  new ResizeObserver(redraw).observe(box);
  restyle();
})();
