// The panel of the chosen alert: what is so, what to do, who did what.

import { h, mark, write } from "../dom.js";
import { age, number, timeOfDay } from "../format.js";
import { PRIORITIES, isGroup, masked, since, waits } from "../stores/alerts.js";
import { assetNameOf } from "../stores/cameras.js";
import { t, told } from "../words.js";
import { priorityGlyph, setPriority } from "./alert_shapes.js";
import { inLanguage, priorityWords, reasonWords, stateWords, whoWords, whyWords } from "./alert_words.js";
import { fact, heading, panelFrame } from "./panel_parts.js";

const MEMBERS_SHOWN = 100;
const ASSETS_SHOWN = 40;

export class AlertPanel {
  /**
   * `on.close()`, `on.jump(alert)`, `on.asset(key)`, `on.choose(alert)`, `on.contact(id)`; `id` of its
   * element. `links(alert)` gives links to where else it can be looked at; `all`: with all orders.
   */
  constructor(
    root,
    { alerts, places, orders, fleet, clock, zone, history, on, id = "alert-panel", checklist, links, all = false },
  ) {
    this.checklist = checklist;
    this.links = links;
    this.all = all;
    this.alerts = alerts;
    this.places = places;
    this.orders = orders;
    this.fleet = fleet;
    this.clock = clock;
    this.zone = zone;
    this.history = history;
    this.on = on;
    this.key = null;
    this.past = null; // of an earlier raising: how it was then
    this.last = null; // the alert as it last was: it may be over while it is looked at
    this.frame = panelFrame(root, {
      id,
      kind: "alert-panel",
      label: t("queue.chosen"),
      onClose: () => on.close(),
      onPlace: () => this.last && on.jump(this.last),
    });
    this.glyph = priorityGlyph();
    this.frame.icon.append(this.glyph);
    this.build();
    alerts.addEventListener("change", () => this.refresh());
    orders.addEventListener("change", () => this.refresh());
  }

  build() {
    const button = (name, handler, main = false) =>
      h(
        "button",
        { type: "button", class: main ? "button main" : "button", "data-order": name, onclick: () => handler(this.last) },
        t(`queue.${name}`),
      );
    this.buttons = {
      acknowledge: button("acknowledge", (alert) => this.orders.acknowledge(alert), true),
      reset: button("reset", (alert) => this.orders.reset(alert), true),
      shelve: button("shelve", (alert) => this.orders.shelve(alert)),
      unshelve: button("unshelve", (alert) => this.orders.unshelve(alert)),
      note: button("note", (alert) => this.orders.note(alert)),
      suppress: button("suppress", (alert) => this.orders.suppress(alert)),
      unsuppress: button("unsuppress", (alert) => this.orders.unsuppress(alert)),
      remove: button("remove", (alert) => this.orders.remove(alert)),
      restore: button("restore", (alert) => this.orders.restore(alert)),
    };
    this.state = h("span", { class: "badge", role: "status" });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.reason = h("p", { class: "reason" });
    this.action = h("p", { class: "action" });
    this.facts = h("div", { class: "facts" });
    this.about = h("div", { class: "chips" });
    this.membersTitle = heading(t("queue.members"));
    this.members = h("ul", { class: "members" });
    this.acts = h("ol", { class: "acts" });
    this.frame.body.append(
      h("div", { class: "alert-state" }, this.state),
      this.reason,
      h("div", { class: "orders" }, ...Object.values(this.buttons)),
      this.problem,
      heading(t("queue.action")),
      this.action,
      this.about,
      this.facts,
      this.membersTitle,
      this.members,
      this.checklist.element,
      heading(t("queue.acts")),
      this.acts,
    );
  }

  /** Show an alert as it is, or with `past` (alerts/past.js) as it was. */
  open(key, past = null) {
    this.key = key;
    this.past = past;
    this.last = past;
    this.said = null;
    this.frame.section.hidden = false;
    this.acts.replaceChildren();
    this.refresh();
  }

  close() {
    this.key = null;
    this.past = null;
    this.last = null;
    this.frame.section.hidden = true;
  }

  refresh() {
    if (this.key === null) return;
    const alert = this.past ? null : this.alerts.get(this.key);
    const over = alert === null;
    if (alert) this.last = alert;
    const shown = this.last;
    if (!shown) return;
    const waiting = !over && waits(shown);
    setPriority(this.glyph, shown.priority, waiting);
    mark(this.frame.section, "priority", PRIORITIES[shown.priority]);
    mark(this.frame.section, "state", over ? "normal" : shown.state);
    write(this.frame.title, priorityWords(shown));
    write(this.frame.sub, told(`queue.rule.${shown.rule}`, shown.rule.replaceAll("_", " ")));
    write(this.state, over ? t("queue.over") : stateWords(shown));
    write(this.reason, reasonWords(shown));
    write(this.action, inLanguage(shown.action) || t("queue.noaction"));
    this.showOrders(shown, over);
    this.showFacts(shown);
    const about = this.known(shown).length;
    const said = JSON.stringify([shown.state, shown.occurrences, shown.updated_time, over, about]);
    if (said !== this.said) {
      this.said = said;
      this.showAbout(shown);
      this.checklist.show(shown.checklist ? shown.key : null, shown.raised_time);
      this.loadActs(shown);
    }
    this.showMembers(shown);
  }

