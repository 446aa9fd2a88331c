// The contacts that are there now, the greatest threat first.

import { h, mark, write } from "../dom.js";
import { age } from "../format.js";
import { STALE_AFTER } from "../stores/contacts.js";
import { Table } from "../table.js";
import { contactName } from "../watch/contact_layers.js";
import { CLASSES, LEVELS, contactGlyph } from "../watch/contact_shapes.js";
import { inLanguage } from "../watch/alert_words.js";
import { t } from "../words.js";

const OURS = "friend";

function rank({ class: kind }) {
  return CLASSES.indexOf(kind);
}

/** What a column of contacts has: its sign and its name. */
export function nameColumn(width) {
  return {
    id: "name",
    label: t("airspace.contact"),
    width,
    write: (cell, contact) => {
      const kind = CLASSES.includes(contact.class) ? contact.class : "unknown";
      const level = LEVELS[contact.threat?.level] ?? "none";
      if (!cell.firstElementChild) {
        cell.classList.add("contact-cell");
        cell.append(h("span", { class: "contact-sign" }), h("span", { class: "contact-name" }));
      }
      const [sign, name] = cell.children;
      if (sign.dataset.look !== `${kind} ${level}`) {
        sign.dataset.look = `${kind} ${level}`;
        sign.replaceChildren(contactGlyph(kind, level));
      }
      write(name, contactName(contact));
      cell.title = `${contactName(contact)}: ${t(`contact.class.${kind}`)}`;
    },
    sort: contactName,
  };
}

export class ContactsTab {
  /** `on.choose(id)`, `on.filter(params)`. */
  constructor(root, { contacts, clock, on }) {
    this.contacts = contacts;
    this.clock = clock;
    this.kind = null;
    this.kinds = new Map(
      [null, ...CLASSES].map((kind) => {
        const words = t(kind === null ? "airspace.others" : kind === OURS ? "airspace.ours" : `contact.class.${kind}`);
        const named = kind === null || kind === OURS;
        const button = h(
          "button",
          { type: "button", "data-kind": kind ?? "others", title: words, onclick: () => on.filter({ class: kind }) },
          named ? `${words} ` : contactGlyph(kind),
          h("span", { class: "count" }),
        );
        return [kind, button];
      }),
    );
    const group = { class: "segments", role: "group", "aria-label": t("airspace.class") };
    root.append(h("div", { class: "filters" }, h("div", group, ...this.kinds.values())));
    this.note = h("div", { class: "queue-missing", role: "status", hidden: true });
    root.append(this.note);
    const why = ({ threat }) => threat.reasons.map(inLanguage).join(" · ");
    this.table = new Table(root, {
      label: t("airspace.tab.now"),
      empty: t("airspace.none"),
      key: ({ id }) => id,
      onChoose: ({ id }) => on.choose(id),
      columns: [
        nameColumn("minmax(178px, 1.2fr)"),
        {
          id: "threat",
          label: t("airspace.threat"),
          width: "96px",
          write: (cell, { threat }) => {
            mark(cell, "threat", LEVELS[threat.level]);
            write(cell, t(`airspace.level.${LEVELS[threat.level]}`, { score: threat.score }));
          },
          sort: ({ threat }) => -threat.score,
        },
        {
          id: "why",
          label: t("contact.reasons"),
          width: "minmax(90px, 2fr)",
          write: (cell, contact) => {
            write(cell, why(contact));
            cell.title = why(contact);
          },
        },
        {
          id: "age",
          label: t("airspace.heard"),
          width: "88px",
          write: (cell, { time }) => {
            const seconds = Math.max(0, (clock.now() - time) / 1000);
            mark(cell, "old", String(seconds > STALE_AFTER));
            write(cell, age(seconds));
          },
          sort: ({ time }) => -time,
        },
      ],
    });
    contacts.addEventListener("change", () => this.refresh());
    this.refresh();
  }

  /** Show what the address says: one class, or all but our own. */
  show({ class: kind }) {
    this.kind = CLASSES.includes(kind) ? kind : null;
    this.refresh();
  }

  /** The greatest threat first, and of the same threat who is least known. */
  ordered() {
    return this.contacts
      .all()
      .sort((a, b) => b.threat.score - a.threat.score || rank(a) - rank(b) || a.id.localeCompare(b.id));
  }

  refresh() {
    const seconds = this.contacts.age(this.clock.now());
    const silent = seconds > STALE_AFTER;
    this.note.hidden = !silent;
    write(this.note, seconds === Infinity ? t("airspace.never") : t("airspace.stale", { age: age(seconds) }));
    this.table.element.dataset.stale = String(silent);
    const all = this.ordered();
    const of = (kind) => all.filter((contact) => (kind === null ? contact.class !== OURS : contact.class === kind));
    for (const [kind, button] of this.kinds) {
      const count = of(kind).length;
      const always = kind === null || kind === OURS;
      button.hidden = !always && !count && kind !== this.kind;
      button.setAttribute("aria-pressed", String(kind === this.kind));
      write(button.lastChild, String(count));
      if (!always) button.setAttribute("aria-label", `${button.title}: ${count}`); // of a sign
    }
    this.table.show(of(this.kind));
  }
}
