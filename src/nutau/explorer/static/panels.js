// Drawing: planes and spectra into SVG groups of any size, on the page or into a file.

let clips = 0; // clip paths need names that are unique in the document

/**
 * An empty frame with axes; returns where to draw. Ticks point inwards on all four sides, as in the paper. Text is slow to
 * lay out, so a frame is kept as long as its `options` do not change, and only what is inside is drawn again.
 */
function frame(root, box, theme, options) {
  const { width, height } = box;
  const [left, right] = [58, width - 14];
  const rows = options.legend ? legendPlaces(options.legend, right - left).rows : 0;
  const inner = { left, right, top: 30 + (rows ? 1 : 0) + LEGEND_ROW * rows, bottom: height - 46 };
  const x = { ...options.x, from: inner.left, to: inner.right };
  const y = { ...options.y, from: inner.bottom, to: inner.top };
  const id = `clip${++clips}`;
  const clip = svg(root, "clipPath", { id });
  const area = { x: inner.left, y: inner.top, width: inner.right - inner.left, height: inner.bottom - inner.top };
  svg(clip, "rect", area);
  svg(root, "rect", { ...area, fill: theme.paper });
  const back = svg(root, "g", { "clip-path": `url(#${id})` });
  const plot = svg(root, "g", { "clip-path": `url(#${id})` });
  const marks = svg(root, "g", { "clip-path": `url(#${id})` });
  drawAxes(root, inner, x, y, theme);
  svg(root, "rect", { ...area, fill: "none", stroke: theme.ink, "stroke-width": 1 });
  rich(root, options.title, { x: inner.left, y: 19, "font-size": 14, fill: theme.ink });
  rich(root, options.xLabel, { x: inner.right, y: height - 10, "font-size": 14, fill: theme.ink, "text-anchor": "end" });
  if (options.legend) drawLegend(root, inner, options.legend, theme);
  const turned = `rotate(-90 16 ${inner.top})`;
  rich(root, options.yLabel, { x: 16, y: inner.top, "font-size": 14, fill: theme.ink, "text-anchor": "end", transform: turned });
  return { x, y, back, plot, marks, inner };
}

function drawAxes(root, inner, x, y, theme) {
  let path = "";
  const text = { "font-size": 12, fill: theme.ink };
  for (const { value, major } of ticks(x, Math.max(3, (inner.right - inner.left) / 90))) {
    const at = pixel(x, value).toFixed(1);
    const size = major ? 7 : 4;
    path += `M${at} ${inner.bottom}v${-size}M${at} ${inner.top}v${size}`;
    if (major) svg(root, "text", { ...text, x: Number(at), y: inner.bottom + 16, "text-anchor": "middle" }, tickLabel(x, value));
  }
  for (const { value, major } of ticks(y, Math.max(3, (inner.bottom - inner.top) / 60))) {
    const at = pixel(y, value).toFixed(1);
    const size = major ? 7 : 4;
    path += `M${inner.left} ${at}h${size}M${inner.right} ${at}h${-size}`;
    if (major) svg(root, "text", { ...text, x: inner.left - 6, y: Number(at) + 4, "text-anchor": "end" }, tickLabel(y, value));
  }
  svg(root, "path", { d: path, stroke: theme.ink, "stroke-width": 1, fill: "none" });
}

/** What the frame of a plane looks like. */
function planeFrame(plane, state, top) {
  const log = state.log && !plane.light;
  const [x, y] = rangesOf(plane, state, top).map(([low, high]) => ({ log, low, high }));
  return { x, y, title: plane.title, xLabel: SYMBOLS[plane.x], yLabel: SYMBOLS[plane.y] };
}

/** One of the planes inside its frame. Returns pixels of every line, for pointing at them. */
function drawPlane(place, plane, scene, theme) {
  if (plane.light) drawWanted(place, scene, theme);
  else drawBands(place, plane, scene, theme);
  if (plane.id === "right") drawScan(place, plane, scene, theme);
  const targets = scene.lines.map((line) => drawLine(place, plane, line, theme));
  if (scene.own) targets.push(drawOwn(place, plane, scene.own, theme));
  drawPoint(place, plane, scene, theme);
  const standard = plane.light ? 0 : 1;
  const [x, y] = [pixel(place.x, standard), pixel(place.y, standard)];
  svg(place.marks, "path", { d: `M${x - 7} ${y}h14M${x} ${y - 7}v14`, stroke: theme.ink, "stroke-width": 1.8 });
  if (!scene.lines.length && !scene.own) empty(place, "No model is shown: tick one.", theme);
  return targets;
}

