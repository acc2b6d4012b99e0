// The page itself: one state, one redraw.

/** @param {object} payload what nutau/explorer/payload.py wrote */
function start(payload) {
  const app = {
    payload: prepare(payload),
    state: defaults(payload),
    panels: [],
    pending: false,
    lastRedraw: 0,
    /** Merge into the state and redraw in the next frame. */
    change(part) {
      app.state = { ...app.state, ...part };
      app.fail([]);
      app.panels.forEach(hideTip); // what they say may no longer be there
      schedule(app);
    },
    /** Say what is wrong; the page goes on with what it had. */
    fail(problems) {
      const box = $("problems");
      const text = problems.join("\n");
      if (box.dataset.text === text) return;
      box.dataset.text = text;
      box.replaceChildren(...problems.map((problem) => html(null, "p", { textContent: problem })));
      box.hidden = problems.length === 0;
    },
  };
  buildPanels(app);
  buildControls(app);
  buildSharing(app);
  readAddress(app);
  window.addEventListener("hashchange", () => {
    if (location.hash.replace(/^#/, "") !== app.written) readAddress(app);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => schedule(app));
  window.matchMedia("print").addEventListener("change", () => redraw(app)); // on white paper, before it is printed
  new ResizeObserver(() => schedule(app)).observe($("panels"));
  if (window.matchMedia("(max-width: 1000px)").matches) {
    for (const group of document.querySelectorAll("#controls details")) group.open = false; // the figure first
  }
  redraw(app);
  window.nutau = interfaceOf(app);
  // when the first figure had been handed to the screen
  requestAnimationFrame(() => setTimeout(() => { window.nutau.painted = performance.now(); }));
}

function readAddress(app) {
  const { state, problems } = fromHash(app.payload, location.hash);
  app.state = state;
  app.fail(problems);
  schedule(app);
}

/** At most one redraw a frame, however many events a slider sends. */
function schedule(app) {
  if (app.pending) return;
  app.pending = true;
  requestAnimationFrame(() => {
    app.pending = false;
    redraw(app);
  });
}

function buildPanels(app) {
  const parent = $("panels");
  for (const plane of PLANES) app.panels.push(buildPanel(parent, plane.id, `${plane.title} plane`, true, { plane }));
  parent.append($("key")); // of the planes; where it stands is up to the width
  for (const spectrum of SPECTRA) {
    app.panels.push(buildPanel(parent, spectrum.id, `Spectrum ${spectrum.names.join(" and ")}`, false, { spectrum }));
  }
  for (const panel of app.panels) (panel.plane ? pointAtPlane(app, panel) : pointAtSpectrum(panel));
  dismissTips(app);
}

function buildPanel(parent, id, label, moves, part) {
  const aria = moves
    ? { tabindex: "0", role: "application", "aria-roledescription": "plot", "aria-describedby": "keys" }
    : { role: "img" };
  const holder = html(parent, "div", { id: `panel-${id}`, className: "panel" }, { ...aria, "aria-label": label });
  const tip = html(document.body, "div", { className: "tip", hidden: true }, { "aria-hidden": "true" });
  return { holder, tip, targets: [], ring: null, drawn: null, label, ...part };
}

/** Draw everything from the state. */
function redraw(app) {
  const begin = performance.now();
  const { state } = app;
  const theme = themeNow();
  const scene = sceneOf(app.payload, state);
  const planes = planesOf(scene.set, state);
  for (const panel of app.panels) panel.holder.hidden = panel.plane ? !planes.includes(panel.plane) : !scene.set.spectra.length;
  const widths = app.panels.map((panel) => panel.holder.clientWidth); // all read before anything is written
  app.panels.forEach((panel, k) => drawPanel(panel, widths[k], scene, state, theme));
  showControls(app, theme);
  showKey(scene, state, theme);
  showPinned(scene);
  announce(app, scene);
  writeAddress(app);
  app.lastRedraw = performance.now() - begin;
}

function drawPanel(panel, space, scene, state, theme) {
  if (panel.plane && panel.holder.hidden) return;
  const width = Math.max(space, 240);
  const box = { width, height: Math.round(Math.min(Math.max(0.8 * width, 260), 480)) };
  const options = panel.plane ? planeFrame(panel.plane, state, scene.top) : spectrumFrame(panel.spectrum, scene, state, theme);
  const key = JSON.stringify([box, options, theme.paper]);
  if (panel.key !== key) newFrame(panel, box, options, theme);
  panel.key = key;
  const { place } = panel;
  if (panel.spectrum && place.found === scene.found) return;
  place.found = scene.found;
  redrawn([place.back, place.plot, place.marks], () => {
    if (panel.plane) panel.targets = drawPlane(place, panel.plane, scene, theme);
    else panel.drawn = drawSpectra(place, panel.spectrum, scene, options.unit, theme);
  });
}

function newFrame(panel, box, options, theme) {
  const { width, height } = box;
  const root = svg(null, "svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT, "aria-hidden": "true" });
  panel.place = frame(root, box, theme, options);
  panel.ring = svg(root, "circle", { r: 6, fill: "none", stroke: theme.ink, "stroke-width": 1.5, display: "none" });
  panel.holder.style.height = `${height}px`;
  panel.holder.replaceChildren(root);
}

/** The pinned point in one sentence. */
function summary(scene) {
  const values = IDS.map((id) => `${SYMBOLS[id].replace(/[_^{}]/g, " ")} ${plainNumber(scene.found.observables[id].value, 3)}`);
  return `Pinned: ${describePoint(scene.found)}: ${values.join(", ")}.`;
}

let announced = null;
/** Screen readers hear about the pinned point when it has stopped moving. */
function announce(app, scene) {
  clearTimeout(announced);
  announced = setTimeout(() => {
    const text = summary(scene);
    if ($("live").textContent !== text) $("live").textContent = text;
    for (const panel of app.panels) panel.holder.setAttribute("aria-label", `${panel.label}. ${text}`);
  }, 400);
}

/** The legend below the planes; rebuilt only when it changes. */
function showKey(scene, state, theme) {
  const entries = keyOf(scene, state, theme);
  const list = $("key");
  const text = JSON.stringify(entries);
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(...entries.map((entry) => {
    const item = html(null, "li");
    const swatch = svg(item, "svg", { width: 30, height: 14, viewBox: "0 -7 30 14", "aria-hidden": "true" });
    drawSample(swatch, entry, theme);
    richText(html(item, "span"), entry.text);
    return item;
  }));
  const sources = [...new Set(scene.data.bands.map((band) => band.entry))];
  const unit = scene.data.bands.some((band) => !band.overSM) ? ` Branching ratios over the SM values of the input set “${scene.set.smFrom}”.` : "";
  const version = scene.data.version ? `, version ${scene.data.version}` : "";
  const bands = sources.length ? ` Bands: ${sources.join(", ")}.${unit}` : "";
  const [light] = scene.light;
  const wanted = light && planesOf(scene.set, state).some((plane) => plane.light)
    ? ` b → sℓℓ: the C9 of all leptons that ${light.data} (version ${light.version}) wants at 68 %, fitted beforehand and not part of the pulls.` : "";
  $("sources").textContent = `Data set ${scene.data.name}${version}.${bands}${wanted}`;
}

let writing = null;
/** The address follows the state; browsers limit how often it may change. */
function writeAddress(app) {
  clearTimeout(writing);
  writing = setTimeout(() => {
    app.written = toHash(app.state);
    history.replaceState(null, "", `#${app.written}`);
  }, 200);
}

function buildSharing(app) {
  const { payload } = app;
  const box = $("text");
  const copies = {
    "copy-link": () => `${location.href.split("#")[0]}#${toHash(app.state)}`,
    "copy-command": () => commandOf(payload, app.state),
    "copy-python": () => pythonOf(payload, app.state),
  };
  for (const [id, text] of Object.entries(copies)) {
    $(id).addEventListener("click", async () => {
      box.hidden = false;
      const done = await copy(text(), box);
      const what = id === "copy-link" ? "the view" : describePoint(evaluate(payload, app.state));
      $("copied").textContent = done ? `Copied: ${what}.` : "Press Ctrl+C to copy.";
    });
  }
  const saves = {
    "save-svg": async () => download("nutau.svg", new Blob([svgText(app)], { type: "image/svg+xml" })),
    "save-png": async () => download("nutau.png", await pngBlob(app)),
    "save-table": async () => download("nutau-point.csv", new Blob([tableCsv(app)], { type: "text/csv" })),
    "save-lines": async () => download("nutau-lines.csv", new Blob([linesCsv(app)], { type: "text/csv" })),
  };
  for (const [id, save] of Object.entries(saves)) {
    $(id).addEventListener("click", () => save().catch((error) => app.fail([`The file could not be made: ${error.message}`])));
  }
}

/** What scripts and tests may use, as window.nutau. */
function interfaceOf(app) {
  return {
    version: app.payload.version,
    /** Everything about the pinned point of a state (parts of one are filled up). */
    evaluate: (part = {}) => plainResult(evaluate(app.payload, complete(app.payload, part))),
    state: () => structuredClone(app.state),
    set: (part) => app.change(part.mediator && !part.couplings ? { ...part, couplings: started(app.payload, part.mediator) } : part),
    command: () => commandOf(app.payload, app.state),
    python: () => pythonOf(app.payload, app.state),
    /** Redraw now; milliseconds, layout included. */
    redraw: () => {
      const begin = performance.now();
      redraw(app);
      document.body.getBoundingClientRect();
      return performance.now() - begin;
    },
    sensitivity: (id, luminosity) => sensitivity(dataSet(app.payload, app.state).reach.find((item) => item.observable === id), luminosity),
  };
}

const plainResult = ({ vector, ...rest }) => ({ ...rest, vector: [...vector] });

start(JSON.parse($("payload").textContent));
