// The panel of the chosen asset: what is known of it, how it fared, its flights, who changed what.

import { ApiProblem } from "../api.js";
import { h, mark, write } from "../dom.js";
import { KINDS } from "../fleet.js";
import { DASH, age, date, direction, known, metres, number, timeOfDay, unit } from "../format.js";
import { glyph, setGlyph } from "../glyphs.js";
import { address } from "../router.js";
import { eventDetail, eventWords } from "../stores/cameras.js";
import { rightToLeft, t, told } from "../words.js";
import { CourseChart } from "./chart.js";
import { DRIVES, acrossWords, batteryOf, dueWords, eventAgo, hoursOf, isDue, kilometres, linkLevel, linkWords, nameOf, placeWords, signOf, stateOf, tellAlerts } from "./columns.js";

const WINDOWS = [6, 24, 168]; // hours; dashboard/api/fleet_courses.py says the same
const COURSE_PERIOD = 60000; // ms
const SHOWN = 10;

const FACTS = ["state", "place", "looks", "event", "mode", "battery", "rate", "gps", "ekf", "link", "peer", "firmware", "board", "flown", "driven", "last", "serviced", "since", "alerts", "note"];

export class Side {
  /** `actions` is { edit, camera, service, close }, each called with the key. */
  constructor(root, app, assets, actions) {
    Object.assign(this, { root, app, assets, key: null, hours: WINDOWS[0], drawn: -Infinity, course: null });
    this.glyph = glyph();
    this.name = h("h2", { id: "fleet-side-name", tabindex: "-1" });
    this.second = h("div", { class: "sub data" });
    this.onMap = h("a", { class: "button" }, t("fleet.map"));
    const button = (words, act) => h("button", { type: "button", class: "button", onclick: () => act(this.key) }, words);
    this.service = button(t("fleet.service"), actions.service);
    this.facts = new Map(
      FACTS.map((fact) => [fact, { term: h("dt", {}, t(`fleet.fact.${fact}`)), value: h("dd", { class: "data" }) }]),
    );
    this.alerts = h("a", {});
    this.facts.get("alerts").value.append(this.alerts);
    this.note = h("p", { class: "note", role: "status" });
    this.figure = h("div", { class: "fleet-chart", hidden: true });
    this.chart = new CourseChart(this.figure);
    this.heading = h("h3", {});
    this.windows = h("div", { class: "segments", role: "group", "aria-label": t("fleet.chart") });
    this.flights = h("ul", { class: "fleet-lines" });
    this.flownTitle = h("h3", {});
    this.flown = h("section", {}, this.flownTitle, this.flights);
    this.changes = h("ul", { class: "fleet-lines" });
    root.setAttribute("aria-labelledby", "fleet-side-name");
    root.append(
      h(
        "div",
        { class: "fleet-side-head" },
        this.glyph,
        h("div", { class: "title" }, this.name, this.second),
        h("button", { type: "button", class: "icon", "aria-label": t("panel.close"), title: `${t("panel.close")} (Esc)`, onclick: actions.close }, "×"),
      ),
      h(
        "div",
        { class: "fleet-side-actions" },
        this.onMap,
        button(t("fleet.edit"), actions.edit),
        button(t("fleet.camera"), actions.camera),
        this.service,
      ),
      h("dl", { class: "fleet-facts" }, ...[...this.facts.values()].flatMap(({ term, value }) => [term, value])),
      (this.charted = h("div", { class: "fleet-side-part" }, this.heading, this.windows)),
      this.note,
      this.figure,
      this.flown,
      h("h3", {}, t("fleet.changes")),
      this.changes,
    );
    this.choose(this.hours);
    app.look.addEventListener("change", () => this.load());
  }

  choose(hours) {
    this.hours = hours;
    this.course = null;
    this.windows.replaceChildren(
      ...WINDOWS.map((each) =>
        h(
          "button",
          { type: "button", "aria-pressed": String(each === hours), onclick: () => this.choose(each) },
          windowWords(each),
        ),
      ),
    );
    this.load();
  }

  /** Show an asset; null for none. */
  open(key) {
    if (key === this.key) return;
    this.key = key;
    this.root.hidden = key === null;
    this.version = null;
    this.drawn = -Infinity;
    this.flights.replaceChildren();
    this.changes.replaceChildren();
    write(this.note, "");
    this.figure.hidden = true;
    this.course = null;
    this.load();
    this.refresh();
  }

