"use strict";
// Draws the runs on canvases below each other, with one time axis and one view. Returns a function that removes the listeners.
function showTimeline(told, panels, bar, tip) {
  const TONES = {good: "as expected", stale: "sees an old route or none", waver: "reads disagree", held: "not yet, or waiting",
    bad: "refused, or broken", lost: "no answer", busy: "computing", quiet: "open, or up", fault: "injected fault"};
  const axis = told.axis, last = axis[axis.length - 1][0] || 1;
  const ROW = {truth: 22, client: 22, connections: 16, replicas: 22, pods: 24}, TOP = 54, DEEPEST = 4, TALL = 58;
  // bars of one kind and marks that are narrower on the screen are drawn as one, with their number
  const NARROW = 9, FEWEST = 4;
  let mode = told.live ? "clock" : "story", view = [-0.005, 1.005], cross = null, colours = {}, chosen = null;

  // interpolates on the axis, from column `from` of its pairs to column `to`
  const between = (value, from, to) => {
    let low = 0, high = axis.length - 1;
    if (value <= axis[0][from]) return axis[0][to];
    if (value >= axis[high][from]) return axis[high][to];
    while (high - low > 1) { const mid = (low + high) >> 1; if (axis[mid][from] <= value) low = mid; else high = mid; }
    const share = (value - axis[low][from]) / ((axis[high][from] - axis[low][from]) || 1);
    return axis[low][to] + (axis[high][to] - axis[low][to]) * share;
  };
  const toPlace = t => mode === "clock" ? t / last : between(t, 0, 1);
  const toTime = u => mode === "clock" ? u * last : between(u, 1, 0);
  const trim = text => text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  const seconds = (t, digits = 3) => trim(t.toFixed(digits)) + " s";
  const length = t => t >= 60 ? trim((t / 60).toFixed(1)) + " min" : t >= 1 ? trim(t.toFixed(1)) + " s" : trim((t * 1000).toFixed(0)) + " ms";
  const make = (tag, text, cls) => { const e = document.createElement(tag); if (text) e.textContent = text; if (cls) e.className = cls; return e; };

  const runs = told.runs.map((run, n) => {
    const card = make("section", "", "run");
    const head = make("header");
    const [sign, verdict] = {kept: ["✓", "every promise kept"], broken: ["✗", "a promise broken"], not_exercised: ["?", "not exercised"]}[run.verdict] || [];
    head.append(verdict ? make("span", `${sign} ${run.outcome.replace("_", " ")}, ${verdict}`, "chip " + run.verdict) : make("span", `● ${(run.outcome || "running").replace("_", " ")}`, "chip running"));
    const changed = Object.entries(run.settings).map(([k, v]) => ` ${k}=${v}`).join("");
    head.append(make("h2", `client ${run.client}, gateway ${run.gateway}${changed}`));
    const why = run.violations.length ? run.violations[0][2] : run.error || "";
    if (why) head.append(make("span", why, "why"));
    const canvas = make("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `timeline of ${run.race}, ${run.client} under ${run.gateway}; the list below says the same in words`);
    const below = make("div", "", "below"), left = make("div"), right = make("div"), list = make("ol");
    const times = {}, broken = [];
    for (const [t, promise] of run.violations) {
      if (!times[promise]) broken.push(times[promise] = [t, "bad", promise, 0]);
      times[promise][3] += 1;
    }
    for (const one of broken) one[2] = `✗ broken promise: “${one[2]}”` + (one[3] > 1 ? `, ${one[3]} times` : "");
    for (const [t, tone, sentence] of [...run.story, ...broken].sort((a, b) => a[0] - b[0])) {
      const item = make("li"), button = make("button");
      button.append(make("time", seconds(t)), make("span", sentence, tone));
      button.onclick = () => { lookAt(t); };
      item.append(button);
      list.append(item);
    }
    left.append(make("h3", "What happened"), list);
    const replay = make("div", "", "replay"), copy = make("button", "copy");
    replay.append(make("code", run.replay), copy);
    copy.onclick = async () => {
      try { await navigator.clipboard.writeText(run.replay); copy.textContent = "copied"; }
      catch { getSelection().selectAllChildren(replay.firstChild); copy.textContent = "selected"; }
      setTimeout(() => { copy.textContent = "copy"; }, 1500);
    };
    right.append(make("h3", "Run it again"), replay);
    const m = run.metrics, facts = [`${m.requests} requests`, `at most ${m.peak_requests_per_s} a second for one result`,
      `${m.steps_applied} of ${m.steps_intended} steps applied`, `${run.events} events`];
    right.append(make("p", facts.join(" · ") + ` · ${run.sdk}, ${run.balance}, ${run.engine} engine, seed ${run.seed}`, "why"));
    below.append(left, right);
    card.append(head, canvas, below);
    panels.append(card);
    const items = [
      ...run.spans.map(s => ({kind: "span", t: s[1], to: s[2], lane: s[0], tone: s[3], label: s[4], detail: s[5]})),
      ...run.marks.map(s => ({kind: "mark", t: s[1], to: s[1], lane: s[0], tone: s[2], label: s[3], detail: s[4]})),
      ...run.strokes.map(s => ({kind: "stroke", t: s[1], at: s[2], to: s[3], lanes: s[0], lane: s[0][0], tone: s[4], label: s[5], detail: s[6]})),
      ...run.areas.map(([lane, steps, most, label]) => ({kind: "area", t: steps[0][0], to: steps[steps.length - 1][0], lane, tone: "plain", label, detail: label, steps, most})),
      ...run.violations.map(([t, promise, message]) => ({kind: "broken", t, to: t, lane: -1, tone: "bad", label: promise, detail: `broken promise: “${promise}”: ${message}`})),
    ];
    canvas.dataset.lanes = run.lanes.length;
    canvas.dataset.items = items.length;
    const deep = stacked(run.lanes, items);
    const tall = new Set(run.areas.map(area => area[0]));
    let y = TOP, group = null;
    const rows = run.lanes.map(([name, of], lane) => {
      if (group !== null && of !== group) y += 7;
      group = of;
      const rise = deep[lane] > 1 ? 15 : (ROW[of] || 22) - 6;
      const row = {name, of, y, rise, h: tall.has(lane) ? TALL : deep[lane] > 1 ? deep[lane] * rise + 6 : ROW[of] || 22};
      y += row.h;
      return row;
    });
    const order = items.filter(i => i.kind !== "span" || i.label).sort((a, b) => a.t - b.t);
    return {run, n, canvas, items, order, rows, height: y + 8, width: 0};
  });

  // overlapping requests of a leg and operations of a pod get rows of their own, at most DEEPEST
  function stacked(lanes, items) {
    const busy = lanes.map(() => []);
    for (const item of [...items].sort((a, b) => a.t - b.t)) {
      const of = item.lane >= 0 ? lanes[item.lane][1] : "";
      if (item.kind === "mark" || !(item.kind === "stroke" || (of === "pods" && item.tone !== "quiet"))) continue;
      let row = busy[item.lane].findIndex(until => until <= item.t);
      if (row < 0) row = Math.min(busy[item.lane].length, DEEPEST - 1);
      busy[item.lane][row] = item.to;
      item.row = row;
    }
    return busy.map(rows => rows.length);
  }
  const middle = (panel, item) => { const row = panel.rows[item.lane]; return row.y + 3 + ((item.row || 0) + 0.5) * row.rise; };
  function lookAt(t) {
    const u = toPlace(t), wide = Math.min(0.16, view[1] - view[0]);
    view = [u - wide / 2, u + wide / 2];
    cross = t;
    bound();
    draw();
  }
  function bound() {
    let wide = Math.min(Math.max(view[1] - view[0], 1e-6), 1.01), from = view[0];
    from = Math.min(Math.max(from, -0.005), 1.005 - wide);
    view = [from, from + wide];
  }
  function zoom(by, around = (view[0] + view[1]) / 2) {
    view = [around - (around - view[0]) * by, around + (view[1] - around) * by];
    bound();
    draw();
  }

  const gutter = width => width < 560 ? 74 : 132;
  const xOf = (panel, t) => { const g = gutter(panel.width); return g + (toPlace(t) - view[0]) / (view[1] - view[0]) * (panel.width - g - 6); };
  const timeAt = (panel, x) => { const g = gutter(panel.width); return toTime(view[0] + (x - g) / (panel.width - g - 6) * (view[1] - view[0])); };

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    colours = {};
    for (const name of ["paper", "card", "ink", "soft", "line", "stripe", "accent", ...Object.keys(TONES), "plain"]) {
      colours[name] = style.getPropertyValue("--" + name).trim();
      colours[name + "-ink"] = style.getPropertyValue(`--${name}-ink`).trim();
    }
  }
  function hatch(c, x, y, w, h, colour) {
    c.save();
    c.beginPath(); c.rect(x, y, w, h); c.clip();
    c.strokeStyle = colour; c.globalAlpha = 0.55; c.lineWidth = 1;
    c.beginPath();
    const from = Math.max(x - h, -50), to = Math.min(x + w, c.canvas.width + 50);
    for (let i = from - (from % 6); i < to; i += 6) { c.moveTo(i, y + h); c.lineTo(i + h, y); }
    c.stroke();
    c.restore();
  }
  // cuts a text at its end until it fits
  function fit(c, text, room, end = "…") {
    if (c.measureText(text).width <= room) return text;
    let kept = text;
    while (kept && c.measureText(kept + end).width > room) kept = kept.slice(0, -1);
    return kept.trimEnd() + end;
  }
  function put(c, text, x, y, colour, font) { c.fillStyle = colour; if (font) c.font = font; c.fillText(text, x, y); }

  function drawPanel(panel) {
    const {canvas, run, rows} = panel, ratio = devicePixelRatio || 1, width = canvas.clientWidth;
    panel.width = width;
    canvas.style.height = panel.height + "px";
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(panel.height * ratio);
    const c = canvas.getContext("2d"), g = gutter(width), right = width - 6, phone = width < 560;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, panel.height);
    c.textBaseline = "middle";
    const small = "11px system-ui, sans-serif", bold = "600 11px system-ui, sans-serif";
    c.font = small;
    rows.forEach((row, n) => {
      if (n % 2 === 0) { c.fillStyle = colours.stripe; c.fillRect(0, row.y, width, row.h); }
    });
    Object.assign(panel, {c, taken: [], bars: [], edges: [g, width]});
    c.save();
    c.beginPath(); c.rect(g, 0, right - g + 6, panel.height); c.clip();
    drawAxis(c, panel, g, right);
    for (const [from, to, label] of run.bands) {
      const a = xOf(panel, from), b = xOf(panel, to);
      if (b < g || a > right) continue;
      c.globalAlpha = 0.16; c.fillStyle = colours.fault; c.fillRect(a, TOP - 16, Math.max(b - a, 2), panel.height); c.globalAlpha = 1;
      const own = {text: label, y: TOP - 8, ink: colours["fault-ink"], font: bold};
      write(panel, own, () => [Math.max(a, g) + 3, ...panel.taken.filter(box => box[3] === TOP - 2).map(box => box[2] + 8)]);
    }
    const spans = panel.items.filter(item => item.kind === "span"), strokes = bundled(panel, g, right), marks = merged(panel, g, right);
    for (const item of panel.items) if (item.kind === "area") drawArea(c, panel, item, g, right);
    for (const item of spans) drawSpan(c, panel, item, g, right);
    for (const one of strokes) drawStroke(c, panel, one);
    for (const one of marks) drawMark(c, panel, one);
    // labels above all shapes, the important ones first: one that has no free place is left to the tip
    for (const one of strokes.filter(one => !one.faint).sort((a, b) => b.parts.length - a.parts.length)) labelStroke(panel, one);
    for (const one of marks) labelMark(panel, one);
    for (const item of panel.items) if (item.kind === "area") labelArea(panel, item, g);
    for (const item of spans) labelSpan(panel, item, g, right);
    for (const one of strokes) if (one.faint) labelStroke(panel, one);
    panel.flagged = 0;
    for (const item of panel.items) if (item.kind === "broken") drawBroken(c, panel, item, g, right, bold);
    if (cross !== null) {
      const x = xOf(panel, cross);
      c.strokeStyle = colours.soft; c.lineWidth = 1; c.setLineDash([2, 3]);
      c.beginPath(); c.moveTo(x, 16); c.lineTo(x, panel.height); c.stroke(); c.setLineDash([]);
    }
    c.restore();
    rows.forEach(row => {
      const shown = row.name.length > 19 && !phone ? row.name.slice(0, 18) + "…" : phone ? row.name.replace("control plane", "control pl.").replace("user's script", "user").replace("connections", "connect’ns").slice(0, 13) : row.name;
      put(c, shown, phone ? 4 : 12, row.y + row.h / 2, row.of === "client" || row.of === "truth" ? colours.ink : colours.soft, phone ? "10px system-ui, sans-serif" : small);
    });
    c.strokeStyle = colours.line; c.beginPath(); c.moveTo(g - 0.5, 0); c.lineTo(g - 0.5, panel.height); c.stroke();
  }

  function drawAxis(c, panel, g, right) {
    const font = "11px system-ui, sans-serif";
    c.font = font;
    const ticks = [];
    if (mode === "story") {
      for (const [t] of axis) ticks.push(t);
    } else {
      const from = toTime(view[0]), to = toTime(view[1]), rough = (to - from) / Math.max((right - g) / 90, 2);
      const ten = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 5, 10].map(k => k * ten).find(s => s >= rough);
      for (let t = Math.ceil(from / step) * step; t <= to; t += step) if (t >= 0) ticks.push(t);
    }
    let free = g + 2, before = null, last = "";
    for (const t of ticks) {
      const x = xOf(panel, t);
      if (x < g - 1 || x > right + 1) { if (x < g) before = t; continue; }
      const text = seconds(t, t < 1 ? 3 : mode === "story" ? 2 : 4), wide = c.measureText(text).width;
      c.strokeStyle = colours.line; c.lineWidth = 1;
      const left = Math.min(Math.max(x - wide / 2, g + 2), right - wide);
      if ((left < free && t !== ticks[0]) || text === last) continue;
      last = text;
      if (before !== null && mode === "story" && left - free > 46) {
        const gap = length(t - before), w = c.measureText(gap).width;
        put(c, gap, (left + free - w) / 2, 10, colours.soft, "italic " + font);
        c.font = font;
      }
      c.beginPath(); c.moveTo(x, 18); c.lineTo(x, panel.height); c.stroke();
      put(c, text, left, 10, colours.ink);
      free = left + wide + 10;
      before = t;
    }
  }

  // writes a text at the first of these places that is free of other texts and marks, and says whether there is one
  function write(panel, {text, y, ink, font = "11px system-ui, sans-serif", halo, clear}, places) {
    const {c, taken, bars, edges} = panel;
    c.font = font;
    const wide = c.measureText(text).width;
    const meets = (box, others) => others.some(other => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
    for (const x of places(wide)) {
      const box = [x - 1, y - 6, x + wide + 1, y + 6];
      if (box[0] < edges[0] || box[2] > edges[1] || meets(box, taken) || (clear && meets(box, bars))) continue;
      taken.push(box);
      if (halo) { c.strokeStyle = halo; c.lineWidth = 4; c.lineJoin = "round"; c.strokeText(text, x, y + 0.5); }
      put(c, text, x, y + 0.5, ink);
      return true;
    }
    return false;
  }

  function spanAt(panel, item, g, right) {
    const row = panel.rows[item.lane], a = Math.max(xOf(panel, item.t), g - 2), b = Math.min(xOf(panel, item.to), right + 8);
    const alive = item.tone === "quiet" && row.of === "pods", mid = middle(panel, item);
    const h = alive ? 3 : row.h > 24 ? 13 : row.h - 6, y = alive ? row.y + row.h - 3 : mid - h / 2;
    return b < g || a > right ? null : {row, a, b, alive, mid, h, y, w: Math.max(b - a, 1.5)};
  }
  function drawSpan(c, panel, item, g, right) {
    const at = spanAt(panel, item, g, right);
    if (!at) return;
    c.fillStyle = colours[item.tone] || colours.plain;
    c.beginPath(); c.roundRect(at.a, at.y, at.w, at.h, 3); c.fill();
    if (item.tone === "stale" || item.tone === "waver") hatch(c, at.a, at.y, at.w, at.h, colours[item.tone + "-ink"]);
    if (item === chosen) { c.strokeStyle = colours.ink; c.lineWidth = 1.5; c.strokeRect(at.a, at.y, at.w, at.h); }
  }
  function labelSpan(panel, item, g, right) {
    const at = spanAt(panel, item, g, right);
    if (!at || !item.label || at.alive) return;
    const tone = colours[item.tone] || colours.plain, ink = colours[item.tone + "-ink"] || colours.ink;
    // at its begin, or behind a mark that is in the way
    const marks = panel.taken.filter(box => box[1] < at.mid && at.mid < box[3] && box[0] > at.a - 8 && box[2] < at.b);
    write(panel, {text: item.label, y: at.mid, ink, halo: tone, font: at.row.of === "connections" ? "10px system-ui, sans-serif" : undefined},
      wide => [at.a + 8, ...marks.map(box => box[2] + 3)].filter(x => x + wide < at.b - 5));
  }

  // requests of one kind, one behind the other and too narrow for their labels, as one bundle with their number
  function bundled(panel, g, right) {
    const found = [], last = new Map();
    for (const item of panel.items) {
      if (item.kind !== "stroke") continue;
      const a = xOf(panel, item.t), b = xOf(panel, item.to);
      if (b < g || a > right) continue;
      const key = `${item.lanes.join()} ${item.row} ${item.tone} ${item.label}`, before = last.get(key);
      if (before && item !== chosen && b - a < NARROW && a - before.b < NARROW) { before.b = Math.max(b, before.b); before.parts.push([item, a, b]); continue; }
      const one = {item, a, b, parts: [[item, a, b]], faint: item.tone === "good" || item.tone === "held"};
      found.push(one);
      if (b - a < NARROW && item !== chosen) last.set(key, one); else last.delete(key);
    }
    return found.flatMap(one => one.parts.length >= FEWEST ? [one] : one.parts.map(([item, a, b]) => ({...one, item, a, b, parts: [[item, a, b]]})));
  }
  function drawStroke(c, panel, {item, a, b, parts, faint}) {
    const ink = colours[item.tone + "-ink"] || colours.ink, y0 = middle(panel, item);
    const far = panel.rows[item.lanes[item.lanes.length - 1]], y1 = far.y + far.h / 2, x1 = xOf(panel, item.at), many = parts.length > 1;
    c.strokeStyle = ink; c.fillStyle = ink;
    if (many && item.lanes.length > 1) {
      c.globalAlpha = 0.16; c.fillRect(a, y0, b - a, y1 - y0); c.globalAlpha = 1;
    }
    c.globalAlpha = item === chosen ? 1 : faint ? 0.5 : 1;
    c.lineWidth = item === chosen ? 2.5 : faint ? 1 : 1.8;
    if (item.lanes.length > 1) {
      const end = many ? parts[parts.length - 1][2] : b;
      c.beginPath(); c.moveTo(a, y0); c.lineTo(x1, y1);
      if (end - x1 > 1) c.lineTo(end, y1);
      c.lineTo(end, y0); c.stroke();
      for (const lane of item.lanes.slice(1, -1)) {
        const row = panel.rows[lane], y = row.y + row.h / 2;
        c.beginPath(); c.arc(a + (x1 - a) * (y - y0) / ((y1 - y0) || 1), y, 2, 0, 7); c.fill();
      }
      if (item.tone === "bad") {
        c.beginPath(); c.moveTo(x1 - 4, y1 - 4); c.lineTo(x1 + 4, y1 + 4); c.moveTo(x1 + 4, y1 - 4); c.lineTo(x1 - 4, y1 + 4); c.stroke();
      } else {
        c.beginPath(); c.moveTo(x1 - 3.5, y1 - 6); c.lineTo(x1 + 3.5, y1 - 6); c.lineTo(x1, y1); c.fill();
      }
    }
    c.globalAlpha = 1;
    c.fillStyle = colours[item.tone] || colours.plain;
    c.beginPath(); c.roundRect(a, y0 - 5, Math.max(b - a, 3), 10, 3); c.fill();
    c.strokeStyle = ink; c.lineWidth = item === chosen ? 2 : 0.8; c.stroke();
    panel.bars.push([a, y0 - 5, Math.max(b, a + 3), y0 + 5]);
  }
  function labelStroke(panel, {item, a, b, parts, faint}) {
    const y = middle(panel, item), ink = colours[item.tone + "-ink"] || colours.ink, font = (faint ? "" : "700 ") + "11px system-ui, sans-serif";
    const own = {text: parts.length > 1 ? `${parts.length} × ${item.label}` : item.label, y, ink, font};
    if (write(panel, own, wide => b - a > wide + 6 ? [Math.max(a, panel.edges[0]) + 4] : []) || (faint && parts.length === 1)) return;
    if (write(panel, {...own, halo: colours.card, clear: true}, wide => [b + 6, a - wide - 6])) return;
    if (!faint) write(panel, {...own, y: y + 16, halo: colours.card, clear: true}, wide => [(a + b - wide) / 2, b + 6, a - wide - 6]);
  }

  function drawArea(c, panel, item, g, right) {
    const row = panel.rows[item.lane], floor = row.y + row.h - 3, rise = (row.h - 20) / item.most;
    const tones = Object.keys(TONES).filter(tone => item.steps.some(([, open]) => open[tone]));
    item.steps.forEach(([t, open], n) => {
      const a = Math.max(xOf(panel, t), g), b = Math.min(xOf(panel, n + 1 < item.steps.length ? item.steps[n + 1][0] : t), right);
      let y = floor;
      if (b <= a) return;
      for (const tone of tones) {
        const h = (open[tone] || 0) * rise;
        c.fillStyle = colours[tone]; c.fillRect(a, y - h, b - a + 0.5, h);
        if (h) { c.fillStyle = colours[tone + "-ink"]; c.fillRect(a, y - h, b - a + 0.5, 1); }
        y -= h;
      }
    });
    if (item === chosen) { c.strokeStyle = colours.ink; c.lineWidth = 1.5; c.strokeRect(g, row.y + 1, right - g, row.h - 2); }
  }
  function labelArea(panel, item, g) {
    const {c, edges} = panel, room = edges[1] - g - 14;
    c.font = "11px system-ui, sans-serif";
    write(panel, {text: fit(c, item.label, room), y: panel.rows[item.lane].y + 9, ink: colours.ink, halo: colours.card}, () => [g + 6]);
  }
  const openAt = (item, t) => { let open = {}; for (const [at, now] of item.steps) { if (at > t) break; open = now; } return open; };

  // marks of a lane and a tone that would cover one another, as one
  function merged(panel, g, right) {
    const found = [], last = new Map();
    for (const item of panel.items) {
      if (item.kind !== "mark") continue;
      const x = xOf(panel, item.t), key = `${item.lane} ${item.tone}`, before = last.get(key);
      if (x < g - 2 || x > right + 2) continue;
      if (before && item !== chosen && before.item !== chosen && x - before.b < NARROW) { before.b = x; before.count += 1; continue; }
      const one = {item, a: x, b: x, count: 1};
      last.set(key, one);
      found.push(one);
    }
    return found;
  }
  function drawMark(c, panel, {item, a, b, count}) {
    const row = panel.rows[item.lane], y = row.y + row.h / 2, ink = colours[item.tone + "-ink"] || colours.ink;
    c.fillStyle = ink;
    c.beginPath(); c.moveTo(a - 5, y); c.lineTo(a, y - 5); c.lineTo(b, y - 5); c.lineTo(b + 5, y); c.lineTo(b, y + 5); c.lineTo(a, y + 5); c.fill();
    if (item === chosen) { c.strokeStyle = colours.ink; c.lineWidth = 2; c.stroke(); }
    panel.taken.push([a - 6, y - 6, b + 6, y + 6]);
  }
  function labelMark(panel, {item, a, b, count}) {
    const row = panel.rows[item.lane], ink = colours[item.tone + "-ink"] || colours.ink;
    if (count >= FEWEST) write(panel, {text: `${count} ×`, y: row.y + row.h / 2, ink, halo: colours.card}, wide => [b + 8, a - wide - 8]);
  }

  function drawBroken(c, panel, item, g, right, font) {
    const x = xOf(panel, item.t);
    if (x < g || x > right + 2) return;
    c.strokeStyle = colours["bad-ink"]; c.lineWidth = 1.5; c.setLineDash([5, 3]);
    c.beginPath(); c.moveTo(x, 18); c.lineTo(x, panel.height); c.stroke(); c.setLineDash([]);
    c.font = font;
    const text = fit(c, `✗ broken promise: “${item.label}”`, right - g - 10, "…”");
    const wide = c.measureText(text).width, left = Math.max(Math.min(x, right - wide - 6), g);
    if (left < panel.flagged && left + wide > panel.flagged - wide) return;
    panel.flagged = left + wide + 12;
    c.fillStyle = colours.bad; c.beginPath(); c.roundRect(left, 20, wide + 8, 15, 3); c.fill();
    put(c, text, left + 4, 28, colours["bad-ink"]);
  }

  let asked = false;
  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; runs.forEach(drawPanel); });
  }

  function under(panel, x, y) {
    let best = null, nearest = 14;
    for (const item of panel.items) {
      const a = xOf(panel, item.t), b = Math.max(xOf(panel, item.to), a + 2);
      if (x < a - 7 || x > b + 7) continue;
      const row = item.lane >= 0 ? panel.rows[item.lane] : {y: 18, h: 18};
      const part = item.row === undefined ? row : {y: row.y + 3 + item.row * row.rise, h: row.rise};
      let off = Math.max(a - x, x - b, 0) + Math.max(part.y - y, y - part.y - part.h, 0);
      if (item.kind === "stroke") {
        if (item.lanes.length > 1) {
          const far = panel.rows[item.lanes[item.lanes.length - 1]], top = middle(panel, item), end = far.y + far.h / 2, at = xOf(panel, item.at);
          if (y >= top && y <= end) off = Math.min(off, Math.abs(a + (at - a) * (y - top) / ((end - top) || 1) - x), Math.abs(b - x));
        }
        off -= 2;
      } else if (item.kind === "mark") off = Math.abs(a - x) + Math.max(row.y - y, y - row.y - row.h, 0) - 4;
      else if (item.kind === "broken") off = y < TOP ? Math.abs(a - x) / 8 - 5 : Math.abs(a - x);
      else off += 3;
      if (off < nearest) { nearest = off; best = item; }
    }
    return best;
  }
  function say(item, x, y) {
    if (!item) { tip.hidden = true; return; }
    const open = item.kind === "area" && cross !== null ? Object.entries(openAt(item, cross)) : null;
    const now = open ? `${open.map(([tone, number]) => `${number} ${TONES[tone] || tone}`).join(", ") || "none"} open at ${seconds(cross)}; ` : "";
    tip.replaceChildren(make("b", seconds(item.t) + (item.to > item.t ? ` – ${seconds(item.to)}` : "")), document.createTextNode(now + item.detail));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(6, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 12 : y + 18) + "px";
  }
  function step(panel, by) {
    const at = panel.order.indexOf(chosen), next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), panel.order.length - 1);
    chosen = panel.order[next];
    if (!chosen) return;
    cross = chosen.t;
    const u = toPlace(cross), wide = view[1] - view[0];
    if (u < view[0] || u > view[1]) { view = [u - wide / 2, u + wide / 2]; bound(); }
    drawPanel(panel);
    const box = panel.canvas.getBoundingClientRect(), row = panel.rows[Math.max(chosen.lane, 0)];
    say(chosen, box.left + xOf(panel, cross), box.top + row.y);
    draw();
  }

  for (const panel of runs) {
    const {canvas} = panel, down = new Map();
    let moved = false;
    canvas.addEventListener("pointerdown", e => { down.set(e.pointerId, e.offsetX); moved = false; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", e => {
      const before = down.get(e.pointerId), room = panel.width - gutter(panel.width) - 6;
      if (before !== undefined && down.size === 1) {
        const shift = (before - e.offsetX) / room * (view[1] - view[0]);
        if (Math.abs(before - e.offsetX) > 2) moved = true;
        view = [view[0] + shift, view[1] + shift];
        down.set(e.pointerId, e.offsetX);
        tip.hidden = true;
        bound();
      } else if (before !== undefined && down.size === 2) {
        const other = [...down].find(([id]) => id !== e.pointerId)[1], was = Math.abs(before - other) || 1, is = Math.abs(e.offsetX - other) || 1;
        down.set(e.pointerId, e.offsetX);
        moved = true;
        zoom(was / is, toPlace(timeAt(panel, (e.offsetX + other) / 2)));
      } else {
        cross = timeAt(panel, e.offsetX);
        say(under(panel, e.offsetX, e.offsetY), e.clientX, e.clientY);
      }
      draw();
    });
    const up = e => {
      down.delete(e.pointerId);
      if (!moved && e.type === "pointerup") { chosen = under(panel, e.offsetX, e.offsetY); say(chosen, e.clientX, e.clientY); draw(); }
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", e => { if (e.pointerType === "mouse") { tip.hidden = true; cross = null; draw(); } });
    canvas.addEventListener("dblclick", e => zoom(0.4, toPlace(timeAt(panel, e.offsetX))));
    canvas.addEventListener("wheel", e => {
      if (!e.ctrlKey && !e.shiftKey && Math.abs(e.deltaX) <= Math.abs(e.deltaY)) return;
      e.preventDefault();
      if (e.ctrlKey) zoom(Math.exp(e.deltaY / 300), toPlace(timeAt(panel, e.offsetX)));
      else { const by = (e.deltaX || e.deltaY) / panel.width * (view[1] - view[0]); view = [view[0] + by, view[1] + by]; bound(); draw(); }
    }, {passive: false});
    canvas.addEventListener("keydown", e => {
      const keys = {ArrowRight: () => step(panel, 1), ArrowLeft: () => step(panel, -1), "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1.7),
        0: () => { view = [-0.005, 1.005]; draw(); }, Escape: () => { chosen = null; tip.hidden = true; draw(); }};
      if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
    });
  }
  if (bar) {
    const legend = bar.querySelector("#legend");
    legend.replaceChildren();
    for (const [tone, words] of Object.entries(TONES)) {
      const entry = make("span"), patch = make("i");
      patch.style.background = `var(--${tone})`;
      if (tone === "stale" || tone === "waver") patch.style.backgroundImage = `repeating-linear-gradient(135deg, transparent 0 3px, var(--${tone}-ink) 3px 4px)`;
      entry.append(patch, words);
      legend.append(entry);
    }
    bar.querySelectorAll("[data-mode]").forEach(button => {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
      button.onclick = () => {
        mode = button.dataset.mode;
        bar.querySelectorAll("[data-mode]").forEach(b => b.setAttribute("aria-pressed", b === button));
        view = [-0.005, 1.005];
        draw();
      };
    });
    bar.querySelectorAll("[data-zoom]").forEach(button => { button.onclick = () => {
      if (button.dataset.zoom === "fit") { view = [-0.005, 1.005]; draw(); } else zoom(button.dataset.zoom === "in" ? 0.6 : 1.7);
    }; });
  }
  // at once: a printer does not wait for the next frame
  const repaint = () => { readColours(); runs.forEach(drawPanel); }, listening = new AbortController(), resized = new ResizeObserver(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, {signal: listening.signal});
  matchMedia("print").addEventListener("change", repaint, {signal: listening.signal});
  resized.observe(panels);
  readColours();
  runs.forEach(drawPanel);
  return () => { listening.abort(); resized.disconnect(); };
}
if (document.getElementById("told")) {
  const told = JSON.parse(document.getElementById("told").textContent);
  if (told.axis) showTimeline(told, document.getElementById("panels"), document.querySelector(".bar"), document.getElementById("tip"));
}
