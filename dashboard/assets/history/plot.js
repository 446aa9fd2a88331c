// Draws figures of the API with the Plotly that Dash loads for the chart of the live page.

import { t } from "../words.js";

const PATIENCE = 20_000; // ms
const LOOK = 50;

const CONFIG = { displayModeBar: false, responsive: true };

/** Plotly, once it is there. Throws if it does not come. */
async function plotly() {
  const end = performance.now() + PATIENCE;
  while (!window.Plotly) {
    if (performance.now() > end) throw new Error(t("history.noplotly"));
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  return window.Plotly;
}

/** Draw `figure` ({ data, layout }) in an element. */
export async function draw(element, figure) {
  const { react } = await plotly();
  await react(element, figure.data, worded(figure.layout), CONFIG);
}

/** The figure as the address of an SVG, `width` CSS pixels wide. */
export async function picture(figure, width) {
  const { toImage } = await plotly();
  const layout = worded(figure.layout);
  const height = layout.height ?? 360;
  return toImage({ data: figure.data, layout }, { format: "svg", width, height });
}

/** Its heading stands above it already; what it says where there is nothing is in our language. */
function worded({ title: _, ...layout }) {
  const annotations = (layout.annotations ?? []).map((one) => ({ ...one, text: t("history.report.nothing") }));
  return { ...layout, annotations, margin: { ...layout.margin, t: 12 } };
}