/** What is excluded, foreseen and measured, along both axes: data lie above projections. */
function drawBands(place, plane, scene, theme) {
  for (const [id, axis, other] of [[plane.x, place.x, place.y], [plane.y, place.y, place.x]]) {
    const strip = (low, high, attributes) => {
      const [a, b] = [pixel(axis, low), pixel(axis, high)];
      const [along, size] = [Math.min(a, b), Math.abs(b - a)];
      const [start, length] = [Math.min(other.from, other.to), Math.abs(other.to - other.from)];
      const upright = axis === place.x;
      svg(place.back, "rect", upright
        ? { x: along, width: size, y: start, height: length, ...attributes }
        : { y: along, height: size, x: start, width: length, ...attributes });
    };
    for (const band of scene.bands[id]) {
      if (band.kind === "limit") strip(band.high, 1e9, { fill: theme.excluded });
    }
    const error = scene.reach[id];
    if (error) strip(Math.max(1 - error, 0), 1 + error, { fill: theme.reach });
    for (const band of scene.bands[id]) {
      if (band.kind === "measured") strip(Math.max(band.low, 0), band.high, { fill: theme.measured, "fill-opacity": 0.8 });
    }
  }
}

const DASHED = { "stroke-dasharray": "4 3", "stroke-width": 1.2, fill: "none" };

/** What R_D(*) wants of delta and b -> s l l of C9U: shaded as measured; with other charm loops between dashed lines. */
function drawWanted(place, scene, theme) {
  const { left, right, top, bottom } = place.inner;
  const fill = { fill: theme.measured, "fill-opacity": 0.8 };
  const { value, sigma } = scene.delta;
  const [x1, x2] = [pixel(place.x, value - sigma), pixel(place.x, value + sigma)];
  svg(place.back, "rect", { x: x1, width: x2 - x1, y: top, height: bottom - top, ...fill });
  scene.light.forEach(({ value: c9u, minus: below, plus: above }, k) => {
    const [high, low] = [pixel(place.y, c9u + above), pixel(place.y, c9u - below)];
    if (k === 0) svg(place.back, "rect", { x: left, width: right - left, y: high, height: low - high, ...fill });
    else svg(place.back, "path", { d: `M${left} ${high}H${right}M${left} ${low}H${right}`, stroke: theme.muted, ...DASHED });
  });
}

const STROKES = {
  whole: { "stroke-width": 0.9, "stroke-opacity": 0.6 },
  other: { "stroke-width": 1.1, "stroke-dasharray": "1.5 3" },
  two: { "stroke-width": 2.2, "stroke-dasharray": "6 3" },
  one: { "stroke-width": 3.4 },
};

/** A line, drawn again only if it moved: the scene keeps those that did not. Returns its pixels. */
function drawLine(place, plane, line, theme) {
  const { colour, shape } = looks(line, theme);
  const group = svg(place.plot, "g", { stroke: colour, fill: "none" });
  if (group.line !== line) {
    group.line = line;
    redrawn([group], () => { group.target = drawPieces(group, place, plane, line, colour); });
  }
  const [x, y] = [pixel(place.x, line.middle[plane.x][0]), pixel(place.y, line.middle[plane.y][0])];
  marker(place.marks, shape, x, y, 4.2, { fill: colour, stroke: theme.paper, "stroke-width": 0.8 });
  return group.target;
}

/** The pieces of a line; of those that it had the last time, pixels and paths are taken over. */
function drawPieces(group, place, plane, line, colour) {
  const before = group.paths ?? new Map();
  group.paths = new Map();
  const known = (part, make) => {
    const found = before.get(part) ?? make();
    group.paths.set(part, found);
    return found;
  };
  if (line.band?.errors[plane.y]) {
    const { d } = known(line.band, () => ({ d: theoryPath(place, plane, line.band) }));
    svg(group, "path", { d, fill: colour, stroke: "none", opacity: 0.18 });
  }
  const strokes = line.pieces.map((piece) => known(piece, () => strokeOf(place, plane, piece)));
  strokes.forEach(({ d, kind }) => svg(group, "path", { d, ...STROKES[kind] }));
  return { id: line.id, strokes };
}

function strokeOf(place, plane, { kind, delta, gap, values }) {
  const [px, py] = [pixels(place.x, values[plane.x]), pixels(place.y, values[plane.y])];
  const stretches = gap ? [[0, gap], [gap, delta.length]] : [[0, delta.length]];
  const d = stretches.map(([from, to]) => pathOf(px.subarray(from, to), py.subarray(from, to))).join("");
  return { kind, delta, px, py, d };
}

