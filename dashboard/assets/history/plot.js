// Draws figures of the API.

import { CONFIG, plotly } from "../plot.js";

/** Draw `figure` ({ data, layout }) in an element. */
export async function draw(element, figure) {
  const { react } = await plotly();
  await react(element, figure.data, worded(figure.layout), { ...CONFIG, responsive: true });
}

/** The figure as the address of an SVG, `width` CSS pixels wide. */
export async function picture(figure, width) {
  const { toImage } = await plotly();
  const layout = worded(figure.layout);
  const height = layout.height ?? 360;
  return toImage({ data: figure.data, layout, config: CONFIG }, { format: "svg", width, height });
}

/** Its heading stands above it already. */
function worded({ title: _, ...layout }) {
  const top = layout.xaxis?.side === "top" ? 40 : 12;
  return { ...layout, margin: { ...layout.margin, t: top } };
}
