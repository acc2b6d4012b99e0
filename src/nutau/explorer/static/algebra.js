// Affine maps and Hermitian forms, as nutau/explorer/forms.py and maps.py pack them. Complex numbers are pairs
// (re, im) in flat Float64Arrays; a vector of coefficients starts with the constant 1.

/** @typedef {{f64: string, shape: number[]}} Doubles  base64 of little-endian doubles */
/** @typedef {{u16: string, shape: number[]}} Integers */
/** @typedef {{f32: string, shape: number[]}} Singles */
/**
 * Observables over coefficients. Observable a owns columns spans[4a]..spans[4a+1] (numerator) and on to spans[4a+2]
 * (denominator; none means 1), and spans[4a+3] modes that start at modeStart[a].
 * @typedef {{monomials: Uint16Array, index: Uint16Array, central: Float64Array, modes: Float32Array,
 *            spans: Uint16Array, modeStart: number[]}} Pack
 */

/** @param {string} text @returns {ArrayBuffer} */
function bytes(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out.buffer;
}

/** @param {Doubles} block */
const doubles = (block) => new Float64Array(bytes(block.f64));
/** @param {Singles} block */
const singles = (block) => new Float32Array(bytes(block.f32));
/** @param {Integers} block */
const integers = (block) => new Uint16Array(bytes(block.u16));

/** @returns {Pack} */
function unpack(plain) {
  const pack = {
    monomials: integers(plain.monomials),
    index: integers(plain.index),
    central: doubles(plain.central),
    modes: singles(plain.modes),
    spans: integers(plain.spans),
    modeStart: [],
    given: plain.given && unpack({ ...plain, ...plain.given, given: null }), // the same with the theory errors at given couplings
  };
  let start = 0;
  for (let a = 0; 4 * a < pack.spans.length; a++) {
    pack.modeStart.push(start);
    start += pack.spans[4 * a + 3] * (pack.spans[4 * a + 2] - pack.spans[4 * a]);
  }
  return pack;
}

/** (1, C, conj C) of complex couplings [[re, im], ...]. */
function extended(couplings) {
  const n = couplings.length;
  const out = new Float64Array(2 * (1 + 2 * n));
  out[0] = 1;
  couplings.forEach(([re, im], i) => {
    out[2 + 2 * i] = out[2 + 2 * (n + i)] = re;
    out[3 + 2 * i] = im;
    out[3 + 2 * (n + i)] = -im;
  });
  return out;
}

/** A complex matrix (rows, columns) times a complex vector. */
function apply(matrix, vector) {
  const columns = vector.length / 2;
  const rows = matrix.length / (2 * columns);
  const out = new Float64Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    let re = 0;
    let im = 0;
    for (let j = 0; j < columns; j++) {
      const k = 2 * (i * columns + j);
      re += matrix[k] * vector[2 * j] - matrix[k + 1] * vector[2 * j + 1];
      im += matrix[k] * vector[2 * j + 1] + matrix[k + 1] * vector[2 * j];
    }
    out[2 * i] = re;
    out[2 * i + 1] = im;
  }
  return out;
}

/** The entries of a matrix that nutau/explorer/encode.py wrote. */
function unpackEntries({ rows, columns, orders, values }) {
  return { rows: integers(rows), columns: integers(columns), orders: integers(orders), values: doubles(values) };
}

/**
 * The complex matrix (rows, columns) whose entries are Chebyshev series at x in [-1, 1]. Row r goes to row place[r] (none:
 * left out) and is multiplied by factors[place[r]], a complex number.
 */
function filled(entries, rows, columns, x, place, factors) {
  const out = new Float64Array(2 * rows * columns);
  let start = 0;
  for (let e = 0; e < entries.rows.length; e++) {
    const order = entries.orders[e];
    const row = place[entries.rows[e]];
    if (row >= 0) {
      let [re, im, previous, current] = [0, 0, 1, x];
      for (let n = start; n < start + order; n++) {
        re += previous * entries.values[2 * n];
        im += previous * entries.values[2 * n + 1];
        [previous, current] = [current, 2 * x * current - previous];
      }
      const at = 2 * (row * columns + entries.columns[e]);
      out[at] = re * factors[2 * row] - im * factors[2 * row + 1];
      out[at + 1] = re * factors[2 * row + 1] + im * factors[2 * row];
    }
    start += order;
  }
  return out;
}

