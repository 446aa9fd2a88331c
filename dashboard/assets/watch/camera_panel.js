// The panel of the chosen fixed camera: where it stands and looks, what it told last, its alerts.

import { ApiProblem } from "../api.js";
import { h, mark, write } from "../dom.js";
import { CAMERA, FRESH } from "../fleet.js";
import { age, direction, known, metres, number } from "../format.js";
import { glyph, setGlyph } from "../glyphs.js";
import { chosenNotation, written } from "../live/coordinates.js";
import { address } from "../router.js";
import { eventDetail, eventWords } from "../stores/cameras.js";
import { t } from "../words.js";
import { dayAndTime } from "../zones.js";
import { heading, panelFrame, showFacts } from "./panel_parts.js";
import { momentReplay } from "./replay.js";
import { SubjectAlerts } from "./subject_alerts.js";

const EVENTS = 10; // that are shown; the history has all

export class CameraPanel {
  /** `on.close()`, `on.jump(camera)`, `on.alert(alert)`; `api` has the events, `zone()` is of their times. */
  constructor(root, { cameras, alerts, orders, api, clock, zone, on }) {
    Object.assign(this, { cameras, api, clock, zone });
    this.key = null;
    this.last = null;
    this.told = null; // its key and its newest event when its events were asked for
    this.about = new SubjectAlerts({
      alerts,
      orders,
      on: { ...on, changed: () => this.load() },
      title: t("camera.alerts"),
      isAbout: ({ key }, { assets }) => assets.includes(key),
    });
    this.frame = panelFrame(root, {
      id: "camera-panel",
      kind: "camera-panel",
      label: t("camera.title"),
      onClose: () => on.close(),
      onPlace: () => this.last && on.jump(this.last),
    });
    this.frame.icon.append(setGlyph(glyph(), CAMERA, FRESH));
    this.badge = h("span", { class: "badge", role: "status" });
    this.since = h("span", { class: "score" });
    this.links = h(
      "div",
      { class: "chips" },
      ...["alerts.replay", "camera.onalerts", "camera.onhistory", "page.fleet"].map((words) =>
        h("a", { class: "chip" }, t(words)),
      ),
    );
    this.facts = h("div", { class: "facts" });
    this.events = h("ul", { class: "camera-events" });
    this.note = h("p", { class: "note", role: "status", hidden: true });
    this.frame.body.append(
      h("div", { class: "alert-state" }, this.badge, this.since),
      this.links,
      this.about.element,
      this.facts,
      heading(t("camera.events")),
      this.note,
      this.events,
    );
    cameras.addEventListener("change", () => this.refresh());
  }

  open(key) {
    this.close();
    this.key = key;
    this.frame.section.hidden = false;
    this.refresh();
  }

  close() {
    this.key = null;
    this.last = null;
    this.told = null;
    this.about.show(null);
    this.events.replaceChildren();
    this.note.hidden = true;
    this.frame.section.hidden = true;
  }

  /** Each second, and when cameras have changed. */
  refresh() {
    if (this.key === null) return;
    const camera = this.cameras.get(this.key);
    if (camera && camera !== this.last) {
      this.last = camera;
      this.about.show(camera);
    }
    const shown = this.last;
    if (!shown) return;
    const { title, sub, section } = this.frame;
    const state = !camera ? "gone" : shown.out_of_service ? "service" : "standing";
    write(title, shown.name);
    write(sub, [t("camera.kind"), shown.group, shown.identity].filter(Boolean).map((part) => `\u2068${part}\u2069`).join(" · "));
    mark(section, "state", state);
    write(this.badge, t(`camera.state.${state}`));
    write(this.since, this.sinceWords(shown));
    this.showLinks(shown);
    this.showFacts(shown);
    const told = `${shown.key} ${shown.event?.time}`;
    if (told !== this.told) {
      this.told = told;
      this.load();
    }
  }

  sinceWords({ event }) {
    if (event === null) return t("camera.noevent");
    return t("camera.since", { age: age(Math.max(0, (this.clock.now() - event.time) / 1000)) });
  }

  /** Where else it can be looked at: the time around its last event, its alerts, what is kept of it. */
  showLinks({ key }) {
    const [past, alerts, history, fleet] = this.links.children;
    past.href = address("history", this.replay());
    alerts.href = address("alerts", { asset: key });
    history.href = address("alerts", { tab: "history", asset: key });
    fleet.href = address("fleet", { asset: key });
  }

  /** The parameters of the history page for the time around its last event, without one around now. */
  replay() {
    const now = this.clock.now();
    return momentReplay(this.last.event?.time ?? now, now);
  }

  showFacts({ place, heading: towards, across, reach }) {
    const notation = chosenNotation();
    const at = place && (written(place)[notation] ?? written(place).degrees);
    showFacts(this.facts, [
      [t("camera.heading"), known(towards) && across < 360 ? direction(towards) : null],
      [t("camera.across"), known(across) ? (across < 360 ? `${number(across)}°` : t("camera.around")) : null],
      [t("camera.reach"), known(reach) ? metres(reach) : null],
      [t("camera.looks"), known(towards) && known(across) && known(reach) ? null : t("camera.unknown")],
      [place ? t(`place.${notation}`) : t("camera.place"), at ?? t("camera.unknown")],
    ]);
  }

  /** What it told last, from the store. */
  async load() {
    const { key } = this;
    if (key === null) return;
    let items;
    try {
      ({ items } = await this.api.get(`/events?asset=${key}&limit=${EVENTS}`));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (this.key === key) this.say(t("camera.notread", { reason: error.detail }));
      return;
    }
    if (this.key !== key) return;
    this.say(items.length ? "" : t("camera.noevents"));
    this.events.replaceChildren(...items.map((event) => this.row(event)));
  }

  say(words) {
    this.note.hidden = words === "";
    write(this.note, words);
  }

  row({ time, kind, detail }) {
    const ms = Date.parse(time);
    const now = this.clock.now();
    return h(
      "li",
      {},
      h(
        "a",
        { href: address("history", momentReplay(ms, now)), title: t("camera.replay") },
        h("time", { datetime: time }, dayAndTime(ms, this.zone())),
        h("span", { class: "what" }, eventWords(kind)),
        h("span", { class: "detail" }, eventDetail(detail)),
      ),
    );
  }
}
