// The chart of an asset's battery and link over the last hours or days.

import { Chart } from "../plot.js";
import { token } from "../shapes.js";
import { t } from "../words.js";
import { inZone } from "../zones.js";

const HEIGHT = 250;
const LINK = [0, 0.34]; // of the height, below the battery
const LINK_ALONE = [0, 0.9];
const BATTERY = [0.56, 0.92];

export class CourseChart extends Chart {
  constructor(root) {
    super(root, { label: t("fleet.chart"), height: HEIGHT });
  }

  /** Show what GET /fleet/<key>/course tells, its times in `zone`. */
  async show(course, zone) {
    const start = Date.parse(course.start);
    const times = course.heard.map((_, i) => inZone(start + i * course.step * 1000, zone));
    const minutes = course.step / 60;
    const hasBattery = course.battery.some((value) => value !== null);
    const domain = hasBattery ? LINK : LINK_ALONE;
    const data = [
      {
        x: times,
        y: course.heard.map((count) => count / minutes),
        type: "bar",
        marker: { color: token("--drone") },
        hovertemplate: "%{y:.0f}<extra></extra>",
      },
    ];
    const layout = {
      margin: { l: 34, r: 8, t: 12, b: 26 },
      bargap: 0,
      hovermode: "x unified",
      xaxis: { type: "date", nticks: 5 },
      yaxis: { rangemode: "tozero", domain, nticks: 4 },
      annotations: [heading(t(`fleet.heard.${course.heard_of}`), "y")],
    };
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
      layout.yaxis2 = { range: [0, 103], tickvals: [0, 50, 100], domain: BATTERY };
      layout.annotations.push(heading(`${t("fleet.battery")} (%)`, "y2"));
    }
    await this.draw(data, layout);
  }
}

/** What an axis is of, above it. */
function heading(text, axis) {
  const font = { size: 12, color: token("--text-2") };
  return { text, xref: "paper", x: 0, xanchor: "left", yref: `${axis} domain`, y: 1, yanchor: "bottom", showarrow: false, font };
}
