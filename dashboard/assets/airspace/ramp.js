// The colours of heat maps: cividis, which people with any colour vision read in the same order
// (Nuñez, Anderton and Renslow 2018). What is most stands out most from the ground of the theme.

const CIVIDIS = ["#00224e", "#2a3f6d", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838"];

/** From the least to the most. */
export function rampColours() {
  return document.documentElement.dataset.theme === "light" ? [...CIVIDIS].reverse() : CIVIDIS;
}

/** The same as Plotly has it, with none at all in the colour of the ground. */
export function rampScale(ground) {
  const colours = rampColours();
  return [[0, ground], ...colours.map((colour, i) => [0.001 + (0.999 * i) / (colours.length - 1), colour])];
}
