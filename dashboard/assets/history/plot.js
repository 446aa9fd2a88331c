// Draws figures of the API.

import { CONFIG, plotly } from "../plot.js";
import { t } from "../words.js";

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

/** Its heading stands above it already; what it says where there is nothing is in our language. */
function worded({ title: _, ...layout }) {
  const annotations = (layout.annotations ?? []).map((one) => ({ ...one, text: t("history.report.nothing") }));
  return { ...layout, annotations, margin: { ...layout.margin, t: 12 } };
}
