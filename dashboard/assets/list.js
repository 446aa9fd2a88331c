// All assets: search, filters, and a list of which only the visible rows are in the document.

import { h, mark, write } from "./dom.js";
import { CAMERA, CAR, DRONE, FRESH, FRESHNESS, KINDS, LATE, LOST, OFFICER, POST, UNKNOWN } from "./fleet.js";
import { DASH, age, known, metres, number, speed } from "./format.js";
import { glyph, setGlyph } from "./glyphs.js";
import { onTask } from "./live/kpis.js";
import { t } from "./words.js";

const ROW = 52; // CSS pixels; the style sheet says the same
const SPARE = 3;
const MOVING = new Set([CAR, OFFICER, UNKNOWN]);
const SOMETIMES = new Set([OFFICER, POST, CAMERA]);

/** What an asset may be doing, by the name that an address gives it. */
const STATES = {
  airborne: (fleet, slot) => fleet.freshness[slot] !== LOST && fleet.flies(slot),
  task: onTask,
  low: (fleet, slot) => fleet.freshness[slot] !== LOST && fleet.isLow(slot),
};

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export class List {
  /** `onChoose(slot)` when a row is chosen, `onMatches(bytes or null)` when the filter changes. */
  constructor(root, fleet, { onChoose, onMatches, onFilter }) {
    this.fleet = fleet;
    this.onChoose = onChoose;
    this.onMatches = onMatches;
    this.onFilter = onFilter;
    this.onSeek = () => {}; // told what is typed
    this.filter = { kind: null, freshness: null, state: null };
    this.words = [];
    this.sorted = "name";
    this.order = [];
    this.rows = [];
    this.selected = -1;
    this.build(root);
  }

  build(root) {
    root.setAttribute("aria-label", t("list.label"));
    this.search = h("input", {
      type: "search",
      id: "search",
      placeholder: t("list.search"),
      "aria-label": t("list.search.label"),
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.seek(this.search.value),
      onkeydown: (event) => this.key(event),
    });
    const segment = (name, value, label, title = null) =>
      h(
        "button",
        { type: "button", title, "data-value": String(value), onclick: () => this.choose(name, value) },
        h("span", {}, label),
        h("span", { class: "count" }),
      );
    this.kinds = h(
      "div",
      { class: "segments kinds", role: "group", "aria-label": t("list.kind") },
      segment("kind", null, t("list.all")),
      segment("kind", DRONE, t("list.drones")),
      segment("kind", CAR, t("list.cars")),
      segment("kind", OFFICER, t("list.officers")),
      segment("kind", POST, t("list.posts")),
      segment("kind", CAMERA, t("list.cameras")),
    );
    this.levels = h(
      "div",
      { class: "segments levels", role: "group", "aria-label": t("list.freshness") },
      ...[FRESH, LATE, LOST].map((level) => segment("freshness", level, t(`freshness.${FRESHNESS[level]}`), t(`tip.${FRESHNESS[level]}`))),
    );
    this.state = h(
      "button",
      {
        type: "button",
        class: "chip",
        title: t("list.state.away"),
        onclick: () => this.choose("state", null),
      },
      h("span"),
      h("span", { "aria-hidden": "true" }, "×"),
    );
    this.sorter = h(
      "button",
      {
        type: "button",
        class: "sorter",
        title: t("list.order"),
        onclick: () => this.sort(this.sorted === "name" ? "state" : "name"),
      },
      t("list.byname"),
    );
    this.status = h("span", { class: "shown", role: "status" });
    this.space = h("div", { class: "space" });
    this.empty = h("div", { class: "nothing", hidden: true });
    this.view = h(
      "div",
      {
        class: "rows",
        role: "listbox",
        tabindex: "0",
        id: "rows",
        "aria-label": t("list.assets"),
        onscroll: () => this.paint(),
        onkeydown: (event) => this.key(event),
      },
      this.space,
      this.empty,
    );
    root.append(
      h(
        "div",
        { class: "tools" },
        h("div", { class: "search" }, this.search, h("kbd", {}, "/")),
        this.kinds,
        this.levels,
      ),
      h("div", { class: "list-head" }, this.status, this.state, this.sorter),
      this.view,
    );
    new ResizeObserver(() => this.paint()).observe(this.view);
    this.showFilter();
  }

  seek(text) {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.arrange();
    this.onSeek(text);
  }

  clearSearch() {
    this.search.value = "";
    this.seek("");
  }

  /** Put the cursor into the search. */
  seekFocus() {
    this.search.focus();
    this.search.select();
  }

  /** Empty the search if the cursor is in it. Whether there was anything to empty. */
  leaveSearch() {
    const filled = document.activeElement === this.search && this.search.value !== "";
    if (filled) this.clearSearch();
    return filled;
  }

  /** Take the filter from an address; what it does not name is not filtered. */
  narrow({ kind, freshness, state }) {
    const filter = {
      kind: index(KINDS, kind),
      freshness: index(FRESHNESS, freshness),
      state: state in STATES ? state : null,
    };
    const same = Object.entries(filter).every(([name, value]) => value === this.filter[name]);
    if (same) return;
    this.filter = filter;
    this.showFilter();
    this.arrange();
  }

  /** The filter for an address. */
  filterParams() {
    const { kind, freshness, state } = this.filter;
    return {
      kind: kind === null ? null : KINDS[kind],
      freshness: freshness === null ? null : FRESHNESS[freshness],
      state,
    };
  }

  /** Set one part of the filter; choosing what is chosen already takes it away. */
  choose(name, value) {
    this.filter[name] = this.filter[name] === value ? null : value;
    this.showFilter();
    this.arrange();
  }

  sort(by) {
    this.sorted = by;
    write(this.sorter, t(by === "name" ? "list.byname" : "list.lostfirst"));
    this.arrange();
  }

  showFilter() {
    for (const [group, name] of [
      [this.kinds, "kind"],
      [this.levels, "freshness"],
    ]) {
      for (const button of group.children) {
        button.setAttribute(
          "aria-pressed",
          String(button.dataset.value === String(this.filter[name])),
        );
      }
    }
    const { state } = this.filter;
    this.state.hidden = state === null;
    write(this.state.firstChild, state === null ? "" : t(`list.state.${state}`));
    this.onFilter(this.filter);
  }

  get narrowed() {
    return this.words.length > 0 || Object.values(this.filter).some((value) => value !== null);
  }

  /** Whether who is shown where depends on how fresh it is. */
  get followsFreshness() {
    return this.filter.freshness !== null || this.sorted === "state";
  }

  /** Whether who is shown depends on what it does. */
  get followsState() {
    return this.filter.state !== null;
  }

  /** Which assets are shown, in which order; then paint. */
  arrange() {
    const { fleet, filter } = this;
    const matches = new Uint8Array(fleet.count);
    const order = [];
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (filter.kind !== null && fleet.kind[slot] !== filter.kind) continue;
      if (filter.freshness !== null && fleet.freshness[slot] !== filter.freshness) continue;
      if (filter.state !== null && !STATES[filter.state](fleet, slot)) continue;
      if (!this.sought(slot)) continue;
      matches[slot] = 1;
      order.push(slot);
    }
    const byName = (a, b) => this.rank(a) - this.rank(b);
    this.rankNames();
    order.sort(
      this.sorted === "name"
        ? byName
        : (a, b) => fleet.freshness[b] - fleet.freshness[a] || byName(a, b),
    );
    this.order = order;
    this.onMatches(this.narrowed ? matches : null);
    this.space.style.height = `${order.length * ROW}px`;
    write(
      this.status,
      this.narrowed
        ? t("list.some", { count: number(order.length), all: number(fleet.count) })
        : t("list.count", { count: number(order.length) }),
    );
    this.empty.hidden = order.length > 0;
    write(
      this.empty,
      t(fleet.count === 0 ? "list.none" : "list.nomatch"),
    );
    this.paint();
  }

  sought(slot) {
    if (!this.words.length) return true;
    const text =
      `${this.fleet.names[slot]} ${this.fleet.identities[slot]} ${this.fleet.modeOf(slot) ?? ""}`.toLowerCase();
    return this.words.every((word) => text.includes(word));
  }

  /** Natural order of the names (P2 before P10), worked out once per change of the directory. */
  rankNames() {
    const { fleet } = this;
    if (this.ranked === fleet.directoryVersion) return;
    this.ranked = fleet.directoryVersion;
    const slots = Array.from({ length: fleet.count }, (_, slot) => slot);
    slots.sort(
      (a, b) => fleet.kind[a] - fleet.kind[b] || collator.compare(fleet.names[a], fleet.names[b]),
    );
    this.ranks = new Int32Array(fleet.count);
    slots.forEach((slot, rank) => (this.ranks[slot] = rank));
  }

  rank(slot) {
    return this.ranks[slot];
  }

  showTally(tally) {
    for (const button of this.kinds.children) {
      const { value } = button.dataset;
      const count = value === "null" ? tally.all : tally.byKind[value];
      write(button.lastChild, number(count));
      // Kinds that nobody here has are not offered, unless an address asks for them.
      button.hidden = SOMETIMES.has(Number(value)) && count === 0 && this.filter.kind !== Number(value);
    }
    for (const button of this.levels.children)
      write(button.lastChild, number(tally.byFreshness[button.dataset.value]));
  }

  select(slot) {
    this.selected = slot;
    const at = this.order.indexOf(slot);
    if (at >= 0) {
      const top = at * ROW;
      if (top < this.view.scrollTop) this.view.scrollTop = top;
      else if (top + ROW > this.view.scrollTop + this.view.clientHeight)
        this.view.scrollTop = top + ROW - this.view.clientHeight;
    }
    this.paint();
  }

  key(event) {
    const step = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 8,
      PageUp: -8,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    const typing = event.target === this.search;
    if (step !== undefined && !(typing && Math.abs(step) === Infinity)) {
      event.preventDefault();
      this.step(step);
    } else if (event.key === "Enter" && typing && this.order.length) {
      this.onChoose(this.order.includes(this.selected) ? this.selected : this.order[0]);
    }
  }

  step(by) {
    if (!this.order.length) return;
    const at = this.order.indexOf(this.selected);
    const last = this.order.length - 1;
    const next = at < 0 ? (by > 0 ? 0 : last) : Math.max(0, Math.min(last, at + by));
    this.onChoose(this.order[next]);
  }

  /** Write what can be seen now. */
  paint() {
    const first = Math.max(0, Math.floor(this.view.scrollTop / ROW) - SPARE);
    const last = Math.min(
      this.order.length,
      Math.ceil((this.view.scrollTop + this.view.clientHeight) / ROW) + SPARE,
    );
    while (this.rows.length < last - first) this.rows.push(this.row());
    this.rows.forEach((row, i) => {
      const at = first + i;
      row.element.hidden = at >= last;
      if (at < last) this.fill(row, this.order[at], at);
    });
    const chosen = this.order.indexOf(this.selected);
    if (chosen >= first && chosen < last)
      this.view.setAttribute("aria-activedescendant", `row-${this.selected}`);
    else this.view.removeAttribute("aria-activedescendant");
  }

  row() {
    const row = {
      glyph: glyph(),
      name: h("span", { class: "name" }),
      data: h("span", { class: "data" }),
      age: h("span", { class: "age" }),
      battery: h("span", { class: "battery" }),
      charge: h("span", { class: "charge" }),
    };
    row.element = h(
      "div",
      { class: "row", role: "option", onclick: () => this.onChoose(row.slot) },
      row.glyph,
      h("div", { class: "who" }, row.name, row.data),
      h("div", { class: "how" }, row.age, h("span", { class: "cell" }, row.charge, row.battery)),
    );
    this.space.append(row.element);
    return row;
  }

  fill(row, slot, at) {
    const { fleet } = this;
    const level = fleet.freshness[slot];
    const kind = fleet.kind[slot];
    const grounded = fleet.grounded(slot);
    row.slot = slot;
    row.element.id = `row-${slot}`;
    row.element.style.transform = `translateY(${at * ROW}px)`;
    row.element.setAttribute("aria-selected", String(slot === this.selected));
    row.element.setAttribute("aria-posinset", String(at + 1));
    row.element.setAttribute("aria-setsize", String(this.order.length));
    mark(row.element, "freshness", FRESHNESS[level]);
    setGlyph(row.glyph, kind, level, grounded);
    write(row.name, fleet.names[slot]);
    write(row.data, this.summary(slot, kind));
    const seconds = fleet.age(slot);
    write(row.age, seconds === Infinity ? t("list.noposition") : age(seconds));
    const charge = fleet.battery[slot];
    row.battery.parentElement.hidden = !known(charge);
    if (known(charge)) {
      write(row.battery, `${number(charge)}%`);
      row.charge.style.setProperty("--level", `${charge}%`);
      mark(row.battery.parentElement, "low", String(fleet.isLow(slot)));
    }
  }

  summary(slot, kind) {
    const { fleet } = this;
    const parts = [];
    if (kind === DRONE) {
      parts.push(fleet.modeOf(slot) ?? DASH);
      parts.push(fleet.grounded(slot) ? t("list.ground") : metres(fleet.height[slot]));
      if (!fleet.grounded(slot)) parts.push(speed(fleet.speed[slot], kind));
    } else {
      parts.push(MOVING.has(kind) ? speed(fleet.speed[slot], kind) : t(`kind.${KINDS[kind]}`));
      parts.push(fleet.identities[slot].split(":")[0]);
    }
    return parts.join(" · ");
  }
}

function index(names, name) {
  const at = names.indexOf(name);
  return at < 0 ? null : at;
}
