// The flights of a day by drone, the battery's turnround after each. Time runs from left to right in
// every language.

import { h } from "../dom.js";
import { t } from "../words.js";
import { clockOf } from "../zones.js";

const MINUTE = 60000;
const STEPS = [5, 10, 15, 30, 60, 120, 180, 240]; // minutes between two lines
const LINES = 9; // at most
const LEVEL = 32; // px of one row
const EDGE_TOP = 4;
const EDGE = 10 * MINUTE; // shown before the first and after the last

/** The elements of it; `choose(run)` is called when a flight is chosen; `now` is ms since 1970. */
export function gantt(runs, { zone, title, now, conflicts, chosen, choose }) {
  const flights = runs
    .filter(({ state }) => state !== "cancelled")
    .flatMap((run) => run.flights.map((flight) => ({ run, ...flight })));
  const head = h("h2", {}, title);
  if (!flights.length) return [head, h("p", { class: "hint" }, t("plan.gantt.none"))];
  const axis = axisOf(flights);
  const rows = Map.groupBy(flights, (one) => one.asset ?? `${one.drone} ${one.run.id}`);
  const percent = (ms) => `${((100 * ms) / (axis.end - axis.begin)).toFixed(3)}%`;
  const at = (time) => percent(new Date(time).getTime() - axis.begin);
  const width = (begin, end) => percent(Date.parse(end) - Date.parse(begin));
  const bar = (one, level) => {
    const top = `top: ${EDGE_TOP + level * LEVEL}px`;
    const against = conflicts.some(
      (other) => (other.run === one.run.id && other.sortie === one.sortie) || (other.other_run === one.run.id && other.other_sortie === one.sortie),
    );
    const words = `${one.run.name}, ${one.sortie}: ${clockOf(one.start, zone)}–${clockOf(one.end, zone)}${against ? `, ${t("plan.gantt.conflict")}` : ""}`;
    return [
      h("span", { class: "turnround", style: `${top}; left: ${at(one.end)}; width: ${width(one.end, one.ready)}`, title: t("plan.gantt.turnround", { clock: clockOf(one.ready, zone) }) }),
      h(
        "button",
        {
          type: "button",
          class: "flight",
          style: `${top}; left: ${at(one.start)}; width: ${width(one.start, one.end)}`,
          "data-state": one.run.state,
          "data-conflict": String(against),
          "data-focus": `flight-${one.run.id}-${one.sortie}`,
          "aria-pressed": String(one.run.id === chosen),
          "aria-label": words,
          title: words,
          onclick: () => choose(one.run),
        },
        against ? "⚠" : "",
      ),
    ];
  };
  const present = now > axis.begin && now < axis.end ? [h("span", { class: "now", style: `left: ${at(now)}`, title: t("plan.gantt.now", { clock: clockOf(now, zone) }) })] : [];
  const lines = axis.ticks.map((ms) => h("span", { class: "tick", style: `left: ${at(ms)}` }, clockOf(ms, zone)));
  return [
    head,
    h(
      "div",
      { class: "plan-gantt", dir: "ltr" },
      h("div", { class: "axis" }, h("span", { class: "who" }), h("span", { class: "lane", "aria-hidden": "true" }, ...lines)),
      ...[...rows.values()].map(levelled).map(({ row, levels, most }) =>
        h(
          "div",
          { class: "drone-row", role: "group", style: `min-height: ${most * LEVEL}px`, "aria-label": row[0].asset_name ?? row[0].drone },
          h("span", { class: "who" }, row[0].asset_name ?? t("plan.gantt.nobody", { drone: row[0].drone })),
          h("span", { class: "lane" }, ...axis.ticks.map((ms) => h("span", { class: "line", style: `left: ${at(ms)}` })), ...row.flatMap((one, i) => bar(one, levels[i])), ...present.map((line) => line.cloneNode())),
        ),
      ),
    ),
    h("p", { class: "hint plan-gantt-legend" }, h("span", { class: "swatch flight" }), t("plan.gantt.legend.flight"), h("span", { class: "swatch turnround" }), t("plan.gantt.legend.turnround"), h("span", { class: "swatch conflict" }), t("plan.gantt.legend.conflict")),
  ];
}

/** Flights of a drone that overlap, as they must not, lie one below the other. */
function levelled(row) {
  const free = []; // when each level is free again
  const levels = row.map((one) => {
    const at = free.findIndex((until) => until <= Date.parse(one.start));
    const level = at < 0 ? free.length : at;
    free[level] = Date.parse(one.end);
    return level;
  });
  return { row, levels, most: free.length };
}

/** From before the first to after the last, and where lines stand. */
function axisOf(flights) {
  const begin = Math.min(...flights.map(({ start }) => Date.parse(start))) - EDGE;
  const end = Math.max(...flights.map(({ ready }) => Date.parse(ready))) + EDGE;
  const step = (STEPS.find((minutes) => (end - begin) / (minutes * MINUTE) <= LINES) ?? STEPS.at(-1)) * MINUTE;
  const ticks = [];
  for (let at = Math.ceil(begin / step) * step; at < end; at += step) ticks.push(at);
  return { begin, end, ticks };
}