  showOrders(alert, over) {
    const { buttons, orders } = this;
    const busy = orders.underWay.has(alert.key);
    buttons.acknowledge.hidden = over || !waits(alert);
    buttons.reset.hidden = over || alert.state !== "latched";
    buttons.shelve.hidden = over || masked(alert);
    buttons.unshelve.hidden = over || alert.state !== "shelved";
    buttons.note.hidden = over;
    const some = over || !this.all;
    buttons.suppress.hidden = some || masked(alert);
    buttons.unsuppress.hidden = some || alert.state !== "suppressed_by_design";
    buttons.remove.hidden = some || alert.state === "out_of_service";
    buttons.restore.hidden = some || alert.state !== "out_of_service";
    for (const button of Object.values(buttons)) button.disabled = busy;
    if (this.busy && !busy) this.said = null; // what was ordered is done: a note changes nothing else
    this.busy = busy;
    mark(this.frame.section, "busy", String(busy));
    const why = orders.failed.get(alert.key) ?? "";
    this.problem.hidden = why === "";
    write(this.problem, why);
  }

  showFacts(alert) {
    const now = this.clock.now();
    const moment = (iso) =>
      iso ? `${timeOfDay(Date.parse(iso), this.zone())} · ${t("contact.ago", { age: age((now - Date.parse(iso)) / 1000) })}` : null;
    const value = (amount) => (amount === null || isGroup(alert) ? null : number(amount, Math.abs(amount) < 100 ? 1 : 0));
    const rows = [
      ["queue.since", moment(new Date(since(alert)).toISOString())],
      ["queue.returned", moment(alert.returned_time)],
      ["queue.value", value(alert.current_value)],
      ["queue.worst", value(alert.worst_value)],
      ["queue.limit", value(alert.limit)],
      ["queue.times", alert.occurrences > 1 ? number(alert.occurrences) : null],
      ["queue.maskedby", masked(alert) ? alert.masked_by : null],
      ["queue.maskedwhy", masked(alert) ? alert.masked_why : null],
      ["queue.maskeduntil", alert.masked_until ? timeOfDay(Date.parse(alert.masked_until), this.zone()) : null],
    ].filter(([, told]) => told);
    const said = rows.map((row) => row[0]).join();
    if (this.facts.dataset.rows !== said) {
      this.facts.dataset.rows = said;
      this.facts.replaceChildren(...rows.map(([label]) => fact(t(label), "")));
    }
    rows.forEach(([, text], i) => write(this.facts.children[i].lastChild, text));
  }

  /** Its assets that the page has. */
  known({ assets }) {
    return assets.filter((key) => assetNameOf(this.fleet, key) !== null);
  }

  /** Its assets and its contact, each a way to it. */
  showAbout(alert) {
    const assets = this.known(alert);
    const chips = assets.slice(0, ASSETS_SHOWN).map((key) => {
      const name = assetNameOf(this.fleet, key);
      return h("button", { type: "button", class: "chip", onclick: () => this.on.asset(key) }, name);
    });
    if (assets.length > ASSETS_SHOWN)
      chips.push(h("span", {}, t("queue.more", { count: assets.length - ASSETS_SHOWN })));
    const contact = this.places.contact(alert);
    if (contact)
      chips.push(
        h("button", { type: "button", class: "chip", onclick: () => this.on.contact(contact.id) }, t("contact.title")),
      );
    this.about.replaceChildren(...chips, ...this.links(alert));
  }

  showMembers(alert) {
    const members = isGroup(alert) ? this.alerts.members(alert.key) : [];
    this.membersTitle.hidden = members.length === 0;
    this.members.hidden = members.length === 0;
    const said = members.map(({ key, state }) => `${key} ${state}`).join();
    if (this.members.dataset.said === said) return;
    this.members.dataset.said = said;
    const row = (member) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", onclick: () => this.on.choose(member) },
          setPriority(priorityGlyph(), member.priority, waits(member)),
          h("span", { class: "name" }, this.places.name(member) || reasonWords(member)),
          h("span", { class: "state" }, member.key === alert.first_up ? t("queue.first") : stateWords(member)),
        ),
      );
    this.members.replaceChildren(...members.slice(0, MEMBERS_SHOWN).map(row));
    if (members.length > MEMBERS_SHOWN)
      this.members.append(h("li", {}, t("queue.more", { count: members.length - MEMBERS_SHOWN })));
  }

  /** What was done and noted, from the store. */
  async loadActs(alert) {
    const { key } = alert;
    const acts = await this.history(key);
    if (this.key !== key || acts === null) return;
    const row = ({ time, what, who, why }) =>
      h(
        "li",
        {},
        h("time", {}, timeOfDay(Date.parse(time), this.zone())),
        h("span", { class: "what" }, told(`queue.act.${what}`, what)),
        h("span", { class: "who" }, whoWords(who)),
        ...[whyWords({ who, why, time }, this.zone())].filter(Boolean).map((words) => h("span", { class: "why" }, words)),
      );
    this.acts.replaceChildren(...acts.map(row));
  }
}
