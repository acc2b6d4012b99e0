// From the state of the page to coefficients and observables. Nothing here touches the document.

const TEV = 1000; // GeV

/** What `make` returned the last time, as long as `key` stays the same. */
function kept(store, name, key, make) {
  const old = store.get(name);
  if (old?.key === key) return old.value;
  const value = make();
  store.set(name, { key, value });
  return value;
}

/** Decode the arrays of the payload once. */
function prepare(payload) {
  for (const set of payload.inputs) {
    set.pack = unpack(set.pack);
    set.place = new Map(set.observables.map((item, a) => [item.id, a]));
    set.planes = subpack(set.pack, IDS.map((id) => set.place.get(id)));
    set.neutrinos = subpack(set.pack, NEUTRINOS.map((id) => set.place.get(id)));
    for (const name of Object.keys(set.tree)) set.tree[name] = unpackEntries(set.tree[name]);
    if (set.runs) prepareRunning(set, payload.running);
    const sm = Float64Array.from({ length: 2 + 2 * set.coefficients.length }, (_, i) => (i === 0 ? 1 : 0));
    set.standard = set.observables.map((item, a) => valueAndError(set.pack, a, monomials(set.pack, sm), item.readout));
    for (const spectrum of set.spectra) {
      spectrum.pack = unpack(spectrum.pack);
      spectrum.sm = spectrumAt(spectrum.pack, sm);
    }
    set.kept = new Map();
  }
  payload.kept = new Map();
  return payload;
}

/** Where the rows of the common running go in a set, and what it multiplies them by; the first row is the 1. */
function prepareRunning(set, running) {
  running.entries.values instanceof Float64Array || (running.entries = unpackEntries(running.entries));
  const places = new Map(set.coefficients.map((name, i) => [name, i + 1]));
  set.running = running;
  set.rows = [0, ...running.names.map((name) => places.get(name) ?? -1)];
  set.factors = Float64Array.from([1, 0, ...doubles(set.prefactors)]);
}

const byName = (list, name) => list.find((item) => item.name === name);
const inputSet = (payload, state) => byName(payload.inputs, state.inputs);
const dataSet = (payload, state) => byName(payload.data, state.data);

const COUPLINGS = 3; // C1, C3, CR: the first of a set's sources, all that lines and free points need

/** Whether couplings really run: the letter has no running, and neither has its convention. */
function runs(set, state) {
  return state.running && set.runs && state.convention === "physical";
}

/** The affine map of the state, from all couplings in TeV^-2 at the scale to coefficients. */
function wholeMatrix(set, state) {
  const [rows, columns] = [1 + set.coefficients.length, 1 + 2 * set.sources.length];
  if (runs(set, state)) {
    return kept(set.kept, "whole matrix", state.scale, () => {
      const [low, high] = set.running.scales;
      const x = (2 * Math.log(state.scale * TEV) - Math.log(low * high)) / Math.log(high / low);
      return filled(set.running.entries, rows, columns, x, set.rows, set.factors);
    });
  }
  return kept(set.kept, `tree ${state.convention}`, "", () => {
    const same = Array.from({ length: rows }, (_, i) => i);
    return filled(set.tree[state.convention], rows, columns, 0, same, Float64Array.from({ length: 2 * rows }, (_, i) => 1 - (i % 2)));
  });
}

/** The same from C1, C3 and CR alone. */
function matrixOf(set, state) {
  const whole = wholeMatrix(set, state);
  const key = runs(set, state) ? state.scale : state.convention;
  return kept(set.kept, "matrix", key, () => narrow(whole, set.sources.length, COUPLINGS));
}

/** All of a state that the map depends on. */
const mapKey = (set, state) => [set.name, state.convention, runs(set, state) ? state.scale : "tree"];

/** The couplings (C1, C3, CR) of a line C1 = kappa C3, CR = right C3 at delta, with C3 as delta fixes it at tree level. */
function onLine(set, state, kappa, right, delta) {
  const [re, im] = set.c3[state.convention];
  const c3 = [re * delta, im * delta];
  return [[kappa * c3[0], kappa * c3[1]], c3, [right * c3[0], right * c3[1]]];
}

/** Coefficients of couplings: the first few of a set, or all. */
const coefficients = (set, state, couplings) =>
  apply(couplings.length > COUPLINGS ? wholeMatrix(set, state) : matrixOf(set, state), extended(couplings));

/** Mean and error of delta that are drawn: the data set's, or the person's own. */
function deltaOf(payload, state) {
  const own = dataSet(payload, state).delta;
  return { value: state.delta ?? own.value, sigma: state.sigma ?? own.uncertainty };
}

/** Lines that are shown: the ticked models, and the person's own unless it is a point. */
function shownLines(payload, state) {
  const lines = payload.models
    .filter((model) => state.models.includes(model.id))
    .map((model) => ({ id: model.id, label: model.label, kappa: model.kappa, right: 0, model }));
  if (state.mine && state.mode === "line") lines.push(ownLine(state));
  return lines;
}

const ownLine = (state) => ({ id: "mine", label: "yours", kappa: state.kappa, right: state.right, model: null });

/** The mediator of the person's own point. */
const mediatorOf = (payload, state) => payload.mediators.find((item) => item.id === state.mediator);

/** The person's own point: free couplings, or those of a mediator with its mass in TeV. */
function ownPoint(payload, state) {
  const common = { id: "mine", label: "yours", point: true };
  if (state.mode === "point") return common;
  return { ...common, mediator: mediatorOf(payload, state), given: state.couplings, mass: state.scale };
}