  /** Each second: what is live. */
  refresh() {
    const row = this.row();
    if (!row) return;
    const { fleet } = this.app;
    const { item } = row;
    const { camera } = item;
    const sign = signOf(fleet, row);
    const [kind] = sign;
    setGlyph(this.glyph, ...sign);
    write(this.name, nameOf(fleet, row));
    const group = item.register?.group;
    write(this.second, [t(`kind.${KINDS[kind]}`), ...(group ? [group] : []), item.now.identity].join(" · "));
    this.flown.hidden = !camera && item.now.kind !== "drone" && item.flown === null;
    write(this.flownTitle, t(camera ? "camera.events" : "fleet.flights"));
    write(this.heading, t(known(batteryOf(fleet, row)) ? "fleet.course" : "fleet.link"));
    this.service.hidden = item.maintenance === null;
    this.charted.hidden = Boolean(camera);
    this.onMap.href = address("live", { [camera ? "camera" : "asset"]: this.key });
    for (const [fact, words] of Object.entries(this.words(row))) {
      const { term, value } = this.facts.get(fact);
      term.hidden = value.hidden = words === null;
      write(value, words ?? "");
    }
    tellAlerts(this.alerts, this.key, item.alerts);
    mark(this.facts.get("state").value, "state", stateOf(fleet, row));
    mark(this.facts.get("since").value, "due", String(isDue(item.maintenance)));
    const version = item.register && `${item.register.version} ${camera?.event?.time}`;
    const due = performance.now() - this.drawn > COURSE_PERIOD;
    if (due || (this.version !== null && version !== this.version)) this.load();
    this.version = version;
  }

  row() {
    const item = this.key === null ? null : this.assets.all.get(this.key);
    return item ? { key: this.key, slot: this.app.fleet.slotOf.get(this.key) ?? -1, item } : null;
  }

  words(row) {
    const { fleet } = this.app;
    const { slot, item } = row;
    const { battery, firmware, flown, link, now, register } = item;
    const percent = batteryOf(fleet, row);
    const comma = t("value.comma");
    // Each part in its own direction, one after the other in the page's.
    const joined = (...parts) => {
      const some = parts.filter(Boolean).map((part) => `\u2068${part}\u2069`);
      return some.length ? (rightToLeft ? "\u200f" : "") + some.join(comma) : null;
    };
    const drone = now.kind === "drone";
    const state = t(`fleet.state.${stateOf(fleet, row)}`);
    return {
      state: item.camera ? state : `${state} · ${slot >= 0 ? age(fleet.age(slot)) : DASH}`,
      ...cameraWords(item.camera, joined, this.app.clock.now()),
      mode: now.mode || null,
      battery: joined(known(percent) && unit(percent, "%"), known(battery.voltage) && unit(battery.voltage, "V", 1), known(battery.current) && unit(battery.current, "A", 1)),
      rate: known(battery.percent_per_hour) ? t("fleet.perhour", { rate: number(battery.percent_per_hour, 0) }) : null,
      gps: item.gps === null ? null : joined(told(`gps.${item.gps}`, item.gps), item.satellites !== null && t("value.satellites", { count: item.satellites }), known(item.hdop) && `HDOP ${number(item.hdop, 1)}`),
      ekf: item.ekf === null ? null : item.ekf.split(", ").map((part) => told(`ekf.${part.toLowerCase()}`, part)).join(comma),
      link: link ? `${t(`fleet.link.${linkLevel(link)}`)} · ${linkWords(link)}` : drone ? t("fleet.link.0") : null,
      peer: link ? joined(link.peer, link.peers > 1 && t("fleet.ways", { count: link.peers })) : null,
      firmware: firmware ? joined([firmware.version, firmware.release].filter(Boolean).join(" "), firmware.git, firmware.autopilot, firmware.type) : drone ? DASH : null,
      board: firmware ? joined(firmware.board && t("fleet.board", { number: firmware.board }), firmware.uid) : null,
      flown: flown ? joined(hoursOf(flown.hours), t("fleet.count", { count: number(flown.flights) })) : drone ? DASH : null,
      driven: DRIVES.has(now.kind) ? this.drivenWords() : null,
      last: flown ? joined(this.moment(flown.last_start), minutes(flown.last_start, flown.last_end), known(flown.last_battery_used) && t("fleet.used", { percent: number(flown.last_battery_used) })) : null,
      serviced: item.maintenance ? this.servicedWords(item) : null,
      since: item.maintenance ? joined(...this.sinceWords(item.maintenance)) : null,
      note: register?.note ?? null,
    };
  }

  /** How long it was under way in the time that the chart shows. */
  drivenWords() {
    const { course } = this;
    if (course === null) return DASH;
    if (course.driven === null) return t("fleet.nottold");
    const { hours, distance } = course.driven;
    return t("fleet.driven", {
      time: age(Math.round(hours * 60) * 60),
      distance: unit(distance / 1000, "km", 1),
      window: windowWords(this.hours),
    });
  }

