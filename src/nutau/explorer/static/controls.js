// The form: built from the payload, wired to the state. Labels belong to their inputs; messages are text.

/** A new HTML element with properties (not markup), attributes after `aria`. */
function html(parent, name, properties = {}, attributes = {}) {
  const element = Object.assign(document.createElement(name), properties);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
}

/** Text with "_{lowered}" and "^{raised}" parts, as elements. */
function richText(parent, source) {
  for (const [, kind, inner, plain] of source.matchAll(/([_^])\{([^}]*)\}|([^_^]+)/g)) {
    if (kind) html(parent, kind === "_" ? "sub" : "sup", { textContent: inner });
    else parent.append(plain);
  }
  return parent;
}

/** The same for places that take no markup: "C_{V}" becomes "C_V". */
const flat = (source) => source.replace(/[{}]/g, "");

const $ = (id) => document.getElementById(id);

/** Build everything once. `app.change(part)` merges into the state, `app.fail(text)` shows a problem. */
function buildControls(app) {
  const { payload } = app;
  options($("inputs"), payload.inputs);
  options($("data"), payload.data);
  for (const name of ["inputs", "data"]) $(name).addEventListener("change", () => app.change({ [name]: $(name).value }));
  for (const group of ["convention", "mode"]) {
    for (const radio of document.getElementsByName(group)) {
      radio.addEventListener("change", () => app.change({ [group]: radio.value }));
    }
  }
  for (const name of Object.keys(FLAGS)) {
    $(name).addEventListener("change", () => app.change({ [name]: $(name).checked, ...(name === "log" ? { x: null, y: null } : {}) }));
  }
  for (const name of Object.keys(NUMBERS)) buildNumber(app, name);
  for (const name of RANGES) buildRange(app, name);
  $("delta-auto").addEventListener("click", () => app.change({ delta: null, sigma: null, pin: { ...app.state.pin, delta: null } }));
  buildModels(app);
  buildPresets(app);
}

function options(select, list) {
  for (const { name, title } of list) html(select, "option", { value: name, textContent: name, title });
}

/** A slider and a field for one number. Sliders of scales move in the logarithm. */
function buildNumber(app, name) {
  const spec = { ...NUMBERS[name], ...limits(app.payload, name) };
  const row = $(`row-${name}`);
  const text = spec.label + (spec.unit ? ` [${spec.unit}]` : "");
  richText(html(row, "label", { htmlFor: `${name}-field` }), text);
  const slider = html(row, "input", { type: "range", id: `${name}-slider` }, { "aria-label": `${flat(text)}, slider` });
  const [low, high] = spec.log ? [spec.min, spec.max] : [spec.low, spec.high];
  Object.assign(slider, spec.log
    ? { min: Math.log(low), max: Math.log(high), step: "any" }
    : { min: low, max: high, step: spec.step });
  const field = html(row, "input", { type: "text", inputMode: "decimal", id: `${name}-field`, autocomplete: "off" });
  slider.addEventListener("input", () => {
    const value = spec.log ? Math.exp(Number(slider.value)) : Number(slider.value);
    const clean = Number(value.toPrecision(spec.log ? 3 : 10));
    app.change(moved(app, name, Math.min(Math.max(clean, spec.min), spec.max)));
  });
  field.addEventListener("change", () => {
    try {
      const value = spec.auto && field.value.trim() === "" ? null : parseNumber(app.payload, name, field.value);
      field.removeAttribute("aria-invalid");
      app.change(moved(app, name, value));
    } catch (error) {
      field.setAttribute("aria-invalid", "true");
      app.fail([error.message]);
    }
  });
}

/** Moving delta moves the pinned point along. */
const moved = (app, name, value) => ({ [name]: value, ...(name === "delta" ? { pin: { ...app.state.pin, delta: null } } : {}) });

function buildRange(app, name) {
  const field = $(`${name}-range`);
  field.addEventListener("change", () => {
    try {
      const value = parseRange(name, field.value, app.state.log);
      field.removeAttribute("aria-invalid");
      app.change({ [name]: value });
    } catch (error) {
      field.setAttribute("aria-invalid", "true");
      app.fail([error.message]);
    }
  });
}

