// All assets: search, filters, and a list of any length, in groups if these are asked for.

import { h, write } from "./dom.js";
import { CAMERA, CAR, DRONE, FRESH, FRESHNESS, KINDS, LATE, LOST, OFFICER, POST } from "./fleet.js";
import { number } from "./format.js";
import { GROUPINGS, Grouping, isGroup } from "./live/grouping.js";
import { onTask } from "./live/kpis.js";
import { ROW, fillAsset, fillGroup, makeRow } from "./live/list_rows.js";
import { VirtualRows } from "./virtual.js";
import { rightToLeft, t } from "./words.js";

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
    this.grouping = new Grouping(fleet);
    this.order = []; // slots
    this.entries = []; // what stands below each other, as Grouping has it
    this.reached = null; // key of the group that the arrow keys have come to; null: the selected asset
    this.selected = -1;
    this.elsewhere = 0; // what the search finds that is no asset of the list
    this.build(root);
    this.lines = new VirtualRows(this.view, this.space, {
      height: ROW,
      make: () => this.row(),
      fill: (row, at) => this.fill(row, at),
    });
    new ResizeObserver(() => this.paint()).observe(this.view);
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
    this.grouper = h(
      "select",
      {
        class: "grouper",
        title: t("list.grouping"),
        "aria-label": t("list.grouping"),
        onchange: () => this.group(this.grouper.value),
      },
      ...GROUPINGS.map((by) => h("option", { value: by }, t(`list.grouping.${by}`))),
    );
    this.grouper.value = this.grouping.by;
    this.status = h("span", { class: "shown", role: "status" });
    this.space = h("div", { class: "space" });
    this.empty = h("div", { class: "nothing", hidden: true });
    this.view = h(
      "div",
      {
        class: "rows",
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
      h("div", { class: "list-head" }, this.status, this.state, this.grouper, this.sorter),
      this.view,
    );
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

  /** Group by one of GROUPINGS. */
  group(by) {
    this.grouping.set(by);
    this.reached = null;
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
    this.view.setAttribute("role", this.grouping.on ? "tree" : "listbox");
    // What is searched for is shown, in closed groups too.
    const { entries, offsets } = this.grouping.entries(order, this.words.length > 0);
    this.entries = entries;
    this.lines.resize(entries.length, offsets);
    if (this.current() < 0) this.reached = null;
    this.onMatches(this.narrowed ? matches : null);
    write(
      this.status,
      this.narrowed
        ? t("list.some", { count: number(order.length), all: number(fleet.count) })
        : t("list.count", { count: number(order.length) }),
    );
    this.showElsewhere(this.elsewhere);
    write(
      this.empty,
      t(fleet.count === 0 ? "list.none" : "list.nomatch"),
    );
    this.paint();
  }

  /** How many other things the search finds: with any it cannot be said that nothing matches. */
  showElsewhere(count) {
    this.elsewhere = count;
    this.empty.hidden = this.order.length > 0 || count > 0;
  }

  /** Open a group or close it. */
  turn(key, open) {
    this.grouping.turn(key, open);
    this.arrange();
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
    this.reached = null;
    const { grouping } = this;
    if (slot >= 0 && grouping.on && !grouping.isOpen(grouping.keyOf(slot))) this.turn(grouping.keyOf(slot), true);
    const at = this.current();
    if (at >= 0) this.lines.reach(at);
    this.paint();
  }

  /** Where among the entries the arrow keys have come to; -1 if nowhere. */
  current() {
    if (this.reached === null) return this.entries.indexOf(this.selected);
    return this.entries.findIndex((entry) => isGroup(entry) && entry.key === this.reached);
  }

  key(event) {
    const step = this.lines.steps(event.key);
    const typing = event.target === this.search;
    if (step !== undefined && !(typing && Math.abs(step) === Infinity)) {
      event.preventDefault();
      this.step(step, typing);
    } else if (event.key === "Enter" && typing && this.order.length) {
      const first = this.entries.find((entry) => !isGroup(entry)) ?? this.order[0];
      this.onChoose(this.order.includes(this.selected) ? this.selected : first);
    } else if (!typing && this.grouping.on && this.keyOfTree(event.key)) event.preventDefault();
  }

  /** `assetsOnly` passes over groups. */
  step(by, assetsOnly = false) {
    const { entries } = this;
    if (!this.order.length) return;
    const at = this.current();
    const from = at < 0 && by < 0 ? entries.length : at; // of none, up is to the last
    let next = Math.max(0, Math.min(entries.length - 1, from + by));
    while (assetsOnly && isGroup(entries[next])) next += by < 0 ? -1 : 1;
    if (isGroup(entries[next])) this.reachGroup(entries[next].key);
    else if (next in entries) this.onChoose(entries[next]);
  }

  /** Let the keys come to the head of a group. */
  reachGroup(key) {
    this.reached = key;
    this.lines.reach(this.current());
    this.paint();
  }

  /** What keys do in a tree: open, close, to the head of the group. Whether it was such a key. */
  keyOfTree(key) {
    const entry = this.entries[this.current()];
    const [inwards, outwards] = rightToLeft ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    if (entry === undefined) return false;
    if (!isGroup(entry)) {
      if (key === outwards) this.reachGroup(this.grouping.keyOf(entry));
      return key === outwards;
    }
    if (key === "Enter" || key === " ") this.turn(entry.key);
    else if (key === inwards && entry.open) this.step(1);
    else if (key === inwards) this.turn(entry.key, true);
    else if (key === outwards) this.turn(entry.key, false);
    else return false;
    return true;
  }

  /** Write what can be seen now. */
  paint() {
    this.lines.paint();
  }

  row() {
    return makeRow((entry) => {
      if (!isGroup(entry)) this.onChoose(entry);
      else {
        this.reached = entry.key;
        this.turn(entry.key);
      }
    });
  }

  fill(row, at) {
    const { entries, fleet, grouping, order, reached, selected } = this;
    const entry = entries[at];
    if (isGroup(entry)) return fillGroup(row, fleet, entry, entry.key === reached);
    const group = grouping.on ? grouping.groupOf(entry) : null;
    const place = group ? [at - group.at, group.slots.length] : [at + 1, order.length];
    const id = fillAsset(row, fleet, entry, { selected: entry === selected, inGroup: grouping.on, place });
    return reached === null ? id : null;
  }
}

function index(names, name) {
  const at = names.indexOf(name);
  return at < 0 ? null : at;
}
