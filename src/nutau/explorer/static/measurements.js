// Data: pulls, bands of the planes, and Belle II's reach at any luminosity.

/** A table's -2 log L (nutau/measurements/tables.py): cubics between the knots, touching parabolas beyond them. */
function splineAt({ knots, cubics }, x) {
  const last = knots.length - 1;
  const inside = Math.min(Math.max(x, knots[0]), knots[last]);
  let i = 0;
  while (i < last - 1 && inside >= knots[i + 1]) i++;
  const [a, b, c, d] = cubics[i];
  const h = inside - knots[i];
  const beyond = x - inside;
  return ((a * h + b) * h + c) * h + d + beyond * ((3 * a * h + 2 * b) * h + c) + beyond ** 2 * (3 * a * h + b);
}

/** The Particle Data Group's width at a prediction: linear between the two sides. */
function width(central, plus, minus, x) {
  const fraction = Math.min(Math.max((x - central + minus) / (plus + minus), 0), 1);
  return minus + (plus - minus) * fraction;
}

/**
 * One row for every measured number that the input set predicts. `experimental` is the pull without theory error, as
 * nutau.measurements.pulls gives it, positive if more was measured; `pull` has the theory error added in quadrature.
 */
function pulls(data, observables) {
  const rows = [];
  for (const entry of data.measurements) {
    entry.observables.forEach((id, row) => {
      const predicted = observables[id];
      if (!predicted) return;
      const common = { observable: id, measurement: entry.name, source: entry.source, text: entry.text[row] };
      rows.push({ ...common, ...(entry.spline ? tablePull(entry, predicted) : gaussianPull(entry, row, predicted)) });
    });
  }
  return rows;
}

function gaussianPull(entry, row, { value, error }) {
  const sigma = width(entry.central[row], entry.plus[row], entry.minus[row], value);
  const distance = entry.central[row] - value;
  return { experimental: distance / sigma, pull: distance / Math.hypot(sigma, error), limit: entry.limit };
}

/** The signed root of a table's rise; the theory error enters through the local width. */
function tablePull(entry, { value, error }) {
  const rise = Math.max(splineAt(entry.spline, value), 0);
  const distance = entry.spline.best - value;
  const experimental = Math.sign(distance) * Math.sqrt(rise);
  const sigma = experimental === 0 ? Infinity : distance / experimental;
  const pull = Number.isFinite(sigma) ? distance / Math.hypot(sigma, error) : 0;
  return { experimental, pull, limit: false };
}

/** Limits and measurements of a ratio to the SM, in that ratio; branching ratios are divided by the set's SM value. */
function bandsOf(set, data, id) {
  return data.bands
    .filter((band) => band.observable === id && (band.overSM || set.sm[id]))
    .map((band) => {
      const unit = band.overSM ? 1 : set.sm[id];
      return { ...band, low: band.low / unit, middle: band.middle / unit, high: band.high / unit };
    });
}

/**
 * Foreseen error at a luminosity: between published points log(error) is linear in log(luminosity), a power law as
 * between statistics (1/2) and systematics (0); beyond them the last power goes on, and a single point scales as 1/sqrt L.
 */
function sensitivity({ luminosity, error }, at) {
  if (luminosity.length === 1) return error[0] * Math.sqrt(luminosity[0] / at);
  let i = 0;
  while (i < luminosity.length - 2 && at > luminosity[i + 1]) i++;
  const power = Math.log(error[i + 1] / error[i]) / Math.log(luminosity[i + 1] / luminosity[i]);
  return error[i] * (at / luminosity[i]) ** power;
}

/** Belle II's band of a ratio around 1 at the state's luminosity, or null. */
function reachOf(data, state, id) {
  const found = data.reach.find((item) => item.observable === id);
  return found ? sensitivity(found, state.luminosity) : null;
}
