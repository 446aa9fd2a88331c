// What happened, as a list beside the map: filtered, and following the time.

import { h, write } from "../dom.js";
import { number, timeOfDay } from "../format.js";
import { Table } from "../table.js";
import { t } from "../words.js";
import { LANES, sign, sort, words } from "./items.js";

const SVG = "http://www.w3.org/2000/svg";
const URDU = /[\u0600-\u06ff]/; // in a sentence of it names of other scripts stand in their places

export class EventList {
  /** `onItem(item)` when one is chosen. */
  constructor(root, player, { onItem, zone }) {
    Object.assign(this, { player, zone });
    this.items = [];
    this.names = new Map();
    this.hidden = new Set(); // kinds
    this.words = [];
    this.search = h("input", {
      type: "search",
      placeholder: t("history.events.search"),
      "aria-label": t("history.events.search"),
      autocomplete: "off",
      oninput: () => {
        this.words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
        this.arrange();
      },
    });
    this.kinds = h(
      "div",
      { class: "segments", role: "group", "aria-label": t("history.events.kinds") },
      ...LANES.map((kind) =>
        h(
          "button",
          { type: "button", "aria-pressed": "true", onclick: ({ currentTarget }) => this.turn(kind, currentTarget) },
          t(`history.kind.${kind}`),
        ),
      ),
    );
    this.count = h("span", { class: "hint", role: "status" });
    const holder = h("div", { class: "past-table" });
    root.append(
      h(
        "section",
        { class: "past-events", "aria-label": t("history.events") },
        h("div", { class: "past-events-head" }, h("h2", {}, t("history.events")), this.count, this.search),
        this.kinds,
        holder,
      ),
    );
    this.table = new Table(holder, {
      label: t("history.events"),
      empty: t("history.events.none"),
      key: ({ key }) => key,
      onChoose: onItem,
      columns: [
        { id: "time", label: t("history.time"), width: "82px", write: (cell, item) => this.writeTime(cell, item) },
        { id: "what", label: t("history.what"), width: "minmax(140px, 1fr)", write: (cell, item) => this.writeWhat(cell, item) },
      ],
    });
  }

  turn(kind, button) {
    if (!this.hidden.delete(kind)) this.hidden.add(kind);
    button.setAttribute("aria-pressed", String(!this.hidden.has(kind)));
    this.arrange();
  }

  /** Until the items are `whole` none of them does not mean that nothing happened. */
  show(items, names, truncated, whole) {
    Object.assign(this, { items, names, truncated });
    write(this.table.nothing, t(whole ? "history.events.none" : "page.loading"));
    this.arrange();
  }

  arrange() {
    this.order = this.items.filter(
      (item) =>
        !this.hidden.has(item.kind) &&
        this.words.every((word) => words(item, this.names).toLowerCase().includes(word)),
    );
    const values = { count: number(this.order.length) };
    write(this.count, t(this.truncated ? "history.events.first" : "history.events.count", values));
    this.table.show(this.order);
    this.current = undefined;
    this.follow();
  }

  /** The item before or after the time that is shown; null if there is none. */
  beside(by) {
    const { time } = this.player;
    if (by > 0) return this.order.find(({ at }) => at > time) ?? null;
    return this.order.findLast(({ at }) => at < time) ?? null;
  }

  /** Bring what happened last into view. */
  follow() {
    const { time } = this.player;
    let last = null;
    let known = 0; // changes when something becomes known
    for (const item of this.order ?? []) {
      if (item.at <= time) last = item;
      if (item.known <= time) known += 1;
    }
    const now = `${last?.key} ${known}`;
    if (now === this.current) return;
    this.current = now;
    this.table.choose(last?.key ?? null);
  }

  writeTime(cell, item) {
    cell.replaceChildren(h("time", {}, timeOfDay(item.at, this.zone())));
  }

  writeWhat(cell, item) {
    const text = words(item, this.names);
    const unknown = item.known > this.player.time;
    const notes = [
      ...(item.late ? [t("history.late", { time: timeOfDay(item.known, this.zone()) })] : []),
      ...(unknown ? [t("history.unknown")] : []),
    ];
    cell.classList.toggle("past-unknown", unknown);
    cell.title = [`${sort(item)}: ${text}`, ...notes].join("\n");
    cell.replaceChildren(
      drawing(item),
      h("span", { class: "unseen" }, `${sort(item)}: `),
      h("span", { dir: URDU.test(text) ? "rtl" : "auto" }, text),
      ...(item.late ? [h("span", { class: "past-tag" }, t("history.late.short"))] : []),
    );
  }
}

function drawing(item) {
  const { path, colour, hollow } = sign(item);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-8 -8 16 16");
  svg.setAttribute("class", "past-sign");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  shape.style.fill = hollow ? "none" : `var(${colour})`;
  shape.style.stroke = `var(${colour})`;
  svg.append(shape);
  return svg;
}
