// Small helpers for SVG. Text from anywhere becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element in `parent`; numbers are rounded to a hundredth of a pixel. Inside `redrawn` an element of the last time is
 * taken over, and only what changed about it is set: that is what keeps a redraw within a frame.
 */
function svg(parent, name, attributes = {}, text = null) {
  const element = elementFor(parent, name);
  const before = element.drawn ?? {};
  for (const key in before) if (attributes[key] === undefined) element.removeAttribute(key);
  for (const key in attributes) {
    const value = attributes[key];
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

const STRAIGHT = 0.1; // pixels that a path may run beside a point of it

/**
 * A path through points, arrays of pixels. A point is left out where the straight piece that takes its place passes it
 * within STRAIGHT: all points since the last one kept must be seen from there inside one cone, at growing distances.
 */
function pathOf(xs, ys) {
  const last = xs.length - 1;
  let text = `M${tenth(xs[0])} ${tenth(ys[0])}`;
  let start = 0;
  let far = 0;
  let open = true;
  let [leftX, leftY, rightX, rightY] = [0, 0, 0, 0];
  for (let i = 1; i <= last; i++) {
    let x = xs[i] - xs[start];
    let y = ys[i] - ys[start];
    let distance = Math.hypot(x, y);
    if (distance < far || (!open && (leftX * y - leftY * x > 0 || rightX * y - rightY * x < 0))) {
      start = i - 1;
      text += `L${tenth(xs[start])} ${tenth(ys[start])}`;
      x = xs[i] - xs[start];
      y = ys[i] - ys[start];
      distance = Math.hypot(x, y);
      open = true;
    }
    far = distance;
    if (distance <= STRAIGHT) continue;
    const across = STRAIGHT / distance; // the edges of the cone through this point are (x, y) ± across (-y, x)
    if (open || leftX * (y + across * x) - leftY * (x - across * y) < 0) {
      leftX = x - across * y;
      leftY = y + across * x;
    }
    if (open || rightX * (y - across * x) - rightY * (x + across * y) > 0) {
      rightX = x + across * y;
      rightY = y - across * x;
    }
    open = false;
  }
  return `${text}L${tenth(xs[last])} ${tenth(ys[last])}`;
}

const tenth = (value) => Math.round(10 * value) / 10;

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
