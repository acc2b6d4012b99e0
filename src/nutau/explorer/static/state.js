// The state of the page: what it may be, how it is written into the address, how a hand-edited address is read.

/** Numbers a person can set: hard limits, and where their sliders end. `auto` ones may be left to the data. */
const NUMBERS = {
  kappa: { label: "κ = C_{1}/C_{3}", min: -20, max: 20, low: -4, high: 4, step: 0.01, start: 1.2 },
  right: { label: "κ_{R} = C_{R}/C_{3} (right-handed)", min: -20, max: 20, low: -3, high: 3, step: 0.01, start: 0 },
  c1: { label: "C_{1} = lq1", unit: "TeV⁻²", min: -10, max: 10, low: -0.15, high: 0.15, step: 0.001, start: -0.05 },
  c3: { label: "C_{3} = lq3", unit: "TeV⁻²", min: -10, max: 10, low: -0.15, high: 0.15, step: 0.001, start: -0.05 },
  cr: { label: "C_{R} = ld", unit: "TeV⁻²", min: -10, max: 10, low: -0.15, high: 0.15, step: 0.001, start: 0 },
  delta: { label: "δ(C_{V} − C_{A})", min: -1.9, max: 1.9, low: -0.25, high: 0.25, step: 0.001, start: null, auto: true },
  sigma: { label: "± 1σ", min: 0, max: 1, low: 0, high: 0.08, step: 0.001, start: null, auto: true },
  scale: { label: "Λ", unit: "TeV", min: 0.2, max: 100, low: 0.2, high: 100, step: 0.1, start: 4.7, log: true },
  luminosity: { label: "Belle II", unit: "ab⁻¹", min: 1, max: 50, low: 1, high: 50, step: 1, start: 50, log: true },
};
const FLAGS = { running: true, branches: false, mine: true, log: true };
const RANGES = ["x", "y"];
const MODES = ["line", "point", "mediator"];
/** A coupling of a mediator. */
const COUPLING = { min: -10, max: 10, low: -2, high: 2, step: 0.01 };
/** Settings of which at least one is the person's own: changing one shows and pins it. */
const OWN = ["mode", "kappa", "right", "c1", "c3", "cr", "mediator", "couplings"];

/** The state of a fresh page. */
function defaults(payload) {
  const state = {
    inputs: payload.inputs[0].name,
    data: payload.data[0].name,
    convention: "physical",
    mode: "line",
    mediator: "U1",
    couplings: started(payload, "U1"),
    models: payload.models.filter((model) => model.shown).map((model) => model.id),
    pin: { model: "U1", delta: null },
    x: null,
    y: null,
    ...FLAGS,
  };
  for (const [name, spec] of Object.entries(NUMBERS)) state[name] = spec.start;
  return { ...state, ...payload.initial };
}

/** The couplings with which a mediator starts. */
const started = (payload, id) =>
  Object.fromEntries(payload.mediators.find((item) => item.id === id).couplings.map((item) => [item.id, item.start]));

/** The limits of a number in this payload: running tables and projections have their own. */
function limits(payload, name) {
  const spec = NUMBERS[name];
  if (name === "scale") {
    const scales = payload.running?.scales;
    if (!scales) return spec;
    const inwards = (scale, round) => round((scale / TEV) * 1e4) / 1e4;
    return { min: inwards(scales[0], Math.ceil), max: inwards(scales[1], Math.floor) };
  }
  if (name === "luminosity") {
    const all = payload.data.flatMap((data) => data.reach.flatMap((item) => item.luminosity));
    return all.length ? { min: Math.min(...all), max: Math.max(...all) } : spec;
  }
  return spec;
}

/** Text for messages: short, and put on the page as text only. */
const quote = (text) => `“${String(text).slice(0, 40)}”`;

/** A number inside its limits, or an Error that says what is allowed. */
function parseNumber(payload, name, text) {
  const { label, unit } = NUMBERS[name];
  return numberFrom({ ...limits(payload, name), label, unit }, text);
}

function numberFrom({ min, max, label, unit }, text) {
  const value = String(text).trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(value) || value < min || value > max) {
    throw new Error(`${flat(label)}: ${quote(text)} is no number from ${min} to ${max}${unit ? ` ${unit}` : ""}.`);
  }
  return value;
}

/** "low,high" of an axis; empty is automatic. */
function parseRange(name, text, log) {
  if (String(text).trim() === "") return null;
  const parts = String(text).split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (parts.length !== 2 || !parts.every(Number.isFinite) || !(parts[0] < parts[1]) || (log && parts[0] <= 0)) {
    const more = log ? ", both above 0 on a logarithmic axis" : "";
    throw new Error(`Range of the ${name} axis: ${quote(text)} is no pair low,high with low < high${more}.`);
  }
  if (Math.abs(parts[0]) > 1e6 || parts[1] > 1e6 || (log && parts[0] < 1e-6)) {
    throw new Error(`Range of the ${name} axis: ${quote(text)} goes beyond 1e6${log ? " or below 1e-6" : ""}.`);
  }
  return parts;
}