  /** When it was last serviced, and since when its hours were counted where that is later. */
  servicedWords({ maintenance: { serviced }, register: { first_seen: seen } }) {
    const counted = t("fleet.counted", { time: this.moment(seen) });
    if (!serviced) return `${t("fleet.nottold")} · ${counted}`;
    return Date.parse(serviced) < Date.parse(seen) ? `${this.moment(serviced)} · ${counted}` : this.moment(serviced);
  }

  sinceWords(maintenance) {
    const { hours, distance, days } = maintenance;
    return [
      hoursOf(hours.since),
      distance && kilometres(distance.since),
      known(days.since) && t("fleet.days", { n: number(days.since, 0) }),
      dueWords(maintenance),
    ];
  }

  moment(text) {
    const ms = Date.parse(text);
    const zone = this.app.zone();
    return `${date(ms, zone)} ${timeOfDay(ms, zone).slice(0, 5)}`;
  }

  /** Ask for what the database knows of it. */
  async load() {
    const { key, hours } = this;
    const row = this.row();
    if (row === null) return; // `refresh` asks once it is known what it is
    this.drawn = performance.now();
    const still = () => this.key === key && this.hours === hours;
    try {
      const { api } = this.app;
      if (row.item.camera) {
        const [events, changes] = await Promise.all([
          api.get(`/events?asset=${key}&limit=${SHOWN}`),
          api.get(`/register/${key}/changes?limit=${SHOWN}`),
        ]);
        if (!still()) return;
        write(this.note, "");
        this.figure.hidden = true;
        this.list(this.flights, events.items.map((event) => this.event(event)));
        this.list(this.changes, changes.items.map((change) => this.change(change)));
        return;
      }
      const [course, flights, changes] = await Promise.all([
        api.get(`/fleet/${key}/course?hours=${hours}`),
        api.get(`/fleet/${key}/flights?limit=${SHOWN}`),
        api.get(`/register/${key}/changes?limit=${SHOWN}`),
      ]);
      if (!still()) return;
      this.course = course;
      const blank = !course.heard.some(Boolean);
      write(this.note, blank ? t("fleet.nothing") : "");
      this.figure.hidden = blank;
      if (!blank) await this.chart.show(course, this.app.zone());
      this.list(this.flights, flights.items.map((flight) => this.flight(flight)));
      this.list(this.changes, changes.items.map((change) => this.change(change)));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (still()) write(this.note, t("fleet.refused", { reason: error.detail }));
    }
  }

  list(root, lines) {
    root.replaceChildren(...(lines.length ? lines : [h("li", { class: "none" }, t("fleet.none"))]));
  }

  flight({ start, end, battery_start: from, battery_end: to }) {
    const used = known(from) && known(to) ? `${number(from)} → ${number(to)} %` : "";
    return h("li", {}, h("time", { datetime: start }, this.moment(start)), h("span", { class: "value" }, minutes(start, end)), h("span", { class: "value" }, used));
  }

  event({ time, kind, detail }) {
    const what = h("span", { class: "what" }, eventDetail(detail));
    return h("li", {}, h("time", { datetime: time }, this.moment(time)), h("span", { class: "value" }, eventWords(kind)), what);
  }

  change({ time, who, changes }) {
    const words = Object.entries(changes).map(([field, [before, after]]) =>
      t("fleet.change", { field: t(`fleet.field.${field}`), before: this.valueOf(field, before), after: this.valueOf(field, after) }),
    );
    return h("li", {}, h("time", { datetime: time }, this.moment(time)), h("span", { class: "who" }, who), h("span", { class: "what" }, words.join(t("value.comma"))));
  }

  valueOf(field, value) {
    if (value === null) return DASH;
    if (field === "shown_kind") return t(`kind.${value}`);
    if (field === "maintained_time") return this.moment(value);
    if (field === "uncounted_distance") return kilometres(value);
    if (field === "camera")
      return Object.entries(value).map(([said, each]) => `${t(`fleet.camera.${said}`)} ${each}`).join(" · ");
    if (typeof value === "boolean") return t(value ? "fleet.yes" : "fleet.no");
    return String(value);
  }
}

/** What is known of a fixed camera alone; nothing of what is none. */
function cameraWords(camera, joined, now) {
  if (!camera) return { place: null, looks: null, event: null };
  const { heading, across, reach, latitude, event } = camera;
  return {
    place: known(latitude) ? placeWords(camera) : t("camera.unknown"),
    looks: joined(known(heading) && direction(heading), known(across) && acrossWords(camera), known(reach) && metres(reach)) ?? t("camera.unknown"),
    event: event ? eventAgo(camera, now) : t("camera.noevent"),
  };
}

function windowWords(hours) {
  return hours < 48 ? t("fleet.window.hours", { n: hours }) : t("fleet.window.days", { n: hours / 24 });
}

function minutes(start, end) {
  return t("age.minutes", { n: Math.max(1, Math.round((Date.parse(end) - Date.parse(start)) / 60000)) });
}
