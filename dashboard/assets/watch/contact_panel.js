// The panel of the chosen contact: what it is taken for, how it threatens, who flies it, who is near.

import { h, mark, write } from "../dom.js";
import { CAR, FRESHNESS, LOST } from "../fleet.js";
import { age, direction, known, metres, number, place, unit } from "../format.js";
import { address } from "../router.js";
import { STALE_AFTER } from "../stores/contacts.js";
import { t, together, told } from "../words.js";
import { inLanguage } from "./alert_words.js";
import { contactName } from "./contact_layers.js";
import { CLASSES, LEVELS, contactGlyph } from "./contact_shapes.js";
import { apart } from "./ground.js";
import { heading, panelFrame, showFacts, showList } from "./panel_parts.js";
import { contactReplay } from "./replay.js";
import { SubjectAlerts } from "./subject_alerts.js";

const CARS_SHOWN = 3;

export class ContactPanel {
  /**
   * `on.close()`, `on.jump(contact)`, `on.asset(key)`, `on.alert(alert)`; `id` of its element,
   * `elsewhere` the other page that shows it.
   */
  constructor(root, { contacts, alerts, orders, fleet, clock, on, id = "contact-panel", elsewhere = "airspace" }) {
    this.about = new SubjectAlerts({ alerts, orders, on, title: t("contact.alerts"), isAbout });
    this.elsewhere = elsewhere;
    this.contacts = contacts;
    this.fleet = fleet;
    this.clock = clock;
    this.on = on;
    this.id = null;
    this.last = null;
    this.frame = panelFrame(root, {
      id,
      kind: "contact-panel",
      label: t("contact.title"),
      onClose: () => on.close(),
      onPlace: () => this.last && on.jump(this.last),
    });
    this.badge = h("span", { class: "badge", role: "status" });
    this.score = h("span", { class: "score" });
    this.reasonsTitle = heading(t("contact.reasons"));
    this.reasons = h("ul", { class: "reasons" });
    this.facts = h("div", { class: "facts" });
    this.operatorTitle = heading(t("contact.operator"));
    this.operatorFacts = h("div", { class: "facts" });
    this.carsTitle = heading(t("contact.cars"));
    this.cars = h("ul", { class: "members cars" });
    const words = ["alerts.replay", `contact.on.${elsewhere}`];
    this.links = h("div", { class: "chips" }, ...words.map((each) => h("a", { class: "chip" }, t(each))));
    this.frame.body.append(
      h("div", { class: "alert-state" }, this.badge, this.score),
      this.links,
      this.about.element,
      this.reasonsTitle,
      this.reasons,
      this.facts,
      this.operatorTitle,
      this.operatorFacts,
      this.carsTitle,
      this.cars,
    );
    contacts.addEventListener("change", () => this.refresh());
  }

  open(id) {
    this.id = String(id);
    this.last = null;
    this.frame.section.hidden = false;
    this.about.show(null);
    this.refresh();
  }

  /** Show how one was that is no longer there; what it threatened is not known. */
  recall(contact) {
    if (this.id !== contact.id || this.contacts.get(this.id)) return;
    this.last ??= contact;
    this.refresh();
  }

  close() {
    this.id = null;
    this.last = null;
    this.about.show(null);
    this.frame.section.hidden = true;
  }

  refresh() {
    if (this.id === null) return;
    const contact = this.contacts.get(this.id);
    if (contact) this.last = contact;
    const shown = this.last;
    if (!shown) return;
    this.about.show(shown);
    const now = this.clock.now();
    const kind = CLASSES.includes(shown.class) ? shown.class : "unknown";
    const { threat } = shown;
    const level = LEVELS[threat?.level] ?? "none";
    const { section, icon, title, sub } = this.frame;
    if (icon.dataset.look !== `${kind} ${level}`) {
      icon.dataset.look = `${kind} ${level}`;
      icon.replaceChildren(contactGlyph(kind, level));
    }
    mark(section, "threat", level);
    mark(section, "stale", String(!contact || this.contacts.age(now) > STALE_AFTER));
    write(title, contactName(shown));
    write(sub, t(`contact.class.${kind}`));
    for (const element of [this.badge, this.reasonsTitle, this.reasons]) element.hidden = !threat;
    write(this.badge, t(`contact.threat.${level}`));
    write(this.score, contact ? t("contact.score", { score: threat.score }) : t("contact.gone"));
    this.showLinks(shown, now);
    const reasons = threat?.reasons.map(inLanguage) ?? [];
    showList(this.reasons, reasons.length ? reasons : [t("contact.noreasons")]);
    this.showFacts(shown, now);
    this.showOperator(shown, now);
  }

