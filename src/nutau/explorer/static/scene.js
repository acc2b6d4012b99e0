// What is to be drawn, as numbers: lines along delta in each plane. Drawing is in panels.js.

const R = {
  ttK: "BR(B+->Ktautau)/SM", ttKs: "BR(B0->K*tautau)/SM",
  nnK: "BR(B+->Knunu)/SM", nnKs: "BR(B0->K*nunu)/SM",
};
/** Axes of the plane of light leptons, which are no observables: delta, and the C9 of all leptons that running induces. */
const LIGHT_AXES = { delta: "delta", c9u: "C9U" };
const SYMBOLS = {
  [LIGHT_AXES.delta]: "δ(C_{V} − C_{A})", [LIGHT_AXES.c9u]: "C_{9}^{U}(4.8 GeV)",
  [R.ttK]: "R^{K}_{ττ}", [R.ttKs]: "R^{K*}_{ττ}", [R.nnK]: "R^{K}_{νν}", [R.nnKs]: "R^{K*}_{νν}",
};
/** The planes: axes, and the ranges in which they open. */
const PLANES = [
  { id: "K", title: "B → K", x: R.ttK, y: R.nnK, log: [[0.04, 6e3], [0.3, 4e2]], linear: [[0, 600], [0, 12]] },
  { id: "Kst", title: "B → K*", x: R.ttKs, y: R.nnKs, log: [[0.04, 6e3], [0.3, 4e2]], linear: [[0, 600], [0, 12]] },
  { id: "right", title: "Right-handed currents", x: R.nnK, y: R.nnKs, log: [[0.3, 4e2], [0.3, 4e2]], linear: [[0, 12], [0, 12]] },
  { id: "c9", title: "Light leptons, b → sℓℓ", x: LIGHT_AXES.delta, y: LIGHT_AXES.c9u, light: [[-0.04, 0.16], [-1.6, 0.6]] },
];
/** The planes that a state has: without running nothing reaches light leptons. */
const planesOf = (set, state) => PLANES.filter((plane) => !plane.light || (runs(set, state) && set.coefficients.includes(UNIVERSAL)));
const IDS = Object.values(R);
const NEUTRINOS = [R.nnK, R.nnKs];
const STEPS = 61; // points along a whole line
const BAND_STEP = 5; // of which every fifth carries the theory band
const TOP_STEP = 0.04; // of delta
const PIECE = 13; // points along 1 sigma

const spread = (from, to, count) => Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** Where whole lines end: beyond 4 sigma, in steps, so that they stay while delta moves. */
function topOf({ value, sigma }) {
  const end = TOP_STEP * Math.ceil((Math.abs(value) + 4 * sigma + 1e-9) / TOP_STEP);
  return value < 0 ? -end : end;
}

/** delta of thin whole lines (dense near 0, where a logarithmic axis shows most). */
function wholePieces(state, top) {
  const whole = spread(0, 1, STEPS).map((t) => top * t * t);
  return [{ kind: "whole", delta: whole }, ...(state.branches ? [{ kind: "other", delta: whole.map((delta) => -delta) }] : [])];
}

/** delta within 2 and 1 sigma. What is 1 to 2 sigma away lies on both sides: a new stretch starts at `gap`. */
function sigmaPieces({ value, sigma }) {
  const found = [];
  if (sigma > 0) {
    const [below, above] = [[-2, -1], [1, 2]].map(([from, to]) => spread(value + from * sigma, value + to * sigma, PIECE));
    found.push({ kind: "two", delta: [...below, ...above], gap: PIECE });
    found.push({ kind: "one", delta: spread(value - sigma, value + sigma, 2 * PIECE) });
  }
  return found;
}

/** All lines with the values of the four ratios on their pieces, and their middles; those that did not move are kept. */
function linesOf(payload, state) {
  const set = inputSet(payload, state);
  const range = deltaOf(payload, state);
  const top = topOf(range);
  const drawn = { top, whole: wholePieces(state, top), near: sigmaPieces(range), middle: range.value };
  const common = JSON.stringify([mapKey(set, state), state.branches]);
  return shownLines(payload, state).map((line) => {
    const key = `${common} ${line.kappa} ${line.right}`;
    return kept(set.kept, line.id, `${key} ${range.value} ${range.sigma}`, () => lineOf(set, state, line, drawn, key));
  });
}

