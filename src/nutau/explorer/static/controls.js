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
      radio.addEventListener("change", () => app.change(changed(app, group, radio.value)));
    }
  }
  for (const name of Object.keys(FLAGS)) {
    $(name).addEventListener("change", () => app.change(changed(app, name, $(name).checked)));
  }
  for (const name of Object.keys(NUMBERS)) buildSetting(app, name, name);
  buildSetting(app, "mass", "scale");
  buildMediators(app);
  for (const name of RANGES) buildRange(app, name);
  $("delta-auto").addEventListener("click", () => app.change({ delta: null, sigma: null, pin: { ...app.state.pin, delta: null } }));
  buildModels(app);
  buildPresets(app);
}

function options(select, list) {
  for (const { name, title } of list) html(select, "option", { value: name, textContent: name, title });
}

/** The slider and the field of a number of the state, in the row of this name. */
function buildSetting(app, row, name) {
  const spec = { ...NUMBERS[name], ...limits(app.payload, name), ...(row === "mass" ? { label: "mass M = Λ" } : {}) };
  const parse = (text) => (spec.auto && text.trim() === "" ? null : numberFrom(spec, text));
  buildNumber(app, $(`row-${row}`), row, spec, parse, (value) => app.change(changed(app, name, value, row === "mass" || OWN.includes(name))));
}

/** A slider and a field for one number. Sliders of scales move in the logarithm. */
function buildNumber(app, row, id, spec, parse, change) {
  const text = spec.label + (spec.unit ? ` [${spec.unit}]` : "");
  richText(html(row, "label", { htmlFor: `${id}-field` }), text);
  const slider = html(row, "input", { type: "range", id: `${id}-slider` }, { "aria-label": `${flat(text)}, slider` });
  const [low, high] = spec.log ? [spec.min, spec.max] : [spec.low, spec.high];
  Object.assign(slider, spec.log
    ? { min: Math.log(low), max: Math.log(high), step: "any" }
    : { min: low, max: high, step: spec.step });
  const field = html(row, "input", { type: "text", inputMode: "decimal", id: `${id}-field`, autocomplete: "off" });
  slider.addEventListener("input", () => {
    const value = spec.log ? Math.exp(Number(slider.value)) : Number(slider.value);
    const clean = Number(value.toPrecision(spec.log ? 3 : 10));
    change(Math.min(Math.max(clean, spec.min), spec.max));
  });
  field.addEventListener("change", () => typed(app, field, () => change(parse(field.value))));
}

/** Take over what was typed into a field, or say what is wrong with it. */
function typed(app, field, take) {
  try {
    field.removeAttribute("aria-invalid");
    take();
  } catch (error) {
    field.setAttribute("aria-invalid", "true");
    app.fail([error.message]);
  }
}

/**
 * What a new value of a setting changes: moving delta moves the pinned point along, what is the person's own is shown and
 * pinned when it is set, and what is no longer shown is no longer pinned.
 */
function changed(app, name, value, own = OWN.includes(name)) {
  const { state } = app;
  const part = { [name]: value };
  if (name === "log") return { ...part, x: null, y: null };
  if (name === "delta") return { ...part, pin: { ...state.pin, delta: null } };
  if (own) return { ...part, mine: true, pin: { ...state.pin, model: "mine" } };
  return name === "mine" || name === "models" ? { ...part, ...stillPinned({ ...state, ...part }) } : part;
}

/** The pinned line if it is shown, else the first that is, and the old one if there is none. */
function stillPinned({ pin, models, mine }) {
  const ids = [...models, ...(mine ? ["mine"] : [])];
  return { pin: ids.includes(pin.model) || !ids.length ? pin : { ...pin, model: ids[0] } };
}

function buildMediators(app) {
  const list = $("mediator");
  for (const { id } of app.payload.mediators) html(list, "option", { value: id, textContent: id });
  list.addEventListener("change", () =>
    app.change({ ...changed(app, "mediator", list.value), couplings: started(app.payload, list.value) }));
}

