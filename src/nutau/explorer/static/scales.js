// Axes: where a value lies, where ticks stand, and how numbers are written.

/** @typedef {{log: boolean, low: number, high: number, from: number, to: number}} Axis  from, to in pixels */

/** Pixel of a value; below a logarithmic axis it stays finite, and clipping hides it. */
const pixel = (axis, value) => pixels(axis, [value])[0];

/** Pixels of many values. */
function pixels({ log, low, high, from, to }, values) {
  const found = new Float64Array(values.length);
  const size = log ? 1 / Math.log(high / low) : 1 / (high - low);
  for (let i = 0; i < found.length; i++) {
    const at = log ? Math.log(Math.max(values[i] / low, 1e-4)) * size : (values[i] - low) * size;
    found[i] = from + Math.min(Math.max(at, -3), 4) * (to - from);
  }
  return found;
}

/** @returns {{value: number, major: boolean}[]} */
function ticks(axis, wanted) {
  return axis.log ? logTicks(axis) : linearTicks(axis, wanted);
}

function logTicks({ low, high }) {
  const found = [];
  const decades = Math.log10(high / low);
  const few = decades < 1.5; // label 1, 2, 5 when hardly a power of ten fits
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (let digit = 1; digit < 10; digit++) {
      const value = Number(`${digit}e${power}`);
      const major = digit === 1 || (few && [2, 5].includes(digit));
      if (value >= low * (1 - 1e-12) && value <= high * (1 + 1e-12)) found.push({ value, major });
    }
  }
  return found;
}

function linearTicks({ low, high }, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= rough);
  const minor = step / (step / power === 5 ? 5 : 4);
  const found = [];
  const first = Math.ceil(low / minor - 1e-9);
  for (let k = first; k * minor <= high + 1e-9 * minor; k++) {
    const major = Math.abs(k * minor - Math.round((k * minor) / step) * step) < 1e-6 * step;
    found.push({ value: k * minor, major });
  }
  return found;
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const superscript = (power) => [...String(power)].map((sign) => SUPERSCRIPTS[sign]).join("");
const minus = (text) => text.replace(/-/g, "−");

/** A tick's label. */
function tickLabel(axis, value) {
  if (!axis.log) return minus(String(Number(value.toPrecision(10))));
  if (axis.low >= 0.01 && axis.high < 1e5 && value < 1e4) return String(value);
  const power = Math.round(Math.log10(value));
  return `10${superscript(power)}`;
}

/** Five digits of a number, with a power of ten where it is very small or large. */
function plainNumber(value, digits = 5) {
  if (!Number.isFinite(value)) return "—";
  if (value === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(value)));
  if (power >= -3 && power < 6) return minus(String(Number(value.toPrecision(digits))));
  return `${minus(String(Number((value / 10 ** power).toPrecision(digits))))}·10${superscript(power)}`;
}

/** A value with its error to two digits: "214 ± 31", "(1.38 ± 0.05)·10⁻⁷". */
function withError(value, error) {
  if (!Number.isFinite(value)) return "—";
  if (!(error > 1e-12 * Math.abs(value)) || !Number.isFinite(error)) return plainNumber(value);
  const size = Math.max(Math.abs(value), error);
  const power = Math.floor(Math.log10(size));
  const shift = power < -3 || power > 5 ? power : 0;
  const unit = 10 ** shift;
  const digits = Math.min(Math.max(0, 1 - Math.floor(Math.log10(error / unit))), 12);
  const body = minus(`${(value / unit).toFixed(digits)} ± ${(error / unit).toFixed(digits)}`);
  return shift ? `(${body})·10${superscript(shift)}` : body;
}

const tenTo = (power) => `·10${superscript(Number(power))}`;

/** A value as nutau writes it, with powers of ten and minus signs as in print: "-1.0 ± 0.2 × 1e-3" is "(−1.0 ± 0.2)·10⁻³". */
const printed = (text) =>
  text
    .replace(/^([^<]*?[±+].*?) × 1e(-?\d+)/, (_, value, power) => `(${value})${tenTo(power)}`)
    .replace(/ × 1e(-?\d+)/g, (_, power) => tenTo(power))
    .replace(/([\d)])e([+-]?\d+)/g, (_, before, power) => before + tenTo(power))
    .replace(/\^(-?\d+)/g, (_, power) => superscript(Number(power)))
    .replace(/(^|[\s(])-(?=\d)/g, "$1−");
