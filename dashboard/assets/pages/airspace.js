// The page "airspace": who flies here without being ours, who did, the sensors, and when and where they
// come. The chosen contact stands beside the map with all that is known of it.

import { h } from "../dom.js";
import { ContactsTab } from "../airspace/contacts_tab.js";
import { EarlierTab } from "../airspace/earlier_tab.js";
import { HeatTab } from "../airspace/heat_tab.js";
import { SensorsTab } from "../airspace/sensors_tab.js";
import { SkyMap } from "../airspace/sky_map.js";
import { Story } from "../airspace/story.js";
import { StaleNote } from "../stale.js";
import { Tabs } from "../tabs.js";
import { ContactPanel } from "../watch/contact_panel.js";
import { Orders } from "../watch/orders.js";
import { contactReplay } from "../watch/replay.js";

const TABS = ["now", "earlier", "sensors", "heat"];
const STORY_AGAIN = 5; // seconds after which what is known of a contact is asked for again
const STORY_GONE = 20; // of one that is no longer there
// Parameters that mean another thing, or nothing, on another tab.
const OF_TAB = { span: null, from: null, to: null, class: null, cell: null, sensor: null };

export default class {
  constructor(root, app) {
    const { alerts, contacts, fleet, clock, keys, look, t } = app;
    this.app = app;
    this.seconds = 0;
    this.note = new StaleNote(root, app);
    const main = h("div", { class: "airspace-main" });
    const stage = h("div", { class: "airspace-stage" });
    const side = h("aside", { class: "airspace-side", "aria-label": t("contact.title") });
    this.body = h("div", { class: "airspace-page" }, main, stage, side);
    root.append(this.body);
    this.tabs = new Tabs(main, {
      name: "airspace",
      label: t("page.airspace"),
      tabs: TABS.map((id) => ({ id, label: t(`airspace.tab.${id}`) })),
      onChoose: (tab) => this.go({ ...OF_TAB, tab: tab === "now" ? null : tab }),
    });
    const on = {
      choose: (id) => this.go({ contact: id }, true),
      filter: (params) => this.go(params, true),
      cells: (items, cell) => this.map.showCells(items, cell),
      close: () => this.go({ contact: null }, true),
      asset: (key) => app.router.go("live", { asset: key }),
      alert: ({ key }) => app.router.go("alerts", { alert: key }),
      changed: () => this.story.load(),
      jump: (contact) => this.map.fit([[contact.longitude, contact.latitude]]),
    };
    const { api } = app;
    this.map = new SkyMap(stage, app, on.choose);
    this.now = new ContactsTab(this.tabs.panel("now"), { contacts, clock, on });
    this.earlier = new EarlierTab(this.tabs.panel("earlier"), { api, clock, zone: app.zone, on });
    this.sensors = new SensorsTab(this.tabs.panel("sensors"), { api, contacts, clock, zone: app.zone, on });
    this.heat = new HeatTab(this.tabs.panel("heat"), { api, clock, zone: app.zone, look, on });
    this.panel = new ContactPanel(side, {
      contacts,
      alerts,
      orders: new Orders(app, alerts),
      fleet,
      clock,
      on,
      id: "airspace-page-panel",
      elsewhere: "live",
    });
    this.story = new Story(this.panel.frame.body, app, {
      track: (points, first) => this.map.showTrack(points, first),
      last: (contact) => this.panel.recall(contact),
    });
    contacts.addEventListener("change", () => this.counts());
    const own = (key, words, handler) => keys.add(key, words, handler, "airspace");
    own("j", "keys.airspace.next", () => this.step(1));
    own("k", "keys.airspace.before", () => this.step(-1));
    own("a", "keys.airspace.acknowledge", () => this.acknowledge());
    own("l", "keys.checklist", () => this.story.checklist.focus());
    own("h", "keys.replay", () => this.replay());
    own("m", "keys.airspace.map", () => this.panel.last && on.jump(this.panel.last));
    own("Escape", "keys.airspace.escape", () => this.params.contact && on.close());
    this.counts();
  }

  /** The next contact of the list that is shown. */
  step(by) {
    const table = { now: this.now, earlier: this.earlier }[this.tab]?.table;
    if (!table?.order.length) return;
    const at = table.order.findIndex(({ id }) => id === this.params.contact);
    const next = at < 0 ? (by > 0 ? 0 : table.order.length - 1) : Math.max(0, Math.min(table.order.length - 1, at + by));
    this.go({ contact: table.order[next].id }, true);
  }

  /** The chosen contact's alerts; if none waits, choose the contact that the most urgent one is of. */
  acknowledge() {
    if (this.panel.about.acknowledge()) return;
    const { alerts, contacts } = this.app;
    for (const { key } of alerts.waiting()) {
      const contact = contacts.named(key.split("/").slice(1));
      if (contact) {
        this.go({ tab: null, contact: contact.id });
        return;
      }
    }
  }

  replay() {
    const { router, clock } = this.app;
    if (this.panel.last) router.go("history", contactReplay(this.panel.last, clock.now()));
  }

  go(params, replace = false) {
    this.app.router.go("airspace", { ...this.params, ...params }, { replace });
  }

  show(params) {
    this.params = params;
    this.tab = this.tabs.has(params.tab) ? params.tab : "now";
    this.tabs.show(this.tab);
    const contact = params.contact ?? null;
    this.body.dataset.shown = this.tab;
    this.body.dataset.chosen = String(contact !== null && this.tab !== "sensors" && this.tab !== "heat");
    if (this.tab === "sensors") this.map.hide();
    else this.map.show();
    if (this.tab === "now") this.now.show(params);
    this.map.showOwn(this.tab === "now" && params.class === "friend");
    if (this.tab === "earlier") this.earlier.show(params);
    if (this.tab === "sensors") this.sensors.show(params);
    if (this.tab === "heat") this.heat.show(params);
    else this.map.showCells([], 1);
    this.showContact(contact);
  }

  showContact(id) {
    this.now.table.choose(id);
    this.earlier.table.choose(id);
    if (id === null) this.panel.close();
    else if (this.panel.id !== id) this.panel.open(id);
    this.map.select(id);
    this.story.open(id);
  }

  hide() {
    this.map.hide();
  }

  refresh() {
    this.note.refresh();
    if (this.tab === "now") this.now.refresh();
    if (this.tab === "sensors") this.sensors.refresh();
    this.panel.refresh();
    this.map.contacts?.age();
    this.seconds += 1;
    const there = this.app.contacts.get(this.params.contact) !== null;
    if (this.seconds % (there ? STORY_AGAIN : STORY_GONE) === 0 && this.app.feed.state === "live")
      this.story.load();
  }

  counts() {
    const { contacts } = this.app;
    const numbers = {
      now: contacts.all().filter((contact) => contact.class !== "friend").length,
      sensors: contacts.sensors.filter(({ state }) => state === "lost" || state === "silent").length,
    };
    for (const [id, count] of Object.entries(numbers)) {
      const button = this.tabs.buttons.get(id);
      if (count) button.dataset.count = String(count);
      else delete button.dataset.count;
    }
  }
}
