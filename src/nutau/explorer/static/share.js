// Taking things away: SVG, PNG, CSV, the link, the equivalent command and Python.

/** The whole figure, in light colours, as an SVG element that is not on the page. */
function figureOf(app) {
  const scene = sceneOf(app.payload, app.state);
  const [w, h, gap] = [520, 400, 14];
  const spectra = scene.set.spectra.length > 0;
  const root = svg(null, "svg", { xmlns: SVG, width: 2 * w + gap, "font-family": FONT });
  svg(root, "title", {}, "nutau explorer");
  const box = { width: w, height: h };
  const panels = [
    ...planesOf(scene.set, app.state).map((plane) => (group) =>
      drawPlane(frame(group, box, LIGHT, planeFrame(plane, app.state, scene.top)), plane, scene, LIGHT)),
    ...(spectra ? SPECTRA : []).map((panel) => (group) => {
      const options = spectrumFrame(panel, scene, app.state, LIGHT);
      drawSpectra(frame(group, box, LIGHT, options), panel, scene, options.unit, LIGHT);
    }),
  ];
  const cell = (k) => `translate(${(k % 2) * (w + gap)} ${Math.floor(k / 2) * (h + gap)})`;
  svg(root, "rect", { width: "100%", height: "100%", fill: LIGHT.paper });
  panels.forEach((draw, k) => draw(svg(root, "g", { transform: cell(k) })));
  const bottom = Math.ceil(panels.length / 2) * (h + gap);
  const last = svg(root, "g", { transform: panels.length % 2 ? cell(panels.length) : `translate(0 ${bottom})` });
  const tall = drawKey(last, scene, app.state, panels.length % 2 ? w : 2 * w + gap);
  const height = panels.length % 2 ? Math.max(bottom, bottom - h - gap + tall) : bottom + tall;
  root.setAttribute("height", height);
  root.setAttribute("viewBox", `0 0 ${2 * w + gap} ${height}`);
  return root;
}

/** The legend of the downloaded figure; returns its height. */
function drawKey(root, scene, state, width) {
  const entries = keyOf(scene, state, LIGHT);
  const columns = Math.max(1, Math.floor(width / 250));
  entries.forEach((entry, k) => {
    const group = svg(root, "g", { transform: `translate(${58 + (k % columns) * 235} ${34 + 21 * Math.floor(k / columns)})` });
    drawSample(group, entry, LIGHT);
    rich(group, entry.text, { x: 40, y: 4, "font-size": 12, fill: LIGHT.ink });
  });
  return 50 + 21 * Math.ceil(entries.length / columns);
}

/** What is the person's own is called so in the legend, which stays while its numbers move. */
const ownName = (state) => (state.mode === "mediator" ? `yours, ${state.mediator}` : "yours");

/** Lines, bands and line styles that the planes have at the moment. */
function keyOf(scene, state, theme) {
  const bands = IDS.flatMap((id) => scene.bands[id]);
  const levels = [...new Set(bands.filter((band) => band.kind === "limit").map((band) => Math.round(100 * band.level)))];
  const found = scene.lines.map((line) => ({ ...looks(line, theme), text: line.model ? `${line.label} (κ = ${plainNumber(line.kappa)})` : ownName(state) }));
  if (scene.own) found.push({ point: true, ...looks({}, theme), text: ownName(state) });
  if (levels.length) found.push({ fill: theme.excluded, text: `excluded, ${levels.sort().join(" or ")} % CL` });
  if (bands.some((band) => band.kind === "measured")) found.push({ fill: theme.measured, text: "measured, ±1σ" });
  if (planesOf(scene.set, state).some((plane) => plane.light)) {
    for (const { charm } of scene.light.slice(1)) found.push({ dashed: true, text: `b → sℓℓ with ${charm} charm loops` });
  }
  if (IDS.some((id) => scene.reach[id])) {
    found.push({ fill: theme.reach, text: `Belle II, ${plainNumber(state.luminosity)} ab⁻¹, ±1σ` });
  }
  found.push({ cross: true, text: "Standard Model" });
  if (scene.lines.length) {
    found.push({ stroke: "one", text: "R_{D(*)} within 1σ" }, { stroke: "two", text: "R_{D(*)} within 2σ" });
    if (state.branches) found.push({ stroke: "other", text: "the other sign of δ" });
  }
  if (scene.scan) found.push({ scan: true, text: "right-handed coupling moved" });
  found.push({ ring: true, text: "pinned, with theory error" });
  return found;
}

/** What a legend shows in front of a name. */
function drawSample(group, entry, theme) {
  if (entry.fill) svg(group, "rect", { x: 0, y: -6, width: 30, height: 12, fill: entry.fill });
  else if (entry.cross) svg(group, "path", { d: "M8 0h14M15 -7v14", stroke: theme.ink, "stroke-width": 1.8 });
  else if (entry.ring) svg(group, "circle", { cx: 15, cy: 0, r: 6, fill: "none", stroke: theme.ink, "stroke-width": 1.6 });
  else if (entry.stroke) svg(group, "path", { d: "M0 0h30", fill: "none", stroke: theme.muted, ...STROKES[entry.stroke] });
  else if (entry.dashed) svg(group, "path", { d: "M0 -4h30M0 4h30", stroke: theme.muted, ...DASHED });
  else if (entry.scan) svg(group, "path", { d: "M0 0h30", stroke: theme.mine, "stroke-width": 1.2, "stroke-dasharray": "5 3 1.5 3" });
  else {
    if (!entry.point) svg(group, "path", { d: "M0 0h30", stroke: entry.colour, "stroke-width": 3 });
    marker(group, entry.shape, 15, 0, 4.2, { fill: entry.colour, stroke: theme.paper, "stroke-width": 0.8 });
  }
}

