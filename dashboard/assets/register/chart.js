// The chart of an asset's battery and link over the last hours or days.

import { h } from "../dom.js";
import { token } from "../shapes.js";
import { t } from "../words.js";

const HEIGHT = 250;
const PATIENCE = 20000; // ms until Dash has loaded Plotly, with the chart of the live page
const LOOK = 50;

let asked = null;

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

export class CourseChart {
  constructor() {
    this.element = h("div", { class: "fleet-chart", role: "img", dir: "ltr" });
    this.element.style.height = `${HEIGHT}px`;
    // It may be drawn before its place is shown, and has no width then.
    new ResizeObserver(() => {
      if (this.element.offsetWidth && this.element.data) window.Plotly.Plots.resize(this.element);
    }).observe(this.element);
  }

  /** Draw what GET /fleet/<key>/course tells, its times in `zone`. */
  async draw(course, zone) {
    const library = await plotly();
    const start = Date.parse(course.start);
    const times = course.battery.map((_, i) => inZone(start + i * course.step * 1000, zone));
    const minutes = course.step / 60;
    const heard = course.heard.map((count) => count / minutes);
    this.element.setAttribute("aria-label", t("fleet.chart"));
    const hasBattery = course.battery.some((value) => value !== null);
    const link = { x: times, y: heard, type: "bar", marker: { color: token("--drone") } };
    const unit = t(`fleet.heard.${course.heard_of}`);
    const data = [{ ...link, hovertemplate: `%{y:.0f}<extra></extra>` }];
    const layout = { ...frame(), annotations: [heading(unit, hasBattery ? 0.42 : 1)] };
    layout.yaxis = { ...axis(), rangemode: "tozero", domain: [0, hasBattery ? 0.34 : 0.9] };
    if (hasBattery) {
      data.push({
        x: times,
        y: course.battery,
        yaxis: "y2",
        mode: "lines",
        connectgaps: false,
        line: { color: token("--late"), width: 1.8 },
        hovertemplate: "%{y:.0f} %<extra></extra>",
      });
      layout.yaxis2 = { ...axis(), range: [0, 103], tickvals: [0, 50, 100], domain: [0.56, 0.92] };
      layout.annotations.push(heading(`${t("fleet.battery")} (%)`, 1));
    }
    await library.react(this.element, data, layout, { displayModeBar: false, responsive: true });
  }
}

function frame() {
  return {
    height: HEIGHT,
    margin: { l: 34, r: 8, t: 12, b: 26 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif", color: token("--text-2") },
    showlegend: false,
    bargap: 0,
    hovermode: "x unified",
    hoverlabel: { bgcolor: token("--ground-1"), font: { color: token("--text-1") } },
    xaxis: { ...axis(), type: "date" },
  };
}

function axis() {
  return {
    gridcolor: token("--line"),
    zeroline: false,
    fixedrange: true,
    nticks: 5,
    tickfont: { size: 11, color: token("--text-2") },
  };
}

function heading(text, y) {
  const font = { size: 12, color: token("--text-2") };
  return { text, xref: "paper", yref: "paper", x: 0, y, xanchor: "left", yanchor: "middle", showarrow: false, font };
}

/** A time as Plotly's axes want it: in the zone, since they know none. */
function inZone(ms, zone) {
  return new Date(ms).toLocaleString("sv-SE", { timeZone: zone });
}
