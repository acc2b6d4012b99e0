// Colours. Okabe-Ito by luminance, as nutau/figures/style.py; lighter where the page is dark.

const LIGHT = {
  paper: "#ffffff", ink: "#1a1a1a", muted: "#595959", grid: "#e3e3e3",
  excluded: "#dcdcdc", reach: "#f6c46b", measured: "#bcd9f2", mine: "#b3261e", models: null,
};
const DARK = {
  paper: "#14171a", ink: "#ececec", muted: "#a8adb3", grid: "#2b3036",
  excluded: "#30343a", reach: "#7a5a1c", measured: "#1f4560", mine: "#ff8a80",
  models: { "#000000": "#f2f2f2", "#0072B2": "#4aa8e8", "#D55E00": "#ff8c42", "#009E73": "#2ecc9b", "#7A7A7A": "#a9a9a9" },
};
const FONT = "'DejaVu Sans', Verdana, 'Helvetica Neue', Arial, sans-serif";

const dark = () => window.matchMedia("(prefers-color-scheme: dark)").matches;
const themeNow = () => (dark() ? DARK : LIGHT);

/** Colour and marker of a line: the model's, or the person's own. */
function looks(line, theme) {
  if (!line.model) return { colour: theme.mine, shape: "star" };
  return { colour: theme.models?.[line.model.colour] ?? line.model.colour, shape: line.model.marker };
}