const svgText = (app) => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(figureOf(app))}\n`;

/** The figure as a PNG at twice its size. */
async function pngBlob(app) {
  const address = URL.createObjectURL(new Blob([svgText(app)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = html(null, "canvas", { width: 2 * image.width, height: 2 * image.height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no image")))));
  } finally {
    URL.revokeObjectURL(address);
  }
}

const csvCell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : String(value));
const csvText = (rows) => rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";

/** The pinned point, in full precision. */
function tableCsv(app) {
  const head = ["observable", "value", "theory_error", "sm", "sm_theory_error", "measurement", "measured", "pull"];
  const rows = tableRows(sceneOf(app.payload, app.state)).map((row) => [
    row.id, row.value, row.error, row.sm, row.smError, row.measurement ?? "", row.text ?? "", row.pull ?? "",
  ]);
  return csvText([head, ...rows]);
}

/** The drawn lines, in full precision. */
function linesCsv(app) {
  const rows = linesOf(app.payload, app.state).flatMap((line) =>
    line.pieces.flatMap((piece) => piece.delta.map((delta, i) => [line.id, line.kappa, line.right, delta, ...IDS.map((id) => piece.values[id][i])])),
  );
  return csvText([["model", "kappa", "kappa_right", "delta", ...IDS], ...rows]);
}

function download(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = html(document.body, "a", { href: address, download: name });
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const shell = (text) => (/^[\w.,:=/+-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);

/**
 * The pinned point, as the options of nutau predict say it: by kappa and delta where that says it all, else as a WCxf
 * document, or (for the letter's formulas, which take no SMEFT file) as WET coefficients.
 */
function question(payload, state) {
  const set = inputSet(payload, state);
  const found = evaluate(payload, state);
  const common = { inputs: set.name, convention: state.convention };
  const scale = state.scale * TEV;
  const running = runs(set, state) ? "full" : "none";
  const { point } = found;
  if (!point.point && !point.right) {
    const run = !set.runs ? {} : runs(set, state) ? { mass: scale, running } : { running };
    return { kappa: point.kappa, delta: point.delta, ...run, ...common };
  }
  if (point.mediator && set.runs) {
    const couplings = Object.entries(point.given).filter(([, value], k) => value !== 0 || k === 0);
    return { model: point.mediator, mass: point.mass * TEV, couplings, running, ...common };
  }
  if (!set.runs) {
    const values = Object.entries(found.coefficients).filter(([, [re]]) => re !== 0).map(([name, [re]]) => [name, re]);
    return { coefficients: Object.fromEntries(values), ...common };
  }
  const values = {};
  ["lq1_3323", "lq3_3323", "ld_3323"].forEach((name, i) => {
    const [Re, Im] = found.couplings[i].map((part) => part * 1e-6);
    if (Re || Im) values[name] = Im ? { Re, Im } : Re;
  });
  return { wc: { eft: "SMEFT", basis: "Warsaw", scale, values }, running, ...common };
}

/** The question as a command line. */
function commandOf(payload, state) {
  const { wc, coefficients: set, model, couplings, ...plain } = question(payload, state);
  const parts = ["nutau", "predict"];
  if (wc) parts.push("--wc", "-");
  if (model) parts.push("--model", model.python);
  for (const [id, value] of couplings ?? []) parts.push("--coupling", `${id}=${value}`);
  for (const [name, value] of Object.entries(set ?? {})) parts.push("--set", `${name}=${value}`);
  for (const [name, value] of Object.entries(plain)) parts.push(`--${name}`, shell(String(value)));
  const command = parts.join(" ");
  return wc ? `printf '%s' ${shell(JSON.stringify(wc))} | ${command}` : command;
}

/** The question as Python. */
function pythonOf(payload, state) {
  const { wc, coefficients: set, model, couplings, kappa, delta, mass, running, inputs, convention } = question(payload, state);
  const start = mass === undefined ? "" : `, mass=${mass}`;
  const given = (couplings ?? []).map(([id, value]) => `, ${id}=${value}`).join("");
  const field = model ? `nutau.${model.python}(${mass}${given})` : `nutau.X(${kappa}, delta=${delta}${start})`;
  const thing = wc || set ? JSON.stringify(wc ?? set) : field;
  const how = running && (wc || start) ? `, running=${JSON.stringify(running)}` : "";
  const point = `nutau.point(${thing}${how}, convention=${JSON.stringify(convention)})`;
  return ["import nutau", "", `point = ${point}`, `print(nutau.predict(point=point, inputs=${JSON.stringify(inputs)}))`].join("\n");
}

/** Copy, or leave the text selected where the browser does not allow copying. */
async function copy(text, box) {
  box.value = text;
  box.select();
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
