// The panel of the selected asset: what is live. The chart and the texts below it are Dash's.

import { h, mark, write } from "./dom.js";
import { CAR, DRONE, FRESHNESS, KINDS, LOW_BATTERY } from "./fleet.js";
import { DASH, age, direction, known, metres, number, place, speed, unit } from "./format.js";
import { glyph, setGlyph } from "./glyphs.js";
import { t, together, told } from "./words.js";

const LATE_STATUS = { drone: 5, car: 60, officer: 60, post: 150, camera: 150, unknown: 60 }; // seconds: states come slower than positions
const LOST_STATUS = { drone: 15, car: 300, officer: 300, post: 600, camera: 600, unknown: 300 };

// Name (its label is the word field.<name>), which age it has, and how it is written; `for` the
// kinds that have it.
const BIG = [
  { name: "height", by: "position", of: (d) => metres(d.height), for: "drone" },
  {
    name: "speed",
    by: "position",
    of: (d) => speed(d.speed, d.kind === "car" ? CAR : DRONE),
  },
  {
    name: "battery",
    by: "status",
    of: (d) => unit(d.battery_percent, "%"),
    for: "drone",
  },
  { name: "heading", by: "position", of: (d) => direction(d.heading) },
];

const SMALL = [
  { name: "mode", by: "status", of: (d) => d.mode ?? DASH, for: "drone" },
  {
    name: "armed",
    by: "status",
    of: (d) => ({ 0: t("value.disarmed"), 1: t("value.armed") })[d.armed] ?? DASH,
    for: "drone",
  },
  {
    name: "airborne",
    by: "status",
    of: (d) => (d.airborne === null ? DASH : t(d.airborne ? "value.yes" : "value.onground")),
    for: "drone",
  },
  { name: "volts", by: "status", of: (d) => volts(d), for: "drone" },
  {
    name: "climb",
    by: "position",
    of: (d) => unit(d.climb, "m/s", 1),
    for: "drone",
  },
  {
    name: "altitude",
    by: "position",
    of: (d) => (known(d.altitude) ? t("value.abovesea", { metres: metres(d.altitude) }) : DASH),
  },
  { name: "gps", by: "status", of: (d) => gps(d), for: "drone" },
  {
    name: "ekf",
    by: "status",
    of: (d) => ekf(d),
    for: "drone",
    bad: (d) => d.ekf !== null && d.ekf !== "Good",
  },
  {
    name: "home",
    by: "position",
    of: (d) =>
      known(d.home_distance)
        ? t("value.home", {
            metres: metres(d.home_distance),
            direction: direction(d.home_bearing),
          })
        : DASH,
    for: "drone",
  },
  {
    name: "accuracy",
    by: "position",
    of: (d) => (known(d.accuracy) ? `± ${metres(d.accuracy)}` : DASH),
    for: "car",
  },
  {
    name: "phone-battery",
    by: "status",
    of: (d) => unit(d.battery_percent, "%"),
    for: "car",
  },
  {
    name: "place",
    by: "position",
    of: (d) => place(d.latitude, d.longitude),
    wide: true,
  },
];

const AGES = [
  { name: "position", of: "position_time" },
  { name: "status", of: "status_time" },
  { name: "link", of: "heard_time" },
];

export class Panel {
  constructor(section, root, fleet, { onClose, onCentre }) {
    this.section = section;
    section.setAttribute("aria-label", t("panel.label"));
    this.fleet = fleet;
    this.detail = null;
    this.key = null;
    this.fields = {};
    this.glyph = glyph();
    this.name = h("h2", { id: "panel-name" });
    this.identity = h("span", { class: "identity" });
    this.kind = h("span", { class: "kind" });
    this.badge = h("span", { class: "badge", role: "status" });
    const field = ({ name, wide }) => {
      const value = h("span", { class: "value", "data-field": name }, DASH);
      const element = h(
        "div",
        { class: wide ? "field wide" : "field" },
        h("span", { class: "label", title: told(`tip.${name}`, null) }, t(`field.${name}`)),
        value,
      );
      this.fields[name] = { element, value };
      return element;
    };
    this.ages = h(
      "div",
      { class: "ages" },
      ...AGES.map((entry) => field({ ...entry, name: `${entry.name}-age` })),
    );
    root.append(
      h(
        "div",
        { class: "panel-head" },
        this.glyph,
        h(
          "div",
          { class: "title" },
          this.name,
          h("div", { class: "sub" }, this.kind, this.identity),
        ),
        h(
          "button",
          {
            type: "button",
            class: "icon",
            title: `${t("panel.centre")} (C)`,
            "aria-label": t("panel.centre"),
            onclick: onCentre,
          },
          svg("M12 3v4M12 17v4M3 12h4M17 12h4M12 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z"),
        ),
        h(
          "button",
          {
            type: "button",
            class: "icon",
            title: `${t("panel.close")} (Esc)`,
            "aria-label": t("panel.close"),
            onclick: onClose,
          },
          svg("M6 6l12 12M18 6L6 18"),
        ),
      ),
      h("div", { class: "freshness-bar" }, this.badge, this.ages),
      h("div", { class: "big" }, ...BIG.map(field)),
      h("div", { class: "small" }, ...SMALL.map(field)),
    );
  }

