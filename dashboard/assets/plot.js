// Plotly's charts in the page's own colours. The library is that which Dash loads for its own chart.

import { h } from "./dom.js";
import { token } from "./shapes.js";

const PATIENCE = 20_000; // ms
const LOOK = 50;
const FONT = "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif";

let asked = null;

/** Plotly, as soon as it is there. Throws an Error if it does not come. */
function plotly() {
  asked ??= new Promise((resolve, reject) => {
    const since = performance.now();
    const look = () => {
      if (window.Plotly) resolve(window.Plotly);
      else if (performance.now() - since > PATIENCE) {
        asked = null;
        reject(new Error("Plotly was not loaded"));
      } else setTimeout(look, LOOK);
    };
    look();
  });
  return asked;
}

export class Chart {
  /** `label` says in words what the chart shows. */
  constructor(root, { label, height = 220 }) {
    this.height = height;
    this.element = h("div", { class: "plot", role: "img", "aria-label": label, dir: "ltr" });
    this.element.style.height = `${height}px`;
    root.append(this.element);
    this.said = "";
    // Plotly itself only hears of the window's size.
    new ResizeObserver(() => {
      if (this.element.clientWidth && this.element.classList.contains("js-plotly-plot"))
        window.Plotly.Plots.resize(this.element);
    }).observe(this.element);
  }

  /** Draw, unless it is drawn so already. */
  async draw(data, layout = {}) {
    const said = JSON.stringify([data, layout, document.documentElement.dataset.theme]);
    if (said === this.said) return;
    this.said = said;
    const library = await plotly();
    if (this.said !== said) return; // another was asked for meanwhile
    await library.react(this.element, data, layoutOf(layout, this.height), {
      displayModeBar: false,
    });
  }
}

function layoutOf({ xaxis = {}, yaxis = {}, ...rest }, height) {
  const axis = {
    gridcolor: token("--line"),
    linecolor: token("--line-strong"),
    zeroline: false,
    fixedrange: true,
    automargin: true,
    tickfont: { size: 11.5, color: token("--text-2") },
  };
  const more = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [name, /^[xy]axis\d/.test(name) ? { ...axis, ...value } : value]),
  );
  return {
    height,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: FONT, size: 12, color: token("--text-2") },
    margin: { l: 40, r: 12, t: 12, b: 32 },
    showlegend: false,
    hoverlabel: {
      bgcolor: token("--ground-1"),
      bordercolor: token("--line-strong"),
      font: { color: token("--text-1") },
    },
    ...more,
    xaxis: { ...axis, ...xaxis },
    yaxis: { ...axis, ...yaxis },
  };
}