function lineOf(set, state, line, { top, whole, near, middle }, key) {
  const at = straight(matrixOf(set, state), (delta) => onLine(set, state, line.kappa, line.right, delta));
  const curves = parabolas(set.planes, at);
  const light = lightAt(set, at(1));
  const along = (deltas) => ({
    ...Object.fromEntries(IDS.map((id, k) => [id, curves[k](deltas)])),
    [LIGHT_AXES.delta]: deltas,
    [LIGHT_AXES.c9u]: deltas.map((delta) => light * delta),
  });
  const valued = (piece) => ({ ...piece, values: along(piece.delta) });
  const still = kept(set.kept, `whole ${line.id}`, `${key} ${top}`, () => ({
    band: set.runs ? bandAlong(set, at, along, whole[0].delta) : null,
    pieces: whole.map(valued),
  }));
  return { ...line, band: still.band, pieces: [...still.pieces, ...near.map(valued)], middle: along([middle]) };
}

/** At some points of a line, all ratios, and the theory errors of those that stand upright, of b -> s nu nu. */
function bandAlong(set, at, along, whole) {
  const deltas = whole.filter((_, i) => i % BAND_STEP === 0);
  const rows = deltas.map((delta) => {
    const m = monomials(set.neutrinos, at(delta));
    return NEUTRINOS.map((_, a) => valueAndError(set.neutrinos, a, m, "ratio").error);
  });
  return { values: along(deltas), errors: Object.fromEntries(NEUTRINOS.map((id, k) => [id, rows.map((row) => row[k])])) };
}

/** The person's own delta with the right-handed coupling moved: how a line leaves the diagonal. */
function rightHanded(payload, state) {
  const set = inputSet(payload, state);
  if (!set.runs || !state.mine || state.mode === "mediator") return null; // the letter has left-handed currents only
  const matrix = matrixOf(set, state);
  const { value } = deltaOf(payload, state);
  const at = straight(matrix, (t) =>
    state.mode === "point" ? [[state.c1, 0], [state.c3, 0], [t, 0]] : onLine(set, state, state.kappa, t, value));
  const spec = NUMBERS[state.mode === "point" ? "cr" : "right"];
  const steps = spread(spec.low, spec.high, 61);
  const curves = parabolas(set.neutrinos, at);
  return { [R.nnK]: curves[0](steps), [R.nnKs]: curves[1](steps) };
}

/** The ratios at the person's own point; null where there is none. */
function ownRatios(payload, state) {
  if (!state.mine || state.mode === "line") return null;
  const set = inputSet(payload, state);
  const couplings = couplingsOf(set, state, ownPoint(payload, state));
  const vector = coefficients(set, state, couplings);
  const m = monomials(set.planes, vector);
  const ratios = Object.fromEntries(IDS.map((id, a) => { const [above, below] = fraction(set.planes, a, m); return [id, above / below]; }));
  return { ...ratios, ...lightOf(set, state, couplings, vector) };
}

/** Ranges of a plane's axes. */
function rangesOf(plane, state, top) {
  if (plane.light) return [[Math.min(plane.light[0][0], top), Math.max(plane.light[0][1], top)], plane.light[1]];
  const [x, y] = state.log ? plane.log : plane.linear;
  return plane.id === "right" ? [state.y ?? x, state.y ?? y] : [state.x ?? x, state.y ?? y];
}

/** Everything that a redraw needs. */
function sceneOf(payload, state) {
  const set = inputSet(payload, state);
  const data = dataSet(payload, state);
  const found = evaluate(payload, state);
  return {
    set,
    data,
    top: topOf(deltaOf(payload, state)),
    delta: deltaOf(payload, state),
    light: payload.light,
    at: lightOf(set, state, found.couplings, found.vector),
    lines: linesOf(payload, state),
    scan: rightHanded(payload, state),
    own: ownRatios(payload, state),
    found,
    bands: Object.fromEntries(IDS.map((id) => [id, bandsOf(set, data, id)])),
    reach: Object.fromEntries(IDS.map((id) => [id, reachOf(data, state, id)])),
  };
}
