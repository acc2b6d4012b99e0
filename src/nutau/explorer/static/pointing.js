// Pointing at the figure: mouse, touch and keyboard.

const NEAR = 28; // pixels

/** The nearest drawn point of all lines, or null. */
function nearest(targets, x, y) {
  let best = null;
  let smallest = NEAR * NEAR;
  for (const { id, strokes } of targets) {
    for (const { delta, px, py } of strokes) {
      for (let i = 0; i < px.length; i++) {
        const distance = (px[i] - x) ** 2 + (py[i] - y) ** 2;
        if (distance < smallest) {
          smallest = distance;
          best = { model: id, delta: delta[i], x: px[i], y: py[i] };
        }
      }
    }
  }
  return best;
}

const inside = (event, element) => {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

/** Wire a plane: hover shows, click pins, arrows move the pinned point. */
function pointAtPlane(app, panel) {
  const { holder } = panel;
  holder.addEventListener("pointermove", (event) => {
    const found = nearest(panel.targets, ...inside(event, holder));
    if (JSON.stringify(found) === JSON.stringify(panel.dismissed)) return;
    panel.dismissed = undefined;
    panel.pointed = found;
    showTip(app, panel, found);
  });
  holder.addEventListener("pointerleave", () => leave(panel));
  holder.addEventListener("click", (event) => {
    const found = nearest(panel.targets, ...inside(event, holder));
    if (!found) return;
    const delta = found.delta === null ? app.state.pin.delta : Number(found.delta.toPrecision(8));
    app.change({ pin: { model: found.model, delta } });
  });
  holder.addEventListener("keydown", (event) => {
    const part = keyMove(app, event.key, event.shiftKey);
    if (!part) return;
    event.preventDefault();
    app.change(part);
  });
}

/** Left and right move delta by a quarter of sigma (shift: one), up and down go to the next line, Home to the data's delta. */
function keyMove(app, key, wide) {
  const { payload, state } = app;
  const { value, sigma } = deltaOf(payload, state);
  const step = (wide ? 1 : 0.25) * (sigma || 0.01);
  const from = state.pin.delta ?? value;
  const { min, max } = NUMBERS.delta;
  const to = (delta) => ({ pin: { ...state.pin, delta: Number(Math.min(Math.max(delta, min), max).toPrecision(8)) } });
  if (key === "ArrowRight") return to(from + step);
  if (key === "ArrowLeft") return to(from - step);
  if (key === "Home") return { pin: { ...state.pin, delta: null } };
  if (key === "ArrowUp" || key === "ArrowDown") {
    const ids = shownLines(payload, state).map((line) => line.id);
    if (state.mine && state.mode === "point") ids.push("mine");
    if (!ids.length) return null;
    const next = ids.indexOf(state.pin.model) + (key === "ArrowDown" ? 1 : -1);
    return { pin: { ...state.pin, model: ids[(next + ids.length) % ids.length] } };
  }
  return null;
}

/** What a tip says of a point: the two axes of the planes, and what fixes delta. */
const TOLD = [...IDS, "Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)"];
const TOLD_AS = { ...SYMBOLS, "Rtaul(B->Dlnu)": "R(D)", "Rtaul(B->D*lnu)": "R(D*)" };

/** The tip beside the point: what it is, and a few observables with their theory errors; all of them once it is pinned. */
function showTip(app, panel, found) {
  if (!found) return hideTip(panel);
  const { payload, state } = app;
  const set = inputSet(payload, state);
  const point = pinned(payload, { ...state, pin: { model: found.model, delta: found.delta } });
  const here = evaluateAt(set, state, point, couplingsOf(set, state, point));
  const { tip, ring } = panel;
  tip.replaceChildren();
  html(tip, "strong", { textContent: point.point ? describePoint({ point, couplings: here.couplings }) : `${point.label} (κ = ${plainNumber(point.kappa)})` });
  if (!point.point) html(tip, "div", { textContent: `δ = ${plainNumber(found.delta, 4)}${sigmas(payload, state, found.delta)}` });
  const table = html(tip, "table");
  for (const id of TOLD.filter((name) => here.observables[name])) {
    const row = html(table, "tr");
    richText(html(row, "td"), TOLD_AS[id]);
    html(row, "td", { textContent: withError(here.observables[id].value, here.observables[id].error) });
  }
  if (planesOf(set, state).some((plane) => plane.light)) {
    const row = html(table, "tr");
    richText(html(row, "td"), SYMBOLS[LIGHT_AXES.c9u]);
    html(row, "td", { textContent: plainNumber(lightAt(set, here.vector), 3) });
  }
  ring.setAttribute("cx", found.x);
  ring.setAttribute("cy", found.y);
  ring.removeAttribute("display");
  const box = panel.holder.getBoundingClientRect();
  placeTip(tip, { x: box.left + found.x, y: box.top + found.y });
}

/** How far a delta is from that of the data. */
function sigmas(payload, state, delta) {
  const { value, sigma } = deltaOf(payload, state);
  return sigma > 0 ? `, ${minus(((delta - value) / sigma).toFixed(2))}σ` : "";
}

const GAP = 16; // pixels between a point and what is said about it

/** Beside the point where there is room for it, else above or below: never over it. */
function placeTip(tip, { x, y }) {
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const [right, bottom] = [document.documentElement.clientWidth - 4, window.innerHeight - 4];
  const clamp = (value, low, high) => Math.max(low, Math.min(value, high));
  let [left, top] = [x + GAP, clamp(y - height / 2, 4, bottom - height)];
  if (left + width > right) left = x - GAP - width;
  if (left < 4) {
    left = clamp(x - width / 2, 4, right - width);
    top = y - GAP - height >= 4 ? y - GAP - height : y + GAP;
  }
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}

function leave(panel) {
  panel.dismissed = undefined;
  hideTip(panel);
}

function hideTip(panel) {
  panel.tip.hidden = true;
  panel.ring?.setAttribute("display", "none");
}

/** Wire a spectrum: the nearest q2 of its grid, with both curves. */
function pointAtSpectrum(panel) {
  const { holder, tip } = panel;
  holder.addEventListener("pointermove", (event) => {
    if (!panel.drawn || panel.dismissed) return hideTip(panel);
    const [x] = inside(event, holder);
    tip.replaceChildren();
    panel.drawn.found.forEach((item, k) => {
      const distances = item.q2.map((q2) => Math.abs(pixel(panel.drawn.place.x, q2) - x));
      const i = distances.indexOf(Math.min(...distances));
      html(tip, "strong", { textContent: `${panel.drawn.names[k]}, q² = ${plainNumber(item.q2[i], 4)} GeV²` });
      html(tip, "div", { textContent: `${withError(item.value[i], item.error[i])} GeV⁻²` });
      html(tip, "div", { textContent: `SM ${withError(item.sm.value[i], item.sm.error[i])} GeV⁻²` });
    });
    placeTip(tip, { x: event.clientX, y: event.clientY });
  });
  holder.addEventListener("pointerleave", () => leave(panel));
}

/** Escape takes tips away; a tip comes back for another point. */
function dismissTips(app) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const panel of app.panels) {
      if (!panel.tip.hidden) panel.dismissed = panel.pointed ?? true;
      hideTip(panel);
    }
  });
}
