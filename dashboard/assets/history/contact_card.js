// The selected contact at the moment that is shown: what it was taken for, how it threatened, who flew it.

import { h, mark, write } from "../dom.js";
import { DASH, age, direction, known, metres, place, unit } from "../format.js";
import { address } from "../router.js";
import { t, told } from "../words.js";
import { inLanguage } from "../watch/alert_words.js";
import { contactName } from "../watch/contact_layers.js";
import { CLASSES, LEVELS, contactGlyph } from "../watch/contact_shapes.js";
import { showList } from "../watch/panel_parts.js";
import { dayAndTime } from "../zones.js";

const FIELDS = ["position", "height", "speed", "error", "identity", "means", "operator"];

export class ContactCard {
  /** `onClose()`; `onPlace(contact)` brings it into view, `onFind([from, to])` goes to when it was there. */
  constructor(root, contacts, { onClose, onPlace, onFind, zone }) {
    Object.assign(this, { contacts, zone });
    this.id = null;
    this.glyph = h("span", { class: "past-contact-glyph" });
    this.name = h("h2", {});
    this.state = h("p", { class: "past-state" });
    this.reasons = h("ul", { class: "past-reasons" });
    this.link = h("a", { class: "chip" }, t("history.contact.story"));
    this.cells = {};
    const rows = FIELDS.map((name) => {
      this.cells[name] = h("dd", { class: "value", "data-field": name, dir: "auto" });
      return h("div", {}, h("dt", {}, t(`contact.${name}`)), this.cells[name]);
    });
    const button = (words, sign, onclick) =>
      h("button", { type: "button", class: "icon", title: words, "aria-label": words, onclick }, sign);
    this.element = h(
      "section",
      { class: "past-contact", hidden: true, "aria-label": t("contact.title") },
      h(
        "div",
        { class: "past-who" },
        this.glyph,
        this.name,
        button(t("panel.centre"), "◎", () => (this.shown ? onPlace(this.shown) : onFind(this.contacts.there(this.id)))),
        button(t("panel.close"), "×", onClose),
      ),
      this.state,
      this.reasons,
      h("dl", {}, ...rows),
      this.link,
    );
    root.append(this.element);
    contacts.addEventListener("change", () => this.turn());
  }

  /** Show a contact; null for none. */
  open(id) {
    this.id = id;
    this.element.hidden = id === null;
    if (id === null) return;
    this.link.href = address("airspace", { tab: "earlier", contact: id });
    this.turn();
  }

  turn() {
    const { contacts, id } = this;
    if (id === null) return;
    const shown = contacts.get(id);
    this.shown = shown;
    const kind = shown && CLASSES.includes(shown.class) ? shown.class : "unknown";
    const level = shown ? LEVELS[shown.threat.level] : "none";
    const look = `${kind} ${level}`;
    if (this.glyph.dataset.look !== look) {
      this.glyph.dataset.look = look;
      this.glyph.replaceChildren(contactGlyph(kind, level));
    }
    write(this.name, shown ? contactName(shown) : t("contact.nameless", { id: id.slice(-4) }));
    mark(this.state, "threat", level);
    showList(this.reasons, shown ? why(shown.threat) : []);
    const old = shown ? age(Math.max(0, contacts.time - shown.time) / 1000) : "";
    write(
      this.state,
      shown
        ? `${t(`contact.class.${kind}`)} · ${threatWords(shown.threat)} · ${t("contact.ago", { age: old })}`
        : this.away(id),
    );
    const values = shown ? this.values(shown) : {};
    for (const name of FIELDS) write(this.cells[name], values[name] ?? DASH);
  }

  /** When it was there instead. */
  away(id) {
    const there = this.contacts.there(id);
    if (!there) return t("history.contact.unknown");
    const [from, to] = there.map((time) => dayAndTime(time, this.zone()));
    return t("history.contact.away", { from, to });
  }

  values(contact) {
    const { operator } = contact;
    return {
      position: place(contact.latitude, contact.longitude),
      height: metres(contact.height),
      speed: known(contact.speed) ? `${unit(contact.speed, "m/s", 1)}, ${direction(contact.course)}` : DASH,
      error: known(contact.radius) ? `± ${metres(contact.radius)}` : DASH,
      identity: contact.identity || DASH,
      means: contact.means.map((each) => told(`contact.means.${each}`, each)).join(t("value.comma")) || DASH,
      operator: operator ? place(operator.latitude, operator.longitude) : DASH,
    };
  }
}

/** Level and score, as they were told; the level alone where that is reckoned. */
function threatWords({ level, score, reckoned }) {
  const words = t(`contact.threat.${LEVELS[level]}`);
  return reckoned ? words : `${words}${t("value.comma")}${t("contact.score", { score })}`;
}

function why({ reckoned, reasons }) {
  return reckoned ? [t("history.contact.reckoned")] : reasons.map(inLanguage);
}