  /** Where else it can be looked at; the address of its replay moves on while it is there. */
  showLinks(contact, now) {
    const [past, other] = this.links.children;
    past.href = address("history", contactReplay(contact, now));
    other.href = address(this.elsewhere, { contact: contact.id });
    other.hidden = this.elsewhere === "live" && !this.contacts.get(contact.id);
  }

  showFacts(contact, now) {
    const threat = contact.threat ?? {};
    const ago = (time) => (time ? t("contact.ago", { age: age(Math.max(0, (now - time) / 1000)) }) : null);
    rows(this.facts, [
      ["contact.identity", contact.identity],
      ["contact.callsign", contact.call_sign],
      ["contact.zone", threat.zone],
      ["contact.distance", known(threat.distance) ? (threat.distance > 0 ? metres(threat.distance) : t("contact.inside")) : null],
      ["contact.breach", threat.breach > 0 ? age(threat.breach) : null],
      ["contact.behaviour", known(threat.behaviour) ? told(`contact.behaviour.${threat.behaviour}`, threat.behaviour) : null],
      ["contact.height", known(contact.height) ? metres(contact.height) : null],
      ["contact.speed", known(contact.speed) ? together(`${unit(contact.speed, "m/s", 1)}${t("value.comma")}${direction(contact.course)}`) : null],
      ["contact.error", known(contact.radius) ? `± ${metres(contact.radius)}` : null],
      ["contact.confidence", known(contact.confidence) ? `${number(contact.confidence * 100)} %` : null],
      ["contact.position", place(contact.latitude, contact.longitude)],
      ["contact.means", together((contact.means ?? []).map((each) => told(`contact.means.${each}`, each)).join(t("value.comma")))],
      ["contact.first", ago(contact.first_time)],
      ["contact.seen", ago(contact.seen_time)],
      ["contact.heard", ago(contact.heard_time)],
    ]);
  }

  showOperator({ operator }, now) {
    for (const element of [this.operatorTitle, this.operatorFacts, this.carsTitle, this.cars])
      element.hidden = operator === null;
    if (!operator) return;
    rows(this.operatorFacts, [
      ["contact.operatorid", operator.id],
      ["contact.position", place(operator.latitude, operator.longitude)],
      ["contact.latest", operator.time ? t("contact.ago", { age: age((now - operator.time) / 1000) }) : null],
    ]);
    const near = this.nearest(operator);
    const said = near.map(({ slot }) => slot).join();
    if (this.cars.dataset.said !== said) {
      this.cars.dataset.said = said;
      this.cars.replaceChildren(
        ...near.map(({ slot }) =>
          h(
            "li",
            {},
            h(
              "button",
              { type: "button", onclick: () => this.on.asset(this.fleet.keys[slot]) },
              h("span", { class: "name" }, this.fleet.names[slot]),
              h("span", { class: "far" }),
            ),
          ),
        ),
      );
    }
    near.forEach(({ slot, distance, bearing }, i) => {
      const [button] = this.cars.children[i].children;
      mark(button, "freshness", FRESHNESS[this.fleet.freshness[slot]]);
      const words = `${metres(distance)} · ${direction(bearing)} · ${t("contact.ago", { age: age(this.fleet.age(slot)) })}`;
      write(button.lastChild, words);
    });
  }

  /** The cars nearest to a place; lost ones come after all others. */
  nearest({ longitude, latitude }) {
    const { fleet } = this;
    const found = [];
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (fleet.kind[slot] !== CAR || !fleet.hasPlace(slot)) continue;
      const way = apart([fleet.longitude[slot], fleet.latitude[slot]], [longitude, latitude]);
      found.push({ slot, lost: fleet.freshness[slot] === LOST, ...way });
    }
    return found.sort((a, b) => a.lost - b.lost || a.distance - b.distance).slice(0, CARS_SHOWN);
  }
}

function rows(root, all) {
  showFacts(root, all.map(([label, value]) => [t(label), value]));
}

/** An alert names its contact in a part of its key. */
function isAbout({ subject, identity }, { key }) {
  return key.split("/").some((part) => part === subject || (identity && part === identity));
}
