// Colours. Those of models come from Python's one map of models to looks; where the page is dark they are made lighter.

const LIGHT = {
  paper: "#ffffff", ink: "#1a1a1a", muted: "#595959", excluded: "#dcdcdc", reach: "#f6c46b", measured: "#bcd9f2", mine: "#b3261e",
};
const DARK = {
  paper: "#14171a", ink: "#ececec", muted: "#a8adb3", excluded: "#30343a", reach: "#7a5a1c", measured: "#1f4560", mine: "#ff8a80",
};
const FONT = "'DejaVu Sans', Verdana, 'Helvetica Neue', Arial, sans-serif";

const asked = (query) => window.matchMedia(query).matches;
/** Paper is white, whatever the screen is. */
const themeNow = () => (asked("(prefers-color-scheme: dark)") && !asked("print") ? DARK : LIGHT);

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** Relative luminance of "#rrggbb", as the Web Content Accessibility Guidelines define it. */
function luminance(colour) {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of two colours, from 1 to 21. */
function contrast(one, two) {
  const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const READABLE = 4.5;
const onDark = new Map();
/** A colour on the paper of a theme: as it is on white; on a dark one mixed with white until it can be read, black the ink. */
function shade(colour, theme) {
  if (theme !== DARK) return colour;
  if (luminance(colour) === 0) return theme.ink;
  if (!onDark.has(colour)) {
    const mixed = (part) => `#${channels(colour).map((value) => Math.round(value + (255 - value) * part).toString(16).padStart(2, "0")).join("")}`;
    const steps = Array.from({ length: 21 }, (_, i) => mixed(i / 20));
    onDark.set(colour, steps.find((item) => contrast(item, theme.paper) >= READABLE));
  }
  return onDark.get(colour);
}

/** Colour and marker of a line: the model's, or the person's own. */
function looks(line, theme) {
  if (!line.model) return { colour: theme.mine, shape: "star" };
  return { colour: shade(line.model.colour, theme), shape: line.model.marker };
}
