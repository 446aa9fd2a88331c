// The page "fleet": every asset with its health, fixed cameras too; names, groups and services are kept here.

import { h, mark, write } from "../dom.js";
import { KINDS } from "../fleet.js";
import { age } from "../format.js";
import { Assets } from "../register/assets.js";
import { cameraColumns, columns, isDue, kindOf, nameOf, stateOf } from "../register/columns.js";
import { edit, editCamera, regroup, service } from "../register/edit.js";
import { Side } from "../register/side.js";
import { Table } from "../table.js";

const STATES = ["fresh", "late", "lost", "service", "due", "alerts"];
const NO_GROUP = "-";
const STALE = 30; // seconds

/** Drones come first and cameras, of which there are many, last; what is of no known kind after them. */
function rankOf(row) {
  return KINDS.indexOf(kindOf(row)) || KINDS.length;
}

export default class {
  constructor(root, app, { actions }) {
    Object.assign(this, { root, app, key: null, shown: false });
    const { fleet, keys, t } = app;
    this.assets = new Assets(app);
    this.picked = new Picked(() => this.showPicked());
    this.filter = { kind: null, group: null, state: null, q: null };
    this.note = h("div", { class: "fleet-note", role: "status", hidden: true });
    this.state = h("p", { class: "page-state", role: "status" }, t("page.loading"));
    this.place = h("div", { class: "fleet-table" });
    const side = h("aside", { class: "fleet-side", hidden: true });
    this.tools = this.toolbar();
    this.body = h("div", { class: "fleet-body", hidden: true }, this.place, side);
    root.classList.add("fleet-page");
    root.append(this.tools, this.note, this.state, this.body);
    const table = (label, shown) =>
      new Table(this.place, {
        label: t(label),
        columns: shown,
        key: (row) => row.key,
        onChoose: (row) => this.tell({ asset: row.key }),
        empty: h(
          "div",
          {},
          t("fleet.nomatch"),
          h("button", { type: "button", class: "button", onclick: () => this.widen() }, t("fleet.widen")),
        ),
      });
    const all = columns({ fleet, app, picked: this.picked });
    this.tables = { all: table("fleet.table", all), camera: table("camera.table", cameraColumns(all, { app })) };
    this.turnTable("all");
    this.side = new Side(side, app, this.assets, {
      edit: (key) => edit(app, this.assets, key, this.side.name.textContent),
      camera: (key) => editCamera(app, this.assets, key, this.side.name.textContent),
      service: (key) => service(app, this.assets, key, this.side.name.textContent),
      close: () => this.close(),
    });
    this.regroup = h(
      "button",
      { type: "button", class: "button", disabled: true, onclick: () => this.groupPicked() },
      t("fleet.regroup"),
    );
    this.none = h(
      "button",
      { type: "button", class: "button", hidden: true, onclick: () => this.picked.clear() },
      t("fleet.unpick"),
    );
    actions.append(
      this.none,
      h(
        "button",
        { type: "button", class: "button", onclick: () => this.picked.add(this.table.rows.map((row) => row.key)) },
        t("fleet.pickall"),
      ),
      this.regroup,
    );
    this.assets.addEventListener("change", () => this.arrange());
    keys.add("/", "fleet.keys.search", () => this.search.focus(), "fleet");
    keys.add("e", "fleet.keys.edit", () => this.withKey((key, name) => edit(app, this.assets, key, name)), "fleet");
    keys.add("x", "fleet.keys.pick", () => this.pickCurrent(), "fleet");
    keys.add("m", "fleet.keys.map", () => this.withKey((asset) => app.router.go("live", { asset })), "fleet");
    keys.add("Escape", "fleet.keys.escape", () => this.leave(), "fleet");
  }

  toolbar() {
    const { t } = this.app;
    this.search = h("input", {
      type: "search",
      placeholder: t("fleet.search"),
      "aria-label": t("fleet.search"),
      autocomplete: "off",
      oninput: () => this.tell({ q: this.search.value || null }),
    });
    const select = (name, options) =>
      h(
        "select",
        { "aria-label": t(`fleet.${name}`), onchange: (event) => this.tell({ [name]: event.target.value || null }) },
        ...options,
      );
    const option = (value, words) => h("option", { value }, words);
    this.selects = {
      kind: select("kind", [option("", t("fleet.kinds")), ...KINDS.map((kind) => option(kind, t(`kind.${kind}`)))]),
      group: select("group", []),
      state: select("state", [
        option("", t("fleet.states")),
        ...STATES.map((state) => option(state, t(`fleet.state.${state}`))),
      ]),
    };
    this.count = h("span", { class: "fleet-count", role: "status" });
    return h("div", { class: "fleet-tools" }, this.search, ...Object.values(this.selects), this.count);
  }

  /** `asset` is the key of the chosen one; `kind`, `group`, `state`, `q` narrow the list. */
  show({ asset = null, kind = null, group = null, state = null, q = null }) {
    if (!this.shown) this.assets.hurry();
    this.shown = true;
    this.filter = { kind, group, state, q };
    if (this.search.value !== (q ?? "")) this.search.value = q ?? "";
    this.key = asset;
    this.arrange();
    this.side.open(asset);
    this.refresh();
  }

  hide() {
    this.shown = false;
  }

  refresh() {
    if (!this.shown) return;
    this.assets.refresh();
    this.table.paint();
    this.side.refresh();
    this.showProblem();
  }

  /** Take all filters away. */
  widen() {
    this.tell(Object.fromEntries(Object.keys(this.filter).map((name) => [name, null])));
    this.table.grid.focus({ preventScroll: true });
  }

