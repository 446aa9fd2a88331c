// The page's keys: single ones ("c"), and two after each other ("g a"). `?` shows them all.

import { inform } from "./dialog.js";
import { h } from "./dom.js";
import { PAGES } from "./router.js";
import { t } from "./words.js";

const PATIENCE = 1500; // ms between the first and the second of two keys

export class Keys {
  constructor(router) {
    this.router = router;
    this.known = [];
    this.first = null;
    this.since = 0;
    this.more = null; // what else is offered to who asks for the keys: { words, act }
    document.addEventListener("keydown", (event) => this.take(event));
    this.add("?", "keys.help", () => this.show());
  }

  /**
   * `keys` are what KeyboardEvent.key says, with a space between two; `words` the key of what the
   * overlay says; `page` the only page on which it is meant. Returns a function that removes it.
   * Keys mean nothing while someone writes, Escape aside, nor while a dialog is open.
   */
  add(keys, words, handler, page = null) {
    const entry = { keys, words, handler, page };
    this.known.push(entry);
    return () => {
      this.known = this.known.filter((other) => other !== entry);
    };
  }

  take(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key !== "Escape" && writing(event.target)) return;
    const key = latin(event);
    const patient = this.first !== null && event.timeStamp - this.since < PATIENCE;
    const both = patient ? `${this.first} ${key}` : null;
    const entry = this.find(both) ?? this.find(key);
    const begins = !entry && this.here().some(({ keys }) => keys.startsWith(`${key} `));
    this.first = begins ? key : null;
    this.since = event.timeStamp;
    if (!entry) return;
    event.preventDefault();
    entry.handler(event);
  }

  /** The keys that mean something on the page that is shown; its own before those of all. */
  here() {
    const own = this.known.filter(({ page }) => page === this.router.page);
    return [...own, ...this.known.filter(({ page }) => page === null)];
  }

  find(keys) {
    return keys === null ? undefined : this.here().find((entry) => entry.keys === keys);
  }

  show() {
    return inform({ title: t("keys.title"), content: this.tables(), more: this.more });
  }

  /** Tables of the keys of all pages and of the page that is shown, or with `whole` of each page. */
  tables(whole = false) {
    const pages = whole ? PAGES : [this.router.page];
    return [null, ...pages].flatMap((page) => {
      const entries = this.known.filter((entry) => entry.page === page);
      return entries.length ? [table(page, entries)] : [];
    });
  }
}

function table(page, entries) {
  const rows = entries.flatMap(({ keys, words }) => [
    h("dt", {}, ...caps(keys)),
    h("dd", {}, t(words)),
  ]);
  return h(
    "div",
    { class: "keys" },
    h("h3", {}, t(page ? `page.${page}` : "keys.everywhere")),
    h("dl", {}, ...rows),
  );
}

function caps(keys) {
  return keys
    .split(" ")
    .flatMap((key, i) => [
      ...(i ? [` ${t("key.then")} `] : []),
      h("kbd", {}, key === "Escape" ? t("key.escape") : key),
    ]);
}

/** The key's name; on an Urdu keyboard the Latin letter that is at the same place. */
function latin({ key, code }) {
  const letter = /^Key([A-Z])$/.exec(code);
  return letter && !/^[ -~]+$/.test(key) ? letter[1].toLowerCase() : key;
}

function writing(target) {
  return Boolean(
    target.isContentEditable ||
      target.closest?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button])"),
  );
}
