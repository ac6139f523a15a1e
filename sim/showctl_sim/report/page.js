"use strict";
// Lanes over one window of time, and the moment under the needle. Everything it shows is in the JSON beside it.
(() => {
  const run = JSON.parse(document.getElementById("run").textContent);
  const $ = (id) => document.getElementById(id);
  const make = (tag, text, name) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (name) node.className = name;
    return node;
  };
  const clock = (ms, fine) => {
    const s = Math.floor(ms / 1000), two = (n) => String(n).padStart(2, "0");
    const whole = `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
    return fine && ms % 1000 ? `${whole}.${Math.floor(ms % 1000 / 100)}` : whole;
  };

  // ---- the data, unpacked ----

  for (const curve of run.curves) {           // flat and by difference in time → points
    const width = { dimmer: 2, fader: 2, cct: 3, colour: 5 }[curve.kind], points = [];
    let at = 0;
    for (let i = 0; i < curve.points.length; i += width) {
      at += curve.points[i];
      points.push([at, ...curve.points.slice(i + 1, i + width)]);
    }
    curve.points = points;
  }
  const begin = run.begin, end = Math.max(run.end, run.begin + 1);
  const view = { from: begin, to: end };
  let now = begin;

  const before = (list, ms) => {              // index of the last entry at or before ms, −1 where there is none
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][0] <= ms) low = middle + 1; else high = middle;
    }
    return low - 1;
  };
  const level = (curve, ms) => {              // every value of a curve at a moment
    const points = curve.points, i = before(points, ms);
    if (i < 0) return points[0].slice(1);
    const one = points[i], two = points[i + 1];
    if (!two || two[0] === one[0] || one[1] < 0) return one.slice(1);
    const share = (ms - one[0]) / (two[0] - one[0]);
    return one.slice(1).map((value, k) => value + (two[k + 1] - value) * share);
  };
  const light = (curve, values) => {          // what a screen shows of it, full
    if (curve.kind === "colour") return values.slice(1, 4);
    if (curve.kind !== "cct") return [255, 214, 170];
    const white = run.whites, at = Math.min(Math.max((values[1] - white.from) / white.step, 0), white.colours.length - 1);
    const low = white.colours[Math.floor(at)], high = white.colours[Math.ceil(at)], share = at % 1;
    return low.map((value, k) => value + (high[k] - value) * share);
  };
  const css = (rgb, share) => `rgb(${rgb.map((each) => Math.round(each * share)).join(" ")})`;
  const percent = (value) => `${Math.round(value / 10)} %`;
  const seen = (curve, values) =>
    curve.kind === "cct" ? `${percent(values[0])} ${Math.round(values[1] / 50) * 50} K` : percent(values[0]);
  const position = (curve, values) =>
    values[0] < 0 ? "unknown" : run.scales[curve.scale][Math.round(values[0])];

  // ---- lanes: a label and a canvas each ----

  const lanes = [];
  const colours = {};
  const learn = () => {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "soft", "line", "lane", "accent", "good", "bad", "warn", "stage", "state-light", "state-chroma", "state-ink"])
      colours[name] = style.getPropertyValue(`--${name}`).trim();
  };
  const band = (text) => $("lanes").append(make("h2", text, "band"));
  const lane = (label, height, draw, words) => {
    const row = make("div", undefined, "lane"), canvas = make("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", words || label);
    row.append(make("span", label), canvas);
    $("lanes").append(row);
    lanes.push({ canvas, height, draw });
  };
  const x = (ms, width) => (ms - view.from) / (view.to - view.from) * width;

  const paint = ({ canvas, height, draw }) => {
    const width = canvas.clientWidth, ratio = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    draw(pen, width, height);
  };
  const paintAll = () => { lanes.forEach(paint); place(); };

  const box = (pen, left, top, width, height, fill) => {
    pen.fillStyle = fill;
    pen.beginPath();
    const wide = Math.max(width, 1.5);
    pen.roundRect(left, top, wide, height, Math.min(3, wide / 2));
    pen.fill();
  };
  const words = (pen, text, left, middle, room, ink) => {
    if (room < 14) return;
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, room, 1000);
    pen.clip();
    pen.fillStyle = ink;
    pen.fillText(text, left + 5, middle);
    pen.restore();
  };
  const inView = (from, to) => to >= view.from && from <= view.to;

  const spans = (list, fill, ink, thick) => (pen, width, height) => {
    for (const [from, to, text] of list) {
      if (!inView(from, to)) continue;
      const left = Math.max(0, x(from, width)), right = Math.min(width, x(to, width));
      box(pen, left, (height - thick) / 2, right - left - 1, thick, fill(text));
      words(pen, text, left, height / 2, right - left - 4, ink());
    }
  };

  const notes = (rows, edge) => (pen, width) => {     // a bar, and its words as far as the next bar
    rows.forEach((row, index) => row.forEach(([from, to, text], i) => {
      const left = x(from, width), next = i + 1 < row.length ? x(row[i + 1][0], width) : width;
      if (next < 0 || left > width) return;
      const start = Math.max(0, left), bar = Math.max(2, Math.min(x(to, width), width) - start);
      if (to >= view.from) box(pen, start, index * 19, bar, 17, colours.line);
      box(pen, start, index * 19, 2, 17, colours[edge]);
      words(pen, text, start, index * 19 + 9, next - start - 3, to >= view.from ? colours.ink : colours.soft);
    }));
  };

  const hues = [214, 160, 32, 275, 96, 340, 190, 55, 130, 300];
  const stateFill = (region) => (text) => {
    const known = run.regions[region], index = known.states.indexOf(text);
    return text === known.fail ? `hsl(4 ${colours["state-chroma"]} ${colours["state-light"]})`
      : `hsl(${hues[index % hues.length]} ${colours["state-chroma"]} ${colours["state-light"]})`;
  };

  const axis = (pen, width, height) => {
    const span = view.to - view.from, steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((s) => s * 1000);
    const step = steps.find((each) => span / each * 64 < width) || 7200000;
    pen.fillStyle = colours.soft;
    pen.textAlign = "center";
    for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
      const left = x(at, width);
      pen.fillRect(left, height - 5, 1, 5);
      if (left > 22 && left < width - 22) pen.fillText(clock(at), left, height / 2 - 2);
    }
  };
  const dots = (list) => (pen, width, height) => {
    let free = -1;
    for (let i = 0; i < list.length; i++) {
      const [at, text, refused] = list[i];
      if (!inView(at, at)) continue;
      const left = x(at, width);
      pen.beginPath();
      pen.arc(left, height / 2, 4, 0, 7);
      pen.fillStyle = pen.strokeStyle = refused ? colours.bad : colours.accent;
      pen.lineWidth = 1.5;
      if (refused) pen.stroke(); else pen.fill();
      const long = pen.measureText(text).width;
      const next = i + 1 < list.length ? x(list[i + 1][0], width) : width;
      if (left + 8 > free && left + long + 16 < next) {
        pen.fillStyle = colours.soft;
        pen.fillText(text, left + 8, height / 2);
        free = left + 12 + long;
      }
    }
  };
  const marks = (pen, width, height) => {
    for (const [at, , passed] of run.marks) {
      if (!inView(at, at)) continue;
      const left = x(at, width), middle = height / 2;
      pen.strokeStyle = passed ? colours.good : colours.bad;
      pen.lineWidth = 2;
      pen.beginPath();
      if (passed) { pen.moveTo(left - 4, middle); pen.lineTo(left - 1, middle + 4); pen.lineTo(left + 5, middle - 5); }
      else { pen.moveTo(left - 5, middle - 5); pen.lineTo(left + 5, middle + 5); pen.moveTo(left + 5, middle - 5); pen.lineTo(left - 5, middle + 5); }
      pen.stroke();
    }
  };
  const cut = (curve) => {                     // the points in view, with the window's edges
    const points = curve.points, first = Math.max(0, before(points, view.from)), found = [[view.from, ...level(curve, view.from)]];
    for (let i = first; i < points.length && points[i][0] <= view.to; i++) if (points[i][0] > view.from) found.push(points[i]);
    found.push([Math.min(view.to, end), ...level(curve, Math.min(view.to, end))]);
    return found;
  };
  const panel = (curve) => (pen, width, height) => {
    box(pen, 0, 0, width, height, colours.stage);
    const points = cut(curve), y = (value) => height - value / 1000 * (height - 3);
    for (let i = 1; i < points.length; i++) {
      const one = points[i - 1], two = points[i], left = x(one[0], width), right = x(two[0], width);
      if (right - left < 0.01 || !(one[1] || two[1])) continue;
      const fill = pen.createLinearGradient(left, 0, right, 0);
      const glow = (values) => 0.3 + 0.7 * Math.sqrt(values[0] / 1000);
      fill.addColorStop(0, css(light(curve, one.slice(1)), glow(one.slice(1))));
      fill.addColorStop(1, css(light(curve, two.slice(1)), glow(two.slice(1))));
      pen.fillStyle = fill;
      pen.beginPath();
      pen.moveTo(left, height); pen.lineTo(left, y(one[1])); pen.lineTo(right + 0.4, y(two[1])); pen.lineTo(right + 0.4, height);
      pen.fill();
    }
  };
  const fader = (curve) => (pen, width, height) => {
    box(pen, 0, 0, width, height, colours.lane);
    const y = (value) => height - 2 - value / 1000 * (height - 4);
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 1.75;
    pen.beginPath();
    let drawing = false;
    for (const [at, value] of cut(curve)) {
      if (value < 0) { drawing = false; continue; }
      if (drawing) pen.lineTo(x(at, width), y(value)); else pen.moveTo(x(at, width), y(value));
      drawing = true;
    }
    pen.stroke();
  };

  // ---- the moment under the needle ----

  const at = (list, ms) => { const i = before(list, ms); return i < 0 ? undefined : list[i]; };
  const moment = {};
  const section = (title, node) => {
    const part = make("div");
    part.append(make("h2", title), node);
    $("moment").append(part);
    return node;
  };
  const build = () => {
    moment.facts = section("At this moment", make("dl"));
    if (run.curves.some((each) => each.kind !== "fader")) moment.panels = section("Light", make("div", undefined, "panels"));
    if (run.curves.some((each) => each.kind === "fader")) moment.faders = section("Faders", make("div", undefined, "faders"));
    moment.words = section("What happened", make("ol", undefined, "words"));
    for (const curve of run.curves) {
      if (curve.kind === "fader") {
        const row = make("div", undefined, "fader"), meter = make("meter"), text = make("span");
        meter.max = 1000;
        meter.setAttribute("aria-label", curve.name);
        row.append(make("span", curve.name), meter, text);
        moment.faders.append(row);
        curve.show = (values) => { meter.value = Math.max(0, values[0]); text.textContent = position(curve, values); };
      } else {
        const tile = make("div", undefined, "panel"), glow = make("i"), text = make("span");
        tile.append(glow, make("b", curve.name), text);
        moment.panels.append(tile);
        curve.show = (values) => {
          glow.style.backgroundColor = css(light(curve, values), Math.sqrt(values[0] / 1000));
          text.textContent = seen(curve, values);
        };
      }
    }
  };
  const facts = () => {
    const found = [];
    for (const [region, list] of Object.entries(run.states)) found.push([region, (at(list, now) || [0, 0, "–"])[2]]);
    for (const [region, list] of Object.entries(run.standby)) {
      const entry = at(list, now);
      if (entry && entry[1]) found.push([Object.keys(run.standby).length > 1 ? `GO in ${region}` : "GO", entry[1]]);
    }
    const running = run.cues.flat().filter(([from, to]) => from <= now && now < to).map((each) => each[2]);
    found.push(["running", running.join(", ") || "–"]);
    for (const [name, list] of Object.entries(run.masters)) {
      const entry = at(list, now);
      if (entry && entry[1] !== (name === "blackout" ? 0 : 1000)) found.push([name, name === "blackout" ? "on" : percent(entry[1])]);
    }
    const lost = Object.entries(run.lost).filter(([, list]) => list.some(([from, to]) => from <= now && now < to));
    if (lost.length) found.push(["lost", lost.map(([name]) => name).join(", ")]);
    return found;
  };
  const said = (node, [ms, text], latest) => {
    const item = make("li", undefined, latest ? "now" : undefined), time = make("time", clock(ms, true));
    item.append(time, text);
    node.append(item);
  };
  const show = () => {
    $("clock").textContent = clock(now, true);
    const list = facts();
    $("scrubber").value = now;
    $("scrubber").setAttribute("aria-valuetext", `${clock(now, true)}: ${list.map((each) => each.join(" ")).join(", ")}`);
    moment.facts.replaceChildren(...list.flatMap(([name, text]) => [make("dt", name), make("dd", text)]));
    for (const curve of run.curves) curve.show(level(curve, now));
    moment.words.replaceChildren();
    const last = before(run.words, now);
    run.words.slice(Math.max(0, last - 3), last + 1).forEach((each, i, all) => said(moment.words, each, i === all.length - 1));
  };

  // ---- time ----

  const needle = make("div");
  needle.id = "needle";
  const place = () => {
    const canvas = lanes[0].canvas, inside = now >= view.from && now <= view.to;
    needle.hidden = !inside;
    needle.style.left = `${canvas.offsetLeft + x(now, canvas.clientWidth)}px`;
  };
  const go = (ms) => {
    now = Math.min(Math.max(Math.round(ms), begin), end);
    if (now < view.from || now > view.to) look((view.to - view.from), now);
    show();
    place();
  };
  const look = (span, around) => {
    const wide = Math.min(Math.max(span, 1000), end - begin);
    view.from = Math.min(Math.max(around - wide / 2, begin), end - wide);
    view.to = view.from + wide;
    paintAll();
  };
  const zoom = (factor) => look((view.to - view.from) * factor, now);
  const happenings = [...new Set([...run.words, ...run.marks].map((each) => each[0]))].sort((a, b) => a - b);
  const neighbour = (forward) => {
    const other = forward ? happenings.find((each) => each > now) : happenings.findLast((each) => each < now);
    if (other !== undefined) go(other);
  };
  const failure = () => {
    const failed = run.marks.filter((each) => !each[2]).map((each) => each[0]);
    if (failed.length) go(failed.find((each) => each > now) ?? failed[0]);
  };

  // ---- put together ----

  lane("", 22, axis, "Time");
  if (run.marks.length) lane("expectations", 20, marks, `${run.marks.length} expectations`);
  if (run.faults.length) lane("faults", run.faults.length * 19, notes(run.faults, "warn"), "faults: " + run.faults.flat().map((each) => each[2]).join(", "));
  band("Show");
  for (const [region, list] of Object.entries(run.states))
    lane(region, 24, spans(list, stateFill(region), () => colours["state-ink"], 22), `${region}: ${list.map((each) => each[2]).join(", ")}`);
  if (run.cues.length) {
    lane("cues", run.cues.length * 19, notes(run.cues, "accent"), `cues: ${run.cues.flat().map((each) => each[2]).join(", ")}`);
  }
  if (run.pressed.length + Object.keys({ ...run.held, ...run.lost }).length) band("Hands and sensors");
  if (run.pressed.length) lane("presses", 20, dots(run.pressed), `${run.pressed.length} presses`);
  for (const [name, list] of Object.entries(run.held)) lane(name, 14, spans(list, () => colours.accent, () => colours.ink, 7), name);
  for (const [name, list] of Object.entries(run.lost)) lane(`${name} lost`, 14, spans(list, () => colours.bad, () => colours.ink, 3), `${name} lost`);
  if (run.curves.some((each) => each.kind !== "fader")) band("Light");
  for (const curve of run.curves) if (curve.kind !== "fader") lane(curve.name, 34, panel(curve), `${curve.name}, intensity over time`);
  if (run.curves.some((each) => each.kind === "fader")) band("Faders");
  for (const curve of run.curves) if (curve.kind === "fader") lane(curve.name, 30, fader(curve), `${curve.name}, position over time`);
  $("lanes").append(needle);
  build();
  learn();
  Object.assign($("scrubber"), { min: begin, max: end });

  $("scrubber").addEventListener("input", (event) => go(Number(event.target.value)));
  $("previous").addEventListener("click", () => neighbour(false));
  $("next").addEventListener("click", () => neighbour(true));
  $("closer").addEventListener("click", () => zoom(0.5));
  $("wider").addEventListener("click", () => zoom(2));
  $("whole").addEventListener("click", () => look(end - begin, now));
  for (const button of document.querySelectorAll(".failures button")) button.addEventListener("click", () => go(Number(button.dataset.at)));
  const point = (event) => {
    const canvas = lanes[0].canvas, area = canvas.getBoundingClientRect();
    go(view.from + (event.clientX - area.left) / area.width * (view.to - view.from));
  };
  $("lanes").addEventListener("pointerdown", (event) => { if (event.button === 0) point(event); });
  $("lanes").addEventListener("pointermove", (event) => { if (event.buttons & 1) point(event); });
  $("lanes").addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8);
  }, { passive: false });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const stride = event.shiftKey ? 10000 : 1000;
    const keys = {
      ArrowLeft: () => go(now - stride), ArrowRight: () => go(now + stride), Home: () => go(begin), End: () => go(end),
      ",": () => neighbour(false), ".": () => neighbour(true), "+": () => zoom(0.5), "=": () => zoom(0.5),
      "-": () => zoom(2), "0": () => look(end - begin, now), f: failure,
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  $("log").addEventListener("toggle", () => {
    const list = $("log").querySelector("ol");
    if ($("log").open && !list.children.length) run.words.forEach((each) => said(list, each));
  });
  new ResizeObserver(paintAll).observe($("lanes"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { learn(); paintAll(); });
  const failed = run.marks.find((each) => !each[2]);
  now = failed ? failed[0] : begin;
  show();                                     // first, for it decides how wide the lanes are
  paintAll();
})();