function buildModels(app) {
  const list = $("models");
  for (const model of app.payload.models) {
    const label = html(list, "label", { className: "model" });
    const box = html(label, "input", { type: "checkbox", id: `model-${model.id}` });
    svg(label, "svg", { class: "swatch", width: 30, height: 14, viewBox: "0 0 30 14", "aria-hidden": "true" });
    html(label, "span", { textContent: `${model.label} (κ = ${minus(String(model.kappa))})` });
    box.addEventListener("change", () => {
      const chosen = new Set(app.state.models);
      if (box.checked) chosen.add(model.id);
      else chosen.delete(model.id);
      app.change({ models: app.payload.models.map((item) => item.id).filter((id) => chosen.has(id)) });
    });
  }
}

/** Views that people ask for, as far as the file has the sets for them. */
const PRESETS = [
  { id: "preset-published", inputs: "letter", data: "letter-2022", convention: "published", running: false },
  { id: "preset-letter", inputs: "letter", data: "letter-2022", convention: "physical", running: false },
  { id: "preset-today", inputs: "default", data: "2026", convention: "physical", running: true },
];

function buildPresets(app) {
  for (const { id, ...part } of PRESETS) {
    const has = inputSet(app.payload, part) && dataSet(app.payload, part);
    $(id).hidden = !has;
    $(id).addEventListener("click", () => app.change({ ...part, delta: null, sigma: null, x: null, y: null, pin: { ...app.state.pin, delta: null } }));
  }
}

/** Make the form say what the state is. */
function showControls(app, theme) {
  const { payload, state } = app;
  const set = inputSet(payload, state);
  for (const name of ["inputs", "data"]) $(name).value = state[name];
  for (const group of ["convention", "mode"]) {
    for (const radio of document.getElementsByName(group)) radio.checked = radio.value === state[group];
  }
  for (const name of Object.keys(FLAGS)) $(name).checked = state[name];
  const shown = deltaOf(payload, state);
  for (const name of Object.keys(NUMBERS)) showNumber(name, state[name] ?? (name === "delta" ? shown.value : shown.sigma));
  for (const name of RANGES) if (document.activeElement !== $(`${name}-range`)) $(`${name}-range`).value = state[name]?.join(",") ?? "";
  for (const model of payload.models) showModel(model, state, theme);
  $("running").disabled = set.order === 0 || state.convention === "published";
  $("running-note").textContent = runningNote(set, state);
  $("delta-note").textContent = state.delta === null && state.sigma === null
    ? `from ${state.data}: ${dataSet(payload, state).delta.how}` : "set by hand";
  for (const [mode, rows] of [["line", ["kappa", "right"]], ["point", ["c1", "c3", "cr"]]]) {
    for (const name of rows) $(`row-${name}`).hidden = state.mode !== mode;
  }
  for (const name of ["right", "cr"]) disable(name, set.order === 0);
  disable("scale", !runs(set, state));
}

function disable(name, off) {
  $(`${name}-slider`).disabled = off;
  $(`${name}-field`).disabled = off;
}

function runningNote(set, state) {
  if (set.order === 0) return "The letter’s formulas have no running and no right-handed currents.";
  if (state.convention === "published") return "The letter’s convention has no running.";
  return state.running ? "SMEFT and WET running from Λ to 4.8 GeV." : "Tree-level matching, no running.";
}

function showNumber(name, value) {
  const spec = NUMBERS[name];
  const [slider, field] = [$(`${name}-slider`), $(`${name}-field`)];
  if (slider.shown !== value || field.value.trim() === "" || field.hasAttribute("aria-invalid")) setNumber(spec, slider, field, value);
}

function setNumber(spec, slider, field, value) {
  slider.shown = value;
  slider.value = String(spec.log ? Math.log(value) : value);
  slider.setAttribute("aria-valuetext", plainNumber(value));
  // a field that is being typed into, or that shows a refused entry, is left alone
  if (document.activeElement !== field || !field.hasAttribute("aria-invalid")) {
    field.value = String(Number(value.toPrecision(6)));
    field.removeAttribute("aria-invalid");
  }
}

function showModel(model, state, theme) {
  const box = $(`model-${model.id}`);
  box.checked = state.models.includes(model.id);
  const swatch = box.nextElementSibling;
  const { colour, shape } = looks({ model }, theme);
  if (swatch.dataset.colour === colour) return;
  swatch.dataset.colour = colour;
  swatch.replaceChildren();
  svg(swatch, "path", { d: "M0 7h30", stroke: colour, "stroke-width": 3 });
  marker(swatch, shape, 15, 7, 4.2, { fill: colour, stroke: theme.paper, "stroke-width": 0.8 });
}