/** The pinned point: a line and its delta, or the person's own point. */
function pinned(payload, state) {
  const delta = state.pin.delta ?? deltaOf(payload, state).value;
  if (state.pin.model === "mine") return state.mode === "line" ? { ...ownLine(state), delta } : ownPoint(payload, state);
  const model = payload.models.find((item) => item.id === state.pin.model);
  return { id: model.id, label: model.label, kappa: model.kappa, right: 0, delta };
}

/** The couplings of what `pinned` returns. */
function couplingsOf(set, state, point) {
  if (point.mediator) return matched(set, point);
  if (point.point) return [[state.c1, 0], [state.c3, 0], [state.cr, 0]];
  return onLine(set, state, point.kappa, point.right, point.delta);
}

/** All couplings of a set from a mediator's own at tree level: sums of two of them over the mass squared, in TeV^-2. */
function matched(set, { mediator, given, mass }) {
  const found = new Map(set.sources.map((name) => [name, 0]));
  const values = mediator.couplings.map(({ id }) => given[id]);
  for (const [name, number, a, b] of mediator.terms) {
    if (found.has(name)) found.set(name, found.get(name) + (number * values[a] * values[b]) / mass ** 2);
  }
  return [...found.values()].map((value) => [value, 0]);
}

/** Coefficients along a line, which are affine in its real parameter t. */
function straight(matrix, couplings) {
  const [zero, one] = [0, 1].map((t) => apply(matrix, extended(couplings(t))));
  for (let i = 0; i < one.length; i++) one[i] -= zero[i];
  return (t) => {
    const c = new Float64Array(zero.length);
    for (let i = 0; i < c.length; i++) c[i] = zero[i] + t * one[i];
    return c;
  };
}

/** The ratios of a pack over lists of t, from exact parabolas of their forms, for coefficients that are affine in t. */
function parabolas(pack, at) {
  const [zero, plus, minus] = [0, 1, -1].map((t) => monomials(pack, at(t)));
  return pack.modeStart.map((_, a) => {
    const [n0, d0] = fraction(pack, a, zero);
    const [np, dp] = fraction(pack, a, plus);
    const [nm, dm] = fraction(pack, a, minus);
    const [n1, n2, d1, d2] = [(np - nm) / 2, (np + nm) / 2 - n0, (dp - dm) / 2, (dp + dm) / 2 - d0];
    return (list) => {
      const found = new Float64Array(list.length);
      for (let i = 0; i < found.length; i++) {
        const t = list[i];
        found[i] = (n0 + t * (n1 + t * n2)) / (d0 + t * (d1 + t * d2));
      }
      return found;
    };
  });
}

const UNIVERSAL = "C9_bsmumu"; // the C9 of all leptons that running induces differs between e and mu by their masses alone

/** What running makes of it for coefficients; 0 where nothing runs. */
function lightAt(set, vector) {
  const place = set.coefficients.indexOf(UNIVERSAL);
  return place < 0 ? 0 : vector[2 + 2 * place];
}

/** A point of the plane of light leptons: delta as C3 fixes it at tree level, and C9U. */
function lightOf(set, state, couplings, vector) {
  const [re, im] = set.c3[state.convention];
  const [a, b] = couplings[1];
  return { delta: (a * re + b * im) / (re * re + im * im), C9U: lightAt(set, vector) };
}

/** How many sigma a C9U lies from the one that b -> s l l wants. */
const lightSigmas = ({ value, minus: below, plus: above }, c9u) => Math.abs(c9u - value) / (c9u > value ? above : below);

/** The pack with the theory errors of a point: those at given delta, or at given couplings. */
const packFor = (pack, point) => (point.point ? pack.given : pack);

/** Everything the page says about a point with these couplings. */
function evaluateAt(set, state, point, couplings) {
  const c = coefficients(set, state, couplings);
  const pack = packFor(set.pack, point);
  const m = monomials(pack, c);
  const observables = {};
  set.observables.forEach((item, a) => {
    const { value: sm, error: smError } = set.standard[a];
    observables[item.id] = { ...valueAndError(pack, a, m, item.readout), sm, smError };
  });
  const named = set.coefficients.map((name, i) => [name, [c[2 * i + 2], c[2 * i + 3]]]);
  return { couplings, vector: c, coefficients: Object.fromEntries(named), observables };
}

/** dB/dq2 with theory errors on the grid of a pack. */
function spectrumAt(pack, c) {
  const m = monomials(pack, c);
  const points = pack.modeStart.map((_, a) => valueAndError(pack, a, m, "ratio"));
  return { value: points.map((point) => point.value), error: points.map((point) => point.error) };
}

/** The spectra of a set at coefficients, and in the Standard Model. */
const evaluateSpectra = (set, point, vector) =>
  set.spectra.map(({ id, q2, pack, sm }) => ({ id, q2, ...spectrumAt(packFor(pack, point), vector), sm }));

/** The pinned point of a state, with spectra and pulls. */
function evaluate(payload, state) {
  const set = inputSet(payload, state);
  const point = pinned(payload, state);
  const couplings = couplingsOf(set, state, point);
  const key = [mapKey(set, state), state.data, { ...point, mediator: point.mediator?.id }, couplings];
  return kept(payload.kept, "point", JSON.stringify(key), () => {
    const found = evaluateAt(set, state, point, couplings);
    return {
      point,
      ...found,
      spectra: evaluateSpectra(set, point, found.vector),
      pulls: pulls(dataSet(payload, state), found.observables),
    };
  });
}
