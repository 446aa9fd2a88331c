// Plotly's charts in the page's own colours. The library is Dash's, loaded with the first chart.

import { h, write } from "./dom.js";
import { token } from "./shapes.js";
import { LOCALE, language, rightToLeft, t } from "./words.js";

const LIBRARY = "/_dash-component-suites/plotly/package_data/plotly.min.js";
const FONT = "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif";

const WORDS = { month: "%b %Y", dayMonth: "%-d %b", dayMonthYear: "%-d %b %Y" };
/** An axis runs from left to right: with a month's name in between, figures would change places. */
const FIGURES = { month: "%m.%Y", dayMonth: "%d.%m.", dayMonthYear: "%d.%m.%Y" };

/** What Plotly is told with each chart: no buttons over it, days and months in our language. */
export const CONFIG = { displayModeBar: false, locale: language, locales: { [language]: locale() } };

let loading = null;

/** Plotly, once it is there. Throws an Error that can be shown if it does not come. */
export async function plotly() {
  if (!window.Plotly) {
    loading ??= load();
    await loading;
  }
  return window.Plotly;
}

function load() {
  return new Promise((resolve, reject) => {
    const script = h("script", { src: LIBRARY });
    script.onload = resolve;
    script.onerror = () => {
      loading = null; // it is tried again with the next chart
      script.remove();
      reject(new Error(t("chart.missing")));
    };
    document.head.append(script);
  });
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
      if (this.element.clientWidth && this.made) window.Plotly.Plots.resize(this.element);
    }).observe(this.element);
  }

  /** Whether Plotly has drawn in it. */
  get made() {
    return this.element.classList.contains("js-plotly-plot");
  }

  /** Draw, unless it is drawn so already. */
  async draw(data, layout = {}) {
    const said = JSON.stringify([data, layout, document.documentElement.dataset.theme]);
    if (said === this.said) return;
    this.said = said;
    let library;
    try {
      library = await plotly();
    } catch (error) {
      this.said = "";
      write(this.element, error.message);
      return;
    }
    if (this.said !== said) return; // another was asked for meanwhile
    if (!this.made) write(this.element, ""); // that it did not come in time
    await library.react(this.element, data, layoutOf(layout, this.height), CONFIG);
  }
}

/** Days and months as the browser knows them, the day before the month. */
function locale() {
  const names = (count, options, at) =>
    Array.from({ length: count }, (_, i) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options }).format(at(i)));
  const months = (month) => names(12, { month }, (i) => Date.UTC(2026, i, 1));
  const days = (weekday) => names(7, { weekday }, (i) => Date.UTC(2026, 1, 1 + i)); // a Sunday first
  return {
    dictionary: {},
    format: {
      days: days("long"),
      shortDays: days("short"),
      months: months("long"),
      shortMonths: months("short"),
      date: "%d.%m.%Y",
      ...(rightToLeft ? FIGURES : WORDS),
    },
  };
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