  /** Show one of the tables alone: "camera" or "all". */
  turnTable(name) {
    const table = this.tables[name];
    if (this.table === table) return;
    this.table = table;
    mark(this.place, "of", name);
    this.place.replaceChildren(table.element);
  }

  /** The rows that the filter leaves, and all else that follows from what the server told. */
  arrange() {
    const { fleet, t } = this.app;
    const { all, loaded } = this.assets;
    this.offerGroups();
    const rows = [];
    for (const [key, item] of all) {
      const row = { key, slot: fleet.slotOf.get(key) ?? -1, item };
      if (this.matches(row)) rows.push(row);
    }
    rows.sort((a, b) => rankOf(a) - rankOf(b) || collator.compare(nameOf(fleet, a), nameOf(fleet, b)));
    this.body.hidden = loaded === null || all.size === 0; // what cannot be seen cannot be scrolled to
    this.turnTable(this.filter.kind === "camera" ? "camera" : "all");
    this.table.show(rows);
    this.follow();
    this.picked.keep(all);
    if (this.body.hidden) this.root.append(this.state);
    else this.state.remove();
    if (loaded !== null) write(this.state, t("fleet.empty"));
    const told = rows.length === all.size ? "list.count" : "list.some";
    write(this.count, loaded === null ? "" : t(told, { count: rows.length, all: all.size }));
    this.showProblem();
    this.side.refresh();
  }

  /** Bring the chosen one into view where it has come to stand at another place. */
  follow() {
    const at = this.table.order.findIndex((row) => row.key === this.key);
    if (at !== this.at || this.table.chosen !== this.key) this.table.choose(this.key);
    this.at = at;
  }

  matches(row) {
    const { fleet } = this.app;
    const { kind, group, state, q } = this.filter;
    const { item } = row;
    const { register, maintenance, alerts } = item;
    if (kind && kindOf(row) !== kind) return false;
    if (group && (register?.group ?? NO_GROUP) !== group) return false;
    if (state === "service" && !register?.out_of_service) return false;
    if (state === "due" && !isDue(maintenance)) return false;
    if (state === "alerts" && !alerts.count) return false;
    if (state === "fresh" && ["late", "lost", "service", "standing"].includes(stateOf(fleet, row))) return false;
    if ((state === "late" || state === "lost") && stateOf(fleet, row) !== state) return false;
    if (!q) return true;
    const said = [nameOf(fleet, row), register?.name, register?.group, register?.note, item.now.identity, item.firmware?.version];
    const text = said.filter(Boolean).join(" ").toLowerCase();
    return q.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  offerGroups() {
    const { t } = this.app;
    const names = [["", t("fleet.groups")], [NO_GROUP, t("fleet.nogroup")], ...this.assets.groups().map((name) => [name, name])];
    const { group } = this.filter;
    if (group && !names.some(([value]) => value === group)) names.push([group, group]);
    const { selects } = this;
    const said = JSON.stringify(names);
    if (said !== this.groupsSaid) {
      this.groupsSaid = said;
      selects.group.replaceChildren(...names.map(([value, words]) => h("option", { value }, words)));
    }
    for (const [name, select] of Object.entries(selects)) {
      select.value = this.filter[name] ?? "";
      mark(select, "on", String(Boolean(this.filter[name])));
    }
  }

  /** Say when what the server told has become old, and why. */
  showProblem() {
    const { t } = this.app;
    const { problem, loaded } = this.assets;
    if (loaded === null) {
      if (problem) write(this.state, t("fleet.failed", { reason: problem.detail }));
      return;
    }
    const seconds = (performance.now() - loaded) / 1000;
    const stale = seconds > STALE || problem !== null;
    this.note.hidden = !stale;
    mark(this.root, "stale", String(stale));
    if (stale) write(this.note, t("fleet.stale", { age: age(seconds), reason: problem?.detail ?? "" }));
  }

  showPicked() {
    const { t } = this.app;
    const { size } = this.picked.keys;
    this.regroup.disabled = size === 0;
    write(this.regroup, size ? t("fleet.regroup.some", { count: size }) : t("fleet.regroup"));
    this.none.hidden = size === 0;
    this.table.paint();
  }

  async groupPicked() {
    if (await regroup(this.app, this.assets, [...this.picked.keys])) this.picked.clear();
  }

  pickCurrent() {
    const row = this.table.order[this.table.current];
    if (row) this.picked.toggle(row.key);
  }

  withKey(act) {
    if (this.key !== null) act(this.key, this.side.name.textContent);
  }

  leave() {
    if (document.activeElement === this.search && this.search.value) this.tell({ q: null });
    else this.close();
  }

  close() {
    this.tell({ asset: null });
    this.table.grid.focus({ preventScroll: true });
  }

  /** What is chosen and shown, as the page's address. */
  tell(changed) {
    this.app.router.go("fleet", { ...this.filter, asset: this.key, ...changed }, { replace: true });
  }
}

/** The assets that something is to be done to together. */
class Picked {
  constructor(onChange) {
    this.keys = new Set();
    this.onChange = onChange;
  }

  has(key) {
    return this.keys.has(key);
  }

  add(keys) {
    for (const key of keys) this.keys.add(key);
    this.onChange();
  }

  toggle(key) {
    if (!this.keys.delete(key)) this.keys.add(key);
    this.onChange();
  }

  clear() {
    this.keys.clear();
    this.onChange();
  }

  /** Forget those that are no more. */
  keep(all) {
    for (const key of this.keys) if (!all.has(key)) this.keys.delete(key);
  }
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
