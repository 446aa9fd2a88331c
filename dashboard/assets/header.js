// The strip at the top: how many, how fresh, what needs attention, what the page depends on, who is
// here and what time it is. A figure is a link to the list of what it counts.

import { h, mark, write } from "./dom.js";
import { CAR, DRONE, FRESHNESS, LATE, LOST } from "./fleet.js";
import { DASH, age, date, number, timeOfDay, zoneName } from "./format.js";
import { glyph, setGlyph } from "./glyphs.js";
import { address } from "./router.js";
import { t } from "./words.js";

const QUIET = 1; // seconds; the server sends a frame twice a second
const COLLECTOR_SILENT = 3; // seconds; it speaks each second

export class Header {
  constructor(root, { look, operator }) {
    this.cells = {};
    const live = (params) => address("live", params);
    const state = (level) =>
      this.cell(FRESHNESS[level], live({ freshness: FRESHNESS[level] }), {
        glyph: setGlyph(glyph(), DRONE, level),
      });
    const group = (name, words, ...cells) =>
      h("div", { class: `figures ${name}`, role: "group", "aria-label": words }, ...cells);
    root.append(
      h(
        "a",
        { class: "brand", href: live({}) },
        h("span", { class: "brand-name", lang: "en" }, "Nigehban"),
        h("span", { class: "brand-urdu", lang: "ur", dir: "rtl" }, "نگہبان"),
      ),
      group(
        "fleet",
        t("header.fleet"),
        this.cell("airborne", live({ state: "airborne" })),
        this.cell("task", live({ state: "task" }), { absent: true }),
        this.cell("cars", live({ kind: "car" })),
        state(LATE),
        state(LOST),
        this.cell("low", live({ state: "low" })),
      ),
      group(
        "attention",
        t("header.attention"),
        this.cell("alerts", address("alerts"), { absent: true }),
        this.cell("flood", address("alerts", { tab: "figures" }), { absent: true }),
      ),
      group(
        "services",
        t("header.system"),
        this.cell("intake", live({})),
        this.cell("database"),
        this.cell("bus"),
        this.cell("link", live({ freshness: FRESHNESS[LATE] })),
      ),
      (this.clock = h(
        "button",
        { type: "button", class: "clock", title: t("settings.zone"), onclick: () => look.turnZone() },
        (this.local = h("time", { class: "local" }, DASH)),
        (this.other = h("span", { class: "utc" }, DASH)),
      )),
      (this.who = h(
        "button",
        {
          type: "button",
          class: "operator",
          title: t("settings.name"),
          onclick: () => operator.change(),
        },
        h("span", {}),
      )),
    );
    operator.addEventListener("change", () => this.showOperator(operator.known));
    this.showOperator(operator.known);
  }

  /** A figure; with `href` a link. `absent` hides it until it is set. */
  cell(name, href = null, { glyph: drawing = null, absent = false } = {}) {
    const value = h("span", { class: "value" }, DASH);
    const of = h("span", { class: "of" });
    const element = h(
      href ? "a" : "div",
      { class: `figure ${name}`, title: t(`header.${name}.title`), href, hidden: absent },
      h("span", { class: "label" }, t(`header.${name}`)),
      h("span", { class: "reading" }, ...(drawing ? [drawing] : []), value, of),
    );
    this.cells[name] = { element, href, value, of };
    return element;
  }

  /** `tally` of the fleet; counts are of what this page knows, connected or not. */
  showTally(tally) {
    this.set("airborne", number(tally.airborne), `/ ${number(tally.byKind[DRONE])}`);
    this.set("cars", number(tally.reporting[CAR]), `/ ${number(tally.byKind[CAR])}`);
    for (const level of [LATE, LOST]) this.count(FRESHNESS[level], tally.byFreshness[level]);
    this.count("low", tally.low);
  }

  /** A figure that is quiet at 0. */
  count(name, value) {
    this.set(name, number(value), "");
    mark(this.cells[name].element, "none", String(value === 0));
  }

  /** Which figure's list the live page shows: the `chosen` of its ListFilter. */
  showChosen({ kind, freshness, state }) {
    const shown = {
      airborne: state === "airborne",
      low: state === "low",
      task: state === "task",
      cars: kind === CAR,
      late: freshness === LATE,
      lost: freshness === LOST,
    };
    for (const [name, on] of Object.entries(shown)) {
      const { element, href } = this.cells[name];
      if (on) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
      element.href = on ? address("live") : href; // once more shows all again
    }
  }

  /** How many alerts are active, and how many of them nobody has acknowledged. */
  setAlerts(active, waiting) {
    this.set("alerts", number(active), waiting ? `/ ${number(waiting)}` : "", waiting ? "bad" : "");
    mark(this.cells.alerts.element, "none", String(active === 0));
  }

  /** The load of alerts in words that are translated already; `state` is "good", "bad" or "". */
  setFlood(words, state) {
    this.set("flood", words, "", state);
  }

  /** How many drones fly by a plan or an order. */
  setTask(count) {
    this.count("task", count);
  }

  /** `health` is the server's last word, or null. */
  showHealth(health, state) {
    const live = state === "live" && health !== null;
    const { collector, database, bus } = health ?? {};
    const silent = live && (collector.age === null || collector.age > COLLECTOR_SILENT);
    if (silent) {
      const since = collector.age === null ? "" : age(collector.age);
      this.set("intake", t("header.silent"), since, "bad");
    } else {
      const rate = live ? collector.rate : null;
      this.set("intake", number(rate), rate === null ? "" : t("header.persecond"));
    }
    this.service("database", live ? database : null);
    this.service("bus", live ? bus : null);
  }

  service(name, told) {
    if (!told || told.ok === null) this.set(name, DASH, "", "unknown");
    else this.set(name, t(told.ok ? "header.ok" : "header.away"), "", told.ok ? "good" : "bad");
    this.cells[name].element.title = told?.detail || t(`header.${name}.title`);
  }

  /** `latency` is seconds from fix to page, or null; a silence that is longer is told instead. */
  showLink(state, silence, latency) {
    const offline = state === "offline";
    const words = { connecting: "…", offline: t("header.lostlink") };
    const quiet = silence / 1000;
    const told = age(offline || quiet > QUIET ? quiet : latency);
    this.set("link", words[state] ?? told, offline ? told : "", offline ? "bad" : "");
  }

  /** The time in `zone` large, and small in the other of UTC and `home`. */
  showTime(ms, zone, home, live) {
    const other = zone === "UTC" ? home : "UTC";
    write(this.local, `${timeOfDay(ms, zone)} ${zoneName(zone)}`);
    write(this.other, `${date(ms, zone)} · ${timeOfDay(ms, other)} ${zoneName(other)}`);
    mark(this.clock, "live", String(live));
  }

  showOperator(name) {
    write(this.who.firstChild, name ?? t("operator.none"));
    mark(this.who, "known", String(name !== null));
  }

  set(name, value, of, state = "") {
    const cell = this.cells[name];
    cell.element.hidden = false;
    write(cell.value, value);
    write(cell.of, of);
    mark(cell.element, "state", state);
  }
}