/** The theory error of the upright axis along a line. */
function theoryPath(place, plane, { values, errors }) {
  const [middle, error] = [values[plane.y], errors[plane.y]];
  return ribbon(place, values[plane.x], middle.map((value, i) => value + error[i]), middle.map((value, i) => value - error[i]));
}

/** The closed path between two curves over the same x. */
function ribbon(place, x, upper, lower) {
  const xs = pixels(place.x, x);
  return `${pathOf(xs, pixels(place.y, upper))}L${pathOf(xs.slice().reverse(), pixels(place.y, lower).reverse()).slice(1)}Z`;
}

/** The right-handed coupling moved over its slider at the person's own delta. */
function drawScan(place, plane, scene, theme) {
  if (!scene.scan) return;
  const d = pathOf(pixels(place.x, scene.scan[plane.x]), pixels(place.y, scene.scan[plane.y]));
  svg(place.plot, "path", { d, fill: "none", stroke: theme.mine, "stroke-width": 1.2, "stroke-dasharray": "5 3 1.5 3" });
}

/** The person's own point; returns where it is, for pointing at it. */
function drawOwn(place, plane, own, theme) {
  const [x, y] = [pixel(place.x, own[plane.x]), pixel(place.y, own[plane.y])];
  marker(place.marks, "star", x, y, 5, { fill: theme.mine, stroke: theme.paper, "stroke-width": 0.8 });
  return { id: "mine", strokes: [{ kind: "point", delta: [null], px: [x], py: [y] }] };
}

/** The pinned point with its theory errors. */
function drawPoint(place, plane, scene, theme) {
  const of = (id) => (plane.light ? { value: scene.at[id], error: 0 } : scene.found.observables[id]);
  const [h, v] = [of(plane.x), of(plane.y)];
  const [x, y] = [pixel(place.x, h.value), pixel(place.y, v.value)];
  const ends = (axis, item) => [pixel(axis, item.value - item.error), pixel(axis, item.value + item.error)];
  const [x1, x2] = ends(place.x, h);
  const [y1, y2] = ends(place.y, v);
  svg(place.marks, "path", { d: `M${x1} ${y}H${x2}M${x} ${y1}V${y2}`, stroke: theme.ink, "stroke-width": 1.3 });
  svg(place.marks, "circle", { cx: x, cy: y, r: 9, fill: "none", stroke: theme.ink, "stroke-width": 1.6 });
}

function empty({ marks, inner }, text, theme) {
  const at = { x: (inner.left + inner.right) / 2, y: (inner.top + inner.bottom) / 2, "text-anchor": "middle" };
  svg(marks, "text", { ...at, "font-size": 13, fill: theme.muted }, text);
}

const SPECTRA = [
  { id: "nunu", title: "b → sνν", decays: ["B+->Knunu", "B0->K*nunu"], names: ["B⁺ → K⁺νν", "B⁰ → K*⁰νν"] },
  { id: "tautau", title: "b → sττ", decays: ["B+->Ktautau", "B0->K*tautau"], names: ["B⁺ → K⁺ττ", "B⁰ → K*⁰ττ"] },
];
const SPECTRUM_COLOURS = ["#0072B2", "#D55E00"];
const spectrumColours = (theme) => SPECTRUM_COLOURS.map((colour) => shade(colour, theme));

/** The spectra of a panel at the pinned point; none with the letter's formulas. */
const spectraOf = (panel, scene) =>
  panel.decays.map((decay) => scene.found.spectra.find((item) => item.id === `dBR/dq2(${decay})`)).filter((item) => item);

/** What the frame of spectra looks like; the upper end moves in steps, so that it often stays. */
function spectrumFrame(panel, scene, state, theme) {
  const found = spectraOf(panel, scene);
  const common = { title: panel.title, xLabel: "q^{2} [GeV^{2}]" };
  if (!found.length) return { ...common, x: { low: 0, high: 23 }, y: { low: 0, high: 1 }, yLabel: "dB/dq^{2}", unit: 1 };
  const top = Math.max(...found.flatMap((item) => item.value.map((v, i) => Math.max(v + item.error[i], item.sm.value[i] + item.sm.error[i]))));
  const power = Math.floor(Math.log10(top));
  const unit = 10 ** power;
  const high = [1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 12].find((step) => step > (1.05 * top) / unit);
  const colours = spectrumColours(theme);
  return {
    ...common,
    x: { log: false, low: Math.floor(Math.min(...found.map((item) => item.q2[0]))), high: Math.ceil(Math.max(...found.map((item) => item.q2.at(-1)))) },
    y: state.log ? { log: true, low: bottom(found) / unit, high: 3 * high } : { log: false, low: 0, high },
    yLabel: `dB/dq^{2} [10^{${minus(String(power))}} GeV^{−2}]`,
    legend: [...panel.names.map((name, k) => [name, colours[k], null]), ["SM", theme.ink, "5 3"]],
    unit,
  };
}

