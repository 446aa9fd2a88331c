// The strip at the top: how many, how fresh, what the page depends on, what time it is.

import { h, mark, write } from "./dom.js";
import { CAR, DRONE, FRESH, FRESHNESS, LATE, LOST } from "./fleet.js";
import { DASH, age, date, number, timeOfDay, zoneName } from "./format.js";
import { glyph, setGlyph } from "./glyphs.js";

const COLLECTOR_SILENT = 3; // seconds; it speaks each second

export class Header {
  /** `onFilter({ kind })` or `onFilter({ freshness })` is called when a figure is chosen. */
  constructor(root, onFilter) {
    this.cells = {};
    this.onFilter = onFilter;
    const cell = (name, label, title, extra = {}) => this.cell(name, label, title, extra);
    const state = (level) =>
      cell(FRESHNESS[level], FRESHNESS[level], `Show only what is ${FRESHNESS[level]}`, {
        glyph: setGlyph(glyph(), DRONE, level),
        filter: { freshness: level },
      });
    root.append(
      h(
        "div",
        { class: "brand" },
        h("h1", {}, "Nigehban"),
        h("span", { lang: "ur", dir: "rtl" }, "نگہبان"),
      ),
      h(
        "div",
        { class: "figures", role: "group", "aria-label": "Fleet" },
        cell("airborne", "Airborne", "Drones in the air, of all drones", {
          filter: { kind: DRONE },
        }),
        cell("cars", "Cars reporting", "Cars whose position is not lost, of all cars", {
          filter: { kind: CAR },
        }),
      ),
      h(
        "div",
        { class: "figures", role: "group", "aria-label": "Freshness of positions" },
        state(FRESH),
        state(LATE),
        state(LOST),
      ),
      h(
        "div",
        { class: "figures services", role: "group", "aria-label": "System" },
        cell("intake", "Intake", "Rows that the collector takes in"),
        cell("database", "Database", "The store of history"),
        cell("bus", "Broker", "The live feed between collector and page"),
        cell("link", "Page link", "Age of what this page was last sent"),
      ),
      h(
        "div",
        { class: "clock", title: "The server's clock" },
        (this.local = h("time", { class: "local" }, DASH)),
        (this.utc = h("span", { class: "utc" }, DASH)),
      ),
    );
  }

  cell(name, label, title, { glyph: drawing, filter }) {
    const value = h("span", { class: "value" }, DASH);
    const of = h("span", { class: "of" });
    const parts = [
      h("span", { class: "label" }, label),
      h("span", { class: "reading" }, ...(drawing ? [drawing] : []), value, of),
    ];
    const element = filter
      ? h(
          "button",
          { class: `figure ${name}`, type: "button", title, onclick: () => this.onFilter(filter) },
          ...parts,
        )
      : h("div", { class: `figure ${name}`, title }, ...parts);
    this.cells[name] = { element, value, of };
    return element;
  }

  /** `tally` of the fleet; counts are of what this page knows, connected or not. */
  showTally(tally) {
    this.set("airborne", number(tally.airborne), `/ ${number(tally.byKind[DRONE])}`);
    this.set("cars", number(tally.reporting[CAR]), `/ ${number(tally.byKind[CAR])}`);
    tally.byFreshness.forEach((count, level) => {
      this.set(FRESHNESS[level], number(count), "");
      mark(this.cells[FRESHNESS[level]].element, "none", String(count === 0));
    });
  }

  showChosen({ kind, freshness }) {
    const pressed = { airborne: kind === DRONE, cars: kind === CAR };
    FRESHNESS.forEach((name, level) => (pressed[name] = freshness === level));
    for (const [name, on] of Object.entries(pressed)) {
      this.cells[name].element.setAttribute("aria-pressed", String(on));
    }
  }

  /** `health` is the server's last word, or null; `heard` the ms since it. */
  showHealth(health, state) {
    const live = state === "live" && health !== null;
    const { collector, database, bus } = health ?? {};
    const silent = live && (collector.age === null || collector.age > COLLECTOR_SILENT);
    const rate = live && !silent ? collector.rate : null;
    this.set(
      "intake",
      silent ? "silent" : number(rate),
      rate === null ? "" : "/s",
      silent ? "bad" : "",
    );
    if (silent && collector.age !== null) this.set("intake", "silent", age(collector.age), "bad");
    this.service("database", live ? database : null);
    this.service("bus", live ? bus : null);
  }

  service(name, told) {
    if (!told || told.ok === null) this.set(name, DASH, "", "unknown");
    else this.set(name, told.ok ? "OK" : "away", "", told.ok ? "good" : "bad");
    const { element } = this.cells[name];
    element.title =
      told?.detail ||
      { database: "The store of history", bus: "The live feed between collector and page" }[name];
  }

  showLink(state, silence) {
    const words = { connecting: "…", offline: "lost" };
    this.set(
      "link",
      words[state] ?? age(silence / 1000),
      state === "offline" ? age(silence / 1000) : "",
      state === "offline" ? "bad" : "",
    );
  }

  showTime(ms, zone, live) {
    write(this.local, `${timeOfDay(ms, zone)} ${zoneName(zone)}`);
    write(this.utc, `${date(ms, zone)} · ${timeOfDay(ms, "UTC")} UTC`);
    mark(this.local.parentElement, "live", String(live));
  }

  set(name, value, of, state = "") {
    const cell = this.cells[name];
    write(cell.value, value);
    write(cell.of, of);
    mark(cell.element, "state", state);
  }
}
