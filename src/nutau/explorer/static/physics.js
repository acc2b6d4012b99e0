// From the state of the page to coefficients and observables. Nothing here touches the document.

const TEV = 1000; // GeV

/** Decode the arrays of the payload once. */
function prepare(payload) {
  for (const set of payload.inputs) {
    set.pack = unpack(set.pack);
    set.place = new Map(set.observables.map((item, a) => [item.id, a]));
    set.ofPlanes = monomialsOf(set.pack, IDS.map((id) => set.place.get(id)));
    for (const name of Object.keys(set.tree)) set.tree[name] = doubles(set.tree[name]);
    set.order = set.chebyshev ? set.chebyshev.shape[0] : 0;
    set.chebyshev = set.chebyshev && doubles(set.chebyshev);
    for (const spectrum of set.spectra) spectrum.pack = unpack(spectrum.pack);
    set.cache = { key: "", matrix: null };
  }
  return payload;
}

const byName = (list, name) => list.find((item) => item.name === name);
const inputSet = (payload, state) => byName(payload.inputs, state.inputs);
const dataSet = (payload, state) => byName(payload.data, state.data);

/** Whether couplings really run: the letter has no running, and neither has its convention. */
function runs(set, state) {
  return state.running && set.order > 0 && state.convention === "physical";
}

/** The affine map of the state, from couplings in TeV^-2 at the scale to coefficients. */
function matrixOf(set, state) {
  if (!runs(set, state)) return set.tree[state.convention];
  const scale = state.scale * TEV;
  if (set.cache.key !== scale) {
    const [low, high] = set.scales;
    const x = (2 * Math.log(scale) - Math.log(low * high)) / Math.log(high / low);
    set.cache = { key: scale, matrix: chebyshev(set.chebyshev, set.order, x) };
  }
  return set.cache.matrix;
}

/** The couplings (C1, C3, CR) of a line C1 = kappa C3, CR = right C3 at delta, with C3 as delta fixes it at tree level. */
function onLine(set, state, kappa, right, delta) {
  const [re, im] = set.c3[state.convention];
  const c3 = [re * delta, im * delta];
  return [[kappa * c3[0], kappa * c3[1]], c3, [right * c3[0], right * c3[1]]];
}

const coefficients = (set, state, couplings) => apply(matrixOf(set, state), extended(couplings));

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

/** The pinned point: a line and its delta, or the person's own point. */
function pinned(payload, state) {
  const delta = state.pin.delta ?? deltaOf(payload, state).value;
  if (state.pin.model === "mine") {
    return state.mode === "point" ? { id: "mine", label: "yours", point: true } : { ...ownLine(state), delta };
  }
  const model = payload.models.find((item) => item.id === state.pin.model);
  return { id: model.id, label: model.label, kappa: model.kappa, right: 0, delta };
}

/** The couplings of what `pinned` returns. */
function couplingsOf(set, state, point) {
  if (point.point) return [[state.c1, 0], [state.c3, 0], [state.cr, 0]];
  return onLine(set, state, point.kappa, point.right, point.delta);
}

/** Values and theory errors of the ratios `ids` for coefficients c. */
function ratiosAt(set, ids, c) {
  const m = monomials(set.pack, c, set.ofPlanes);
  return ids.map((id) => valueAndError(set.pack, set.place.get(id), m, "ratio"));
}

/** Ratios `ids` of the planes as exact parabolas in t of their forms, for coefficients that are affine in t. */
function parabolas(set, ids, at) {
  const [zero, plus, minus] = [0, 1, -1].map((t) => monomials(set.pack, at(t), set.ofPlanes));
  return ids.map((id) => {
    const a = set.place.get(id);
    const [n0, d0] = fraction(set.pack, a, zero);
    const [np, dp] = fraction(set.pack, a, plus);
    const [nm, dm] = fraction(set.pack, a, minus);
    const [n1, n2, d1, d2] = [(np - nm) / 2, (np + nm) / 2 - n0, (dp - dm) / 2, (dp + dm) / 2 - d0];
    return (t) => (n0 + t * (n1 + t * n2)) / (d0 + t * (d1 + t * d2));
  });
}

/** Everything the page says about one choice of couplings. */
function evaluateAt(set, state, couplings) {
  const c = coefficients(set, state, couplings);
  const sm = new Float64Array(c.length);
  sm[0] = 1;
  const [m, mSM] = [monomials(set.pack, c), monomials(set.pack, sm)];
  const observables = {};
  set.observables.forEach((item, a) => {
    const standard = valueAndError(set.pack, a, mSM, item.readout);
    observables[item.id] = { ...valueAndError(set.pack, a, m, item.readout), sm: standard.value, smError: standard.error };
  });
  const named = set.coefficients.map((name, i) => [name, [c[2 * i + 2], c[2 * i + 3]]]);
  return { couplings, vector: c, coefficients: Object.fromEntries(named), observables };
}

/** dB/dq2 of a point and of the Standard Model with theory errors, on the spectrum's own grid. */
function evaluateSpectra(set, vector) {
  const sm = new Float64Array(vector.length);
  sm[0] = 1;
  const along = (pack, c) => {
    const m = monomials(pack, c);
    const points = Array.from({ length: pack.spans.length / 4 }, (_, a) => valueAndError(pack, a, m, "ratio"));
    return { value: points.map((point) => point.value), error: points.map((point) => point.error) };
  };
  return set.spectra.map(({ id, q2, pack }) => ({ id, q2, ...along(pack, vector), sm: along(pack, sm) }));
}

/** The pinned point of a state, with spectra and pulls. */
function evaluate(payload, state) {
  const set = inputSet(payload, state);
  const point = pinned(payload, state);
  const found = evaluateAt(set, state, couplingsOf(set, state, point));
  return {
    point,
    ...found,
    spectra: evaluateSpectra(set, found.vector),
    pulls: pulls(dataSet(payload, state), found.observables),
  };
}
