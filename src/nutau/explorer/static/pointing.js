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
    showTip(app, panel, found, event);
  });
  holder.addEventListener("pointerleave", () => hideTip(panel));
  holder.addEventListener("click", (event) => {
    const found = nearest(panel.targets, ...inside(event, holder));
    if (found) app.change({ pin: { model: found.model, delta: Number(found.delta.toPrecision(8)) } });
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
  if (key === "Home" || key === "Escape") return { pin: { ...state.pin, delta: null } };
  if (key === "ArrowUp" || key === "ArrowDown") {
    const ids = shownLines(payload, state).map((line) => line.id);
    if (state.mine && state.mode === "point") ids.push("mine");
    if (!ids.length) return null;
    const next = ids.indexOf(state.pin.model) + (key === "ArrowDown" ? 1 : -1);
    return { pin: { ...state.pin, model: ids[(next + ids.length) % ids.length] } };
  }
  return null;
}

/** The tip beside the pointer: model, delta and every observable with its theory error. */
function showTip(app, panel, found, event) {
  if (!found) return hideTip(panel);
  const { payload, state } = app;
  const set = inputSet(payload, state);
  const probe = { ...state, pin: { model: found.model, delta: found.delta } };
  const point = pinned(payload, probe);
  const here = evaluateAt(set, state, point, couplingsOf(set, state, point));
  const { value, sigma } = deltaOf(payload, state);
  const tip = panel.tip;
  tip.replaceChildren();
  html(tip, "strong", { textContent: `${point.label} (κ = ${plainNumber(point.kappa)})` });
  const away = sigma > 0 ? `, ${minus(((found.delta - value) / sigma).toFixed(2))}σ` : "";
  html(tip, "div", { textContent: `δ = ${plainNumber(found.delta, 4)}${away}` });
  const table = html(tip, "table");
  for (const { id } of set.observables) {
    const row = html(table, "tr");
    html(row, "td", { textContent: id });
    html(row, "td", { textContent: withError(here.observables[id].value, here.observables[id].error) });
  }
  placeTip(panel, event, found);
}

/** Where the tip is read without hiding what it is about: on the other half of the window. */
function placeTip(panel, event, found) {
  const { tip, ring } = panel;
  tip.hidden = false;
  const { clientX: x, clientY: y } = event;
  const { width, height } = tip.getBoundingClientRect();
  const left = x > window.innerWidth / 2 ? x - width - 16 : x + 16;
  tip.style.left = `${Math.max(4, Math.min(left, window.innerWidth - width - 4))}px`;
  tip.style.top = `${Math.max(4, Math.min(y - height / 2, window.innerHeight - height - 4))}px`;
  if (found && ring) {
    ring.setAttribute("cx", found.x);
    ring.setAttribute("cy", found.y);
    ring.removeAttribute("display");
  }
}

function hideTip(panel) {
  panel.tip.hidden = true;
  panel.ring?.setAttribute("display", "none");
}

/** Wire a spectrum: the nearest q2 of its grid, with both curves. */
function pointAtSpectrum(panel) {
  const { holder, tip } = panel;
  holder.addEventListener("pointermove", (event) => {
    if (!panel.drawn) return hideTip(panel);
    const [x] = inside(event, holder);
    tip.replaceChildren();
    panel.drawn.found.forEach((item, k) => {
      const distances = item.q2.map((q2) => Math.abs(pixel(panel.drawn.place.x, q2) - x));
      const i = distances.indexOf(Math.min(...distances));
      html(tip, "strong", { textContent: `${panel.drawn.names[k]}, q² = ${plainNumber(item.q2[i], 4)} GeV²` });
      html(tip, "div", { textContent: `${withError(item.value[i], item.error[i])} GeV⁻²` });
      html(tip, "div", { textContent: `SM ${withError(item.sm.value[i], item.sm.error[i])} GeV⁻²` });
    });
    placeTip(panel, event, null);
  });
  holder.addEventListener("pointerleave", () => hideTip(panel));
}