  /** Show an asset by its slot; nothing of the last one stays. */
  open(slot) {
    this.slot = slot;
    this.key = this.fleet.keys[slot];
    this.detail = null;
    this.section.hidden = false;
    this.refresh();
  }

  close() {
    this.key = null;
    this.detail = null;
    this.section.hidden = true;
  }

  /** Take a `detail` message. */
  take(detail) {
    if (detail.key === this.key) {
      this.detail = detail;
      this.refresh();
    }
  }

  /** Write what is known, and how old it is now. */
  refresh() {
    if (this.key === null) return;
    const { fleet, slot, detail } = this;
    const level = fleet.freshness[slot];
    const kind = KINDS[fleet.kind[slot]];
    setGlyph(this.glyph, fleet.kind[slot], level, fleet.grounded(slot));
    write(this.name, fleet.names[slot]);
    write(this.kind, t(`kind.${kind}`));
    write(this.identity, fleet.identities[slot]);
    mark(this.section, "freshness", FRESHNESS[level]);
    mark(this.section, "kind", kind);
    const seconds = fleet.age(slot);
    write(this.badge, seconds === Infinity ? t("panel.never") : t(`freshness.${FRESHNESS[level]}`));
    const now = fleet.clock.now();
    const elapsed = (time) => (known(time) ? Math.max(0, (now - time) / 1000) : NaN);
    const ages = {
      position: detail ? elapsed(detail.position_time) : NaN,
      status: detail ? elapsed(detail.status_time) : NaN,
    };
    const staleness = {
      position: FRESHNESS[level],
      status:
        !known(ages.status) || ages.status > LOST_STATUS[kind]
          ? "lost"
          : ages.status > LATE_STATUS[kind]
            ? "late"
            : "fresh",
    };
    for (const { name, of } of AGES)
      write(this.fields[`${name}-age`].value, age(detail ? elapsed(detail[of]) : NaN));
    mark(this.fields["position-age"].element, "freshness", staleness.position);
    mark(
      this.fields["status-age"].element,
      "freshness",
      known(ages.status) ? staleness.status : "fresh",
    );
    for (const entry of [...BIG, ...SMALL]) {
      const { element, value } = this.fields[entry.name];
      element.hidden = entry.for !== undefined && entry.for !== kind;
      const text = detail ? entry.of(detail) : DASH;
      write(value, text);
      mark(element, "freshness", text === DASH ? "none" : staleness[entry.by]);
      mark(element, "bad", String(Boolean(detail && entry.bad?.(detail))));
    }
    const low = detail && known(detail.battery_percent) && detail.battery_percent <= LOW_BATTERY;
    mark(this.fields.battery.element, "low", String(Boolean(low)));
  }
}

function volts(d) {
  if (!known(d.battery_voltage)) return DASH;
  const current = known(d.battery_current) ? `, ${number(d.battery_current, 1)} A` : "";
  return `${number(d.battery_voltage, 1)} V${current}`;
}

function gps(d) {
  if (d.gps === null) return DASH;
  const parts = [told(`gps.${d.gps}`, d.gps)];
  if (known(d.satellites)) parts.push(t("value.satellites", { count: d.satellites }));
  if (known(d.hdop)) parts.push(`HDOP ${number(d.hdop, 1)}`);
  return together(parts.join(t("value.comma")));
}

function ekf(d) {
  if (d.ekf === null) return DASH;
  const parts = d.ekf.split(", ").map((part) => told(`ekf.${part.toLowerCase()}`, part));
  return parts.join(t("value.comma"));
}

function svg(path) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  icon.append(line);
  return icon;
}
