// Small helpers for SVG. Text from anywhere becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element in `parent`; numbers are rounded to a hundredth of a pixel. Inside `redrawn` an element of the last time is
 * taken over, and only what changed about it is set: that is what keeps a redraw within a frame.
 */
function svg(parent, name, attributes = {}, text = null) {
  const element = elementFor(parent, name);
  const before = element.drawn ?? {};
  for (const key of Object.keys(before)) if (attributes[key] === undefined) element.removeAttribute(key);
  for (const [key, value] of Object.entries(attributes)) {
    if (before[key] === value) continue;
    if (value === null) element.removeAttribute(key);
    else element.setAttribute(key, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  element.drawn = attributes;
  if (text !== null) element.textContent = text;
  return element;
}

/** The next element of a group that is being redrawn if it is of the right kind, else a new one. */
function elementFor(parent, name) {
  const old = parent?.cursor === undefined ? null : parent.childNodes[parent.cursor++];
  if (old?.localName === name) return old;
  const element = document.createElementNS(SVG, name);
  if (old) old.replaceWith(element);
  else parent?.append(element);
  return element;
}

/** Draw the content of groups again. */
function redrawn(groups, draw) {
  for (const group of groups) group.cursor = 0;
  const result = draw();
  for (const group of groups) {
    while (group.childNodes.length > group.cursor) group.lastChild.remove();
    group.cursor = undefined;
  }
  return result;
}

/** A path through points, arrays of pixels; points closer than a pixel to the one before are left out. */
function pathOf(xs, ys) {
  let text = "";
  let [x, y] = [Infinity, Infinity];
  const last = xs.length - 1;
  for (let i = 0; i <= last; i++) {
    if (i < last && Math.abs(xs[i] - x) + Math.abs(ys[i] - y) < 1) continue;
    [x, y] = [xs[i], ys[i]];
    text += `${text ? "L" : "M"}${Math.round(10 * x) / 10} ${Math.round(10 * y) / 10}`;
  }
  return text;
}

/**
 * Text with raised and lowered parts: "R^{K*}_{ττ}" puts the two above each other.
 * Widths are estimated, so that a figure that is not on the page can be drawn too.
 */
function rich(parent, source, attributes) {
  const element = svg(parent, "text", attributes);
  const size = Number(attributes["font-size"] ?? 13);
  let [shift, back] = [0, 0];
  for (const [, kind, inner, plain] of source.matchAll(/([_^])\{([^}]*)\}|([^_^]+)/g)) {
    const small = kind !== undefined;
    const level = kind === "^" ? -0.42 : kind === "_" ? 0.28 : 0;
    svg(element, "tspan", {
      dy: (level - shift) * size,
      dx: kind === "_" && back ? back * size : null,
      "font-size": small ? size * 0.72 : null,
      "font-style": small || !/^[A-Za-zμΛδκC ]$/.test(plain) ? null : "italic",
    }, small ? inner : plain);
    // a lowered part right after a raised one starts below it
    back = kind === "^" ? -0.72 * 0.62 * [...inner].length : 0;
    shift = level;
  }
  return element;
}

const MARKERS = {
  o: (r) => `M${-r} 0A${r} ${r} 0 1 0 ${r} 0A${r} ${r} 0 1 0 ${-r} 0Z`,
  s: (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
  "^": (r) => `M0 ${-1.2 * r}L${1.1 * r} ${0.9 * r}H${-1.1 * r}Z`,
  v: (r) => `M0 ${1.2 * r}L${1.1 * r} ${-0.9 * r}H${-1.1 * r}Z`,
  D: (r) => `M0 ${-1.3 * r}L${1.3 * r} 0L0 ${1.3 * r}L${-1.3 * r} 0Z`,
  "<": (r) => `M${-1.2 * r} 0L${0.9 * r} ${-1.1 * r}V${1.1 * r}Z`,
  ">": (r) => `M${1.2 * r} 0L${-0.9 * r} ${-1.1 * r}V${1.1 * r}Z`,
  h: (r) => `M0 ${-1.2 * r}L${1.04 * r} ${-0.6 * r}V${0.6 * r}L0 ${1.2 * r}L${-1.04 * r} ${0.6 * r}V${-0.6 * r}Z`,
  star: (r) => {
    let path = "";
    for (let k = 0; k < 10; k++) {
      const radius = k % 2 ? 0.62 * r : 1.5 * r;
      path += `${k ? "L" : "M"}${(radius * Math.sin((k * Math.PI) / 5)).toFixed(2)} ${(-radius * Math.cos((k * Math.PI) / 5)).toFixed(2)}`;
    }
    return `${path}Z`;
  },
};

function marker(parent, shape, x, y, radius, attributes) {
  return svg(parent, "path", { d: MARKERS[shape](radius), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, ...attributes });
}