/** Spectra of the pinned point with theory bands, and of the Standard Model (dashed), inside their frame. */
function drawSpectra(place, panel, scene, unit, theme) {
  const found = spectraOf(panel, scene);
  if (!found.length) {
    empty(place, `No spectra with the inputs “${scene.set.name}”.`, theme);
    return null;
  }
  const colours = spectrumColours(theme);
  found.forEach((item, k) => drawSpectrum(place, item, unit, colours[k]));
  return { place, found, names: panel.names };
}

/** Where a logarithmic axis starts: a fiftieth of the smallest spectrum in the middle of its range, rounded to a decade. */
function bottom(found) {
  const middle = found.flatMap((item) => [item.value, item.sm.value].map((list) => list[Math.floor(list.length / 2)]));
  return 10 ** Math.floor(Math.log10(Math.min(...middle) / 5));
}

const BETWEEN = 3; // pieces into which a step of a spectrum's grid is cut

/**
 * Numbers on an even grid with those between them, by cubics through the points. The grid of a spectrum is even in the
 * angle in which it is smooth up to both ends of phase space (nutau/explorer/payload.py).
 */
function fine(list) {
  const last = list.length - 1;
  const slope = list.map((_, i) => {
    if (i === 0) return (4 * list[1] - list[2] - 3 * list[0]) / 2;
    if (i === last) return (3 * list[last] - 4 * list[last - 1] + list[last - 2]) / 2;
    return (list[i + 1] - list[i - 1]) / 2;
  });
  const found = [];
  for (let i = 0; i < last; i++) {
    const rise = list[i + 1] - list[i];
    for (let k = 0; k < BETWEEN; k++) {
      const t = k / BETWEEN;
      const bend = (1 - t) * (slope[i] - rise) - t * (slope[i + 1] - rise);
      found.push(list[i] + t * rise + t * (1 - t) * bend);
    }
  }
  return [...found, list[last]];
}

function drawSpectrum(place, item, unit, colour) {
  const q2 = fine(item.q2);
  const line = (list) => pathOf(pixels(place.x, q2), pixels(place.y, fine(list).map((value) => value / unit)));
  const band = ({ value, error }) => {
    const [middle, sigma] = [fine(value), fine(error)];
    return ribbon(place, q2, middle.map((v, i) => (v + sigma[i]) / unit), middle.map((v, i) => Math.max(v - sigma[i], 0) / unit));
  };
  svg(place.plot, "path", { d: band(item.sm), fill: colour, opacity: 0.14 });
  svg(place.plot, "path", { d: line(item.sm.value), fill: "none", stroke: colour, "stroke-width": 1.4, "stroke-dasharray": "5 3" });
  svg(place.plot, "path", { d: band(item), fill: colour, opacity: 0.32 });
  svg(place.plot, "path", { d: line(item.value), fill: "none", stroke: colour, "stroke-width": 2 });
}

const LETTER = 8; // units of a letter at most, at the size of a legend
const LEGEND_ROW = 17;

/** Where the names of curves stand below the title: as many in a row as fit between the sides. */
function legendPlaces(entries, width) {
  const places = [];
  let [x, row] = [0, 0];
  for (const [name] of entries) {
    const size = 25 + LETTER * [...name].length;
    if (x > 0 && x + size > width) [x, row] = [0, row + 1];
    places.push({ x, row });
    x += size + 8;
  }
  return { places, rows: row + 1 };
}

/** Names of curves in rows below the title. */
function drawLegend(root, inner, entries, theme) {
  const { places } = legendPlaces(entries, inner.right - inner.left);
  entries.forEach(([name, colour, dash], k) => {
    const [x, y] = [inner.left + places[k].x, 35 + LEGEND_ROW * places[k].row];
    svg(root, "path", { d: `M${x} ${y}h20`, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash });
    svg(root, "text", { x: x + 25, y: y + 4, "font-size": 12, fill: theme.ink }, name);
  });
}