function oneOf(what, text, allowed) {
  if (!allowed.includes(text)) throw new Error(`${what} ${quote(text)} does not exist; there are ${allowed.join(", ")}.`);
  return text;
}

/** The pinned point "model" or "model@delta". */
function parsePin(payload, text) {
  const [model, delta] = String(text).split("@");
  const names = [...payload.models.map((item) => item.id), "mine"];
  return {
    model: oneOf("Pinned model", model, names),
    delta: delta === undefined ? null : parseNumber(payload, "delta", delta),
  };
}

/** The couplings "x1LL_33:1,x1LL_23:0.5" of a mediator; what is not named is 0. */
function parseCouplings(payload, state, text) {
  const known = mediatorOf(payload, state).couplings.map((item) => item.id);
  const found = Object.fromEntries(known.map((id) => [id, 0]));
  for (const part of String(text).split(",").filter((item) => item !== "")) {
    const [id, value] = part.split(":");
    found[oneOf(`Coupling of ${state.mediator}`, id, known)] = numberFrom({ ...COUPLING, label: id }, value ?? "");
  }
  return found;
}

/** One setting of the address; throws an Error with what is allowed. */
function parseSetting(payload, state, name, text) {
  const names = (list) => list.map((item) => item.name);
  if (name === "inputs") return oneOf("Input set", text, names(payload.inputs));
  if (name === "data") return oneOf("Data set", text, names(payload.data));
  if (name === "convention") return oneOf("Convention", text, payload.conventions);
  if (name === "mode") return oneOf("Mode", text, MODES);
  if (name === "mediator") return oneOf("Mediator", text, payload.mediators.map((item) => item.id));
  if (name === "couplings") return parseCouplings(payload, state, text);
  if (name === "pin") return parsePin(payload, text);
  if (RANGES.includes(name)) return parseRange(name, text, state.log);
  if (name === "models") {
    const known = payload.models.map((model) => model.id);
    const chosen = text === "" ? [] : text.split(",").map((id) => oneOf("Model", id, known));
    return known.filter((id) => chosen.includes(id));
  }
  if (Object.hasOwn(FLAGS, name)) return oneOf(`Setting ${name}`, text, ["0", "1"]) === "1";
  if (Object.hasOwn(NUMBERS, name)) return text === "" && NUMBERS[name].auto ? null : parseNumber(payload, name, text);
  throw new Error(`The address has ${quote(name)}, which is no setting of this page.`);
}

/** The address of a state, without the #. */
function toHash(state) {
  const query = new URLSearchParams();
  for (const name of ["inputs", "data", "convention", "mode"]) query.set(name, state[name]);
  if (state.mode === "mediator") {
    query.set("mediator", state.mediator);
    query.set("couplings", Object.entries(state.couplings).map(([id, value]) => `${id}:${value}`).join(","));
  }
  query.set("models", state.models.join(","));
  for (const name of Object.keys(FLAGS)) query.set(name, state[name] ? "1" : "0");
  for (const name of Object.keys(NUMBERS)) if (state[name] !== null) query.set(name, String(state[name]));
  for (const name of RANGES) if (state[name]) query.set(name, state[name].join(","));
  query.set("pin", state.pin.model + (state.pin.delta === null ? "" : `@${state.pin.delta}`));
  return query.toString();
}

/** State and problems of an address: what cannot be read keeps its default, and is reported. */
function fromHash(payload, hash) {
  const state = defaults(payload);
  const problems = [];
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  // first what others depend on: ranges on the axes, couplings on the mediator
  const first = (name) => Number(["log", "mediator"].includes(name));
  const given = [...query].sort(([a], [b]) => first(b) - first(a));
  for (const [name, text] of given) {
    try {
      state[name] = parseSetting(payload, state, name, text);
      if (name === "mediator") state.couplings = started(payload, state.mediator);
    } catch (error) {
      problems.push(error.message);
    }
  }
  return { state, problems };
}

/** A full state from parts of one: what tests and scripts hand in. Couplings that are not given are 0. */
function complete(payload, part) {
  const first = defaults(payload);
  const state = { ...first, ...part, pin: { ...first.pin, ...(part.pin ?? {}) } };
  const zero = Object.keys(started(payload, state.mediator)).map((id) => [id, 0]);
  if (part.couplings) state.couplings = { ...Object.fromEntries(zero), ...part.couplings };
  else if (part.mediator) state.couplings = started(payload, state.mediator);
  return state;
}
