// The sensors: how each is, when it was heard last, how much it tells; and what happened to them.

import { h, mark, write } from "../dom.js";
import { age, number } from "../format.js";
import { Scroll } from "../scroll.js";
import { Spans } from "../spans.js";
import { Table } from "../table.js";
import { t, told } from "../words.js";
import { dayAndTime } from "../zones.js";

const HOURS = [24, 1, 168, 720];
const PAGE = 500;
const ORDER = ["lost", "silent", "quiet", "off", "ok"];

export class SensorsTab {
  /** `on.filter(params)`. */
  constructor(root, { api, contacts, clock, zone, on }) {
    this.contacts = contacts;
    this.said = null;
    const cell = (id, width, tell, sort = tell) => ({
      id,
      width,
      label: t(`sensors.${id}`),
      sort,
      write: (element, sensor) => {
        write(element, tell(sensor));
        element.title = tell(sensor);
      },
    });
    const state = {
      ...cell("state", "150px", ({ state: name }) => t(`sensors.state.${name}`), (sensor) => ORDER.indexOf(sensor.state)),
      write: (element, sensor) => {
        element.classList.add("sensor-state");
        mark(element, "state", sensor.state);
        write(element, told(`sensors.state.${sensor.state}`, sensor.state));
      },
    };
    const now = h("div", { class: "sensors-now" });
    const bar = h("div", { class: "filters" });
    root.append(now, bar);
    this.table = new Table(now, {
      label: t("airspace.tab.sensors"),
      empty: t("sensors.none"),
      key: ({ sensor }) => sensor,
      onChoose: ({ sensor }) => on.filter({ sensor }),
      columns: [
        state,
        cell("name", "minmax(130px, 1.4fr)", ({ name }) => name),
        cell("protocol", "110px", ({ protocol }) => protocol),
        cell("heard", "92px", ({ heard_time }) => (heard_time === null ? t("sensors.never") : age(Math.max(0, clock.now() - heard_time) / 1000)), ({ heard_time }) => heard_time),
        cell("rate", "92px", ({ rate }) => `${number(rate, 1)} ${t("header.persecond")}`, ({ rate }) => rate),
        cell("messages", "110px", ({ messages }) => number(messages), ({ messages }) => messages),
        cell("detail", "minmax(110px, 2fr)", ({ detail }) => detail),
      ],
    });
    this.title = h("h3", {});
    bar.append(this.title);
    this.spans = new Spans(bar, { hours: HOURS, zone, clock, onChange: on.filter });
    this.all = h("button", { type: "button", class: "button", onclick: () => on.filter({ sensor: null }) }, t("sensors.all"));
    bar.append(this.all);
    const text = (id, width, tell) => ({
      id,
      width,
      label: t(`sensors.${id}`),
      write: (element, row) => {
        write(element, tell(row));
        element.title = tell(row);
      },
    });
    this.events = new Table(root, {
      label: t("sensors.events"),
      empty: t("sensors.noevents"),
      key: ({ sensor, time, kind }) => `${sensor} ${time} ${kind}`,
      columns: [
        text("time", "138px", ({ time }) => dayAndTime(Date.parse(time), zone())),
        text("name", "minmax(130px, 1fr)", ({ sensor }) => this.named(sensor)),
        text("happened", "150px", ({ kind }) => told(`sensors.event.${kind}`, kind)),
        text("detail", "minmax(110px, 2fr)", ({ detail }) => Object.entries(detail).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")),
      ],
    });
    this.scroll = new Scroll(api, this.events);
    root.append(this.scroll.state);
    contacts.addEventListener("change", () => this.refresh());
    this.refresh();
  }

  refresh() {
    const sensors = [...this.contacts.sensors];
    sensors.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.name.localeCompare(b.name));
    this.table.show(sensors);
  }

  /** What a sensor calls itself; one that is no longer there goes by its key. */
  named(sensor) {
    return [...this.contacts.sensors].find((each) => each.sensor === sensor)?.name || sensor;
  }

  show(params) {
    const { span, from, to, sensor } = params;
    const [start, end] = this.spans.show({ span, from, to });
    write(this.title, sensor ? t("sensors.eventsof", { sensor: this.named(sensor) }) : t("sensors.events"));
    this.all.hidden = !sensor;
    this.table.choose(sensor ?? null);
    const said = JSON.stringify([span, from, to, sensor]);
    if (said === this.said) return;
    this.said = said;
    const query = new URLSearchParams({ limit: PAGE, from: new Date(start).toISOString() });
    if (from && to) query.set("to", new Date(end).toISOString());
    if (sensor) query.set("sensor", sensor);
    this.scroll.open(`/sensors/events?${query}`);
  }
}
