// The pinned point in words and numbers.

/** What the pinned point is. */
function describePoint({ point, couplings }) {
  if (point.mediator) {
    const given = Object.entries(point.given).filter(([, value]) => value !== 0).map(([id, value]) => `${id} = ${plainNumber(value)}`);
    return `your ${point.mediator.id} of ${plainNumber(point.mass)} TeV, ${given.join(", ") || "without couplings"}`;
  }
  if (point.point) {
    const [c1, c3, cr] = couplings.map(([re]) => plainNumber(re));
    return `your point, C₁ = ${c1}, C₃ = ${c3}, C_R = ${cr} TeV⁻²`;
  }
  const right = point.right ? `, κ_R = ${plainNumber(point.right)}` : "";
  const name = point.id === "mine" ? "your line" : point.label;
  return `${name} (κ = ${plainNumber(point.kappa)}${right}), δ = ${plainNumber(point.delta, 4)}`;
}

const COEFFICIENTS = [
  ["C9_bstautau", "C9(bsττ)"], ["C10_bstautau", "C10(bsττ)"], ["C9p_bstautau", "C9′(bsττ)"], ["C10p_bstautau", "C10′(bsττ)"],
  ["C9_bsmumu", "C9(bsμμ)"], ["CL_bsnutaunutau", "CL(bsντντ)"], ["CR_bsnutaunutau", "CR(bsντντ)"], ["CVL_bctaunutau", "CVL(bcτντ)"],
];

function describeCoefficients({ coefficients: found }, set) {
  const text = COEFFICIENTS.filter(([name]) => found[name] && Math.hypot(...found[name]) > 1e-3).map(([name, label]) => {
    const [re, im] = found[name];
    const imaginary = Math.abs(im) > 0.005 * Math.hypot(re, im) ? ` ${im < 0 ? "−" : "+"} ${plainNumber(Math.abs(im), 3)}i` : "";
    return `${label} = ${plainNumber(re, 4)}${imaginary}`;
  });
  return `New physics at ${set.name === "letter" ? "m_W" : "4.8 GeV"}: ${text.join(", ")}.`;
}

/** How far the C9 of light leptons is from what b -> s l l wants; empty without running. */
function describeLight({ set, found, light, at }) {
  if (!found.coefficients[UNIVERSAL] || !Math.hypot(...found.coefficients[UNIVERSAL])) return "";
  const wanted = light.map((item) =>
    `${plainNumber(item.value, 2)} +${item.plus.toFixed(2)} −${item.minus.toFixed(2)} (${item.charm} charm loops), ${lightSigmas(item, at.C9U).toFixed(1)}σ away`);
  return ` b → sℓℓ wants C9(bsμμ) = ${wanted.join("; ")}.`;
}

/** Rows of the table: every observable, once for each measurement of it. */
function tableRows(scene) {
  const { observables, pulls: measured } = scene.found;
  return scene.set.observables.flatMap(({ id, description }) => {
    const found = observables[id];
    const row = { id, description, ...found };
    const own = measured.filter((item) => item.observable === id);
    return own.length ? own.map((item) => ({ ...row, ...item })) : [row];
  });
}

const HEADINGS = ["Observable", "Prediction", "Standard Model", "Measured", "Pull"];

/** Cells are reused from one redraw to the next: text is all that changes. */
function showTable(body, rows) {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((row, i) => {
    const line = body.rows[i] ?? newRow(body);
    const texts = [
      row.id,
      withError(row.value, row.error),
      withError(row.sm, row.smError),
      row.text ? `${printed(row.text)} (${row.measurement})` : "—",
      row.text ? minus(row.pull.toFixed(2)) : "—",
    ];
    texts.forEach((text, k) => {
      if (line.cells[k].textContent !== text) line.cells[k].textContent = text;
    });
    line.cells[0].title = row.description;
    line.cells[4].className = Math.abs(row.pull ?? 0) > 2 ? "far" : "";
  });
}

function newRow(body) {
  const line = body.insertRow();
  HEADINGS.forEach((heading, k) => {
    const cell = html(line, k ? "td" : "th", {}, k ? { "data-label": heading } : { scope: "row" });
    if (k === 0) cell.className = "name";
  });
  return line;
}

/** What numbers leave out (charmonium in the bin): each note once, after the observables that it belongs to. */
function notes(observables) {
  const found = new Map();
  for (const { id, note } of observables) if (note) found.set(note, [...(found.get(note) ?? []), id]);
  return [...found].map(([note, ids]) => `${ids.join(", ")}: ${printed(note)}.`).join(" ");
}

function showPinned(scene) {
  const body = $("table-body");
  if (body.found === scene.found) return;
  body.found = scene.found;
  const text = describePoint(scene.found);
  $("pinned-title").textContent = text;
  $("coefficients").textContent = describeCoefficients(scene.found, scene.set) + describeLight(scene);
  showTable(body, tableRows(scene));
  $("short-distance").textContent = notes(scene.set.observables);
  const out = scene.data.leftOut;
  const unpredicted = scene.data.measurements
    .filter((entry) => entry.observables.every((id) => !scene.found.observables[id])).map((entry) => entry.name);
  const names = [...out, ...unpredicted];
  $("left-out").textContent = names.length
    ? `Not predicted here, or untouched by these couplings: ${names.join(", ")}.` : "";
}