/** The fields of a mediator's couplings, built anew for another mediator. */
function buildCouplings(app) {
  const { state, payload } = app;
  const holder = $("couplings");
  if (holder.dataset.mediator === state.mediator) return;
  holder.dataset.mediator = state.mediator;
  holder.replaceChildren();
  for (const { id } of mediatorOf(payload, state).couplings) {
    const spec = { ...COUPLING, label: id.replace(/_(.*)/, "_{$1}") };
    const row = html(holder, "div", { className: "number", id: `row-${id}` });
    const change = (value) => app.change(changed(app, "couplings", { ...app.state.couplings, [id]: value }));
    buildNumber(app, row, id, spec, (text) => numberFrom({ ...spec, label: id }, text), change);
  }
}

function buildRange(app, name) {
  const field = $(`${name}-range`);
  field.addEventListener("change", () => typed(app, field, () => app.change({ [name]: parseRange(name, field.value, app.state.log) })));
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
      app.change(changed(app, "models", app.payload.models.map((item) => item.id).filter((id) => chosen.has(id))));
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
  for (const name of Object.keys(NUMBERS)) showNumber(name, NUMBERS[name], state[name] ?? (name === "delta" ? shown.value : shown.sigma));
  showNumber("mass", NUMBERS.scale, state.scale);
  showMediator(app, set);
  for (const name of RANGES) if (document.activeElement !== $(`${name}-range`)) $(`${name}-range`).value = state[name]?.join(",") ?? "";
  for (const model of payload.models) showModel(model, state, theme);
  for (const { id, ...view } of PRESETS) {
    $(id).setAttribute("aria-pressed", String(Object.entries(view).every(([name, value]) => state[name] === value)));
  }
  $("running").disabled = !set.runs || state.convention === "published";
  $("running-note").textContent = runningNote(set, state);
  $("delta-note").textContent = state.delta === null && state.sigma === null
    ? `from ${state.data}: ${dataSet(payload, state).delta.how}` : "set by hand";
  for (const mode of MODES) $(`mode-${mode}`).hidden = state.mode !== mode;
  for (const name of ["right", "cr"]) disable(name, !set.runs);
  disable("scale", !runs(set, state) && state.mode !== "mediator");
}

function showMediator(app, set) {
  const { state } = app;
  $("mediator").value = state.mediator;
  if (state.mode !== "mediator") return;
  buildCouplings(app);
  for (const [id, value] of Object.entries(state.couplings)) showNumber(id, COUPLING, value);
  $("mediator-note").textContent = mediatorNote(app, set);
}

/** What the numbers of a mediator leave out. */
function mediatorNote({ payload, state }, set) {
  const { boxes } = mediatorOf(payload, state);
  const large = Object.entries(state.couplings).filter(([, value]) => Math.abs(value) > Math.sqrt(4 * Math.PI)).map(([id]) => id);
  return [
    "Real couplings, matched at tree level at M.",
    runs(set, state) ? "" : "Without running.",
    set.runs ? "" : "The letter’s formulas know C₁ and C₃ alone: its other operators are left out.",
    boxes && set.runs ? `Bₛ mixing is without ${boxes}.` : "",
    large.length ? `${large.join(", ")} above √(4π), not perturbative.` : "",
  ].filter((text) => text).join(" ");
}

function disable(name, off) {
  $(`${name}-slider`).disabled = off;
  $(`${name}-field`).disabled = off;
}

function runningNote(set, state) {
  if (!set.runs) return "The letter’s formulas have no running, no right-handed currents and no spectra.";
  if (state.convention === "published") return "The letter’s convention has no running.";
  return state.running ? "SMEFT and WET running from Λ to 4.8 GeV." : "Tree-level matching, no running.";
}

function showNumber(id, spec, value) {
  const [slider, field] = [$(`${id}-slider`), $(`${id}-field`)];
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