/** The columns of a map from n couplings that belong to the first `few` of them. */
function narrow(matrix, n, few) {
  const wide = 1 + 2 * n;
  const kept = Array.from({ length: wide }, (_, i) => i).filter((i) => i === 0 || (i - 1) % n < few);
  const rows = matrix.length / (2 * wide);
  const out = new Float64Array(2 * rows * kept.length);
  for (let i = 0; i < rows; i++) {
    kept.forEach((column, j) => {
      out[2 * (i * kept.length + j)] = matrix[2 * (i * wide + column)];
      out[2 * (i * kept.length + j) + 1] = matrix[2 * (i * wide + column) + 1];
    });
  }
  return out;
}

/** The pack of a few observables alone, for what is evaluated often. @returns {Pack} */
function subpack(pack, observables) {
  const place = new Map();
  const monomial = [];
  const part = { index: [], central: [], modes: [], spans: [], modeStart: [] };
  for (const a of observables) {
    const [start, middle, end, count] = pack.spans.subarray(4 * a, 4 * a + 4);
    const at = part.index.length;
    for (let e = start; e < end; e++) {
      const m = pack.index[e];
      if (!place.has(m)) {
        place.set(m, place.size);
        monomial.push(...pack.monomials.subarray(3 * m, 3 * m + 3));
      }
      part.index.push(place.get(m));
      part.central.push(pack.central[e]);
    }
    part.spans.push(at, at + middle - start, at + end - start, count);
    part.modeStart.push(part.modes.length);
    part.modes.push(...pack.modes.subarray(pack.modeStart[a], pack.modeStart[a] + count * (end - start)));
  }
  return {
    monomials: Uint16Array.from(monomial),
    index: Uint16Array.from(part.index),
    central: Float64Array.from(part.central),
    modes: Float64Array.from(part.modes),
    spans: Uint16Array.from(part.spans),
    modeStart: part.modeStart,
  };
}

/**
 * The real monomials of a pack at coefficients c: |c_i|^2 or 2 Re(conj c_i c_j), -2 Im(conj c_i c_j), and for parts 2 and 3
 * the same of c_i c_j.
 */
function monomials(pack, c) {
  const list = pack.monomials;
  const out = new Float64Array(list.length / 3);
  for (let m = 0; m < out.length; m++) {
    const i = 2 * list[3 * m];
    const j = 2 * list[3 * m + 1];
    const part = list[3 * m + 2];
    const turn = part < 2 ? c[i + 1] : -c[i + 1]; // conj c_i, or c_i
    if (part % 2) out[m] = -2 * (c[i] * c[j + 1] - turn * c[j]);
    else out[m] = (part === 0 && i === j ? 1 : 2) * (c[i] * c[j] + turn * c[j + 1]);
  }
  return out;
}

/** Factors (from `offset` on) times monomials for the columns start..end. */
function contract(pack, m, start, end, factors, offset) {
  let sum = 0;
  for (let e = start; e < end; e++) sum += factors[offset + e - start] * m[pack.index[e]];
  return sum;
}

/** Numerator and denominator of observable a. */
function fraction(pack, a, m) {
  const start = pack.spans[4 * a];
  const middle = pack.spans[4 * a + 1];
  const end = pack.spans[4 * a + 2];
  const above = contract(pack, m, start, middle, pack.central, start);
  return [above, middle === end ? 1 : contract(pack, m, middle, end, pack.central, middle)];
}

/** What an observable is of its two forms (nutau/formula.py). */
function read(above, below, readout) {
  if (readout === "angle") return Math.atan2(above, below);
  return readout === "sqrt" ? Math.sqrt(above / below) : above / below;
}

/** Value and theory error: the modes shift both forms, and the readout follows to first order. */
function valueAndError(pack, a, m, readout) {
  const start = pack.spans[4 * a];
  const middle = pack.spans[4 * a + 1];
  const end = pack.spans[4 * a + 2];
  const count = pack.spans[4 * a + 3];
  const [above, below] = fraction(pack, a, m);
  const value = read(above, below, readout);
  let byAbove = 1 / below;
  let byBelow = -above / (below * below);
  if (readout === "sqrt") [byAbove, byBelow] = [(0.5 * byAbove) / value, (0.5 * byBelow) / value];
  if (readout === "angle") {
    const square = above * above + below * below;
    [byAbove, byBelow] = [below / square, -above / square];
  }
  let variance = 0;
  for (let k = 0; k < count; k++) {
    const offset = pack.modeStart[a] + k * (end - start);
    const up = contract(pack, m, start, middle, pack.modes, offset);
    const down = contract(pack, m, middle, end, pack.modes, offset + middle - start);
    variance += (byAbove * up + byBelow * down) ** 2;
  }
  return { value, error: Math.sqrt(variance) };
}
