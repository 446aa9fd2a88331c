// Chooses assets: all, kinds, or single ones by search.

import { h, write } from "../dom.js";
import { KINDS } from "../fleet.js";
import { number } from "../format.js";
import { t } from "../words.js";

const SHOWN = 150; // assets in the list; more are found by searching

export class AssetChoice {
  /** `onChange()` after each choice. */
  constructor(root, { onChange }) {
    this.onChange = onChange;
    this.list = [];
    this.tokens = new Set();
    this.summary = h("summary", { class: "button" });
    this.search = h("input", {
      type: "search",
      placeholder: t("list.search"),
      "aria-label": t("list.search.label"),
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.fill(),
    });
    this.groups = h("div", { class: "past-choice-groups", role: "group", "aria-label": t("list.kind") });
    this.rows = h("div", { class: "past-choice-rows", role: "group", "aria-label": t("list.assets"), tabindex: "0" });
    this.more = h("p", { class: "hint" });
    this.element = h(
      "details",
      {
        class: "past-choice",
        ontoggle: () => this.element.open && this.search.focus(),
        onkeydown: (event) => {
          if (event.key !== "Escape" || !this.element.open) return;
          event.stopPropagation();
          event.preventDefault();
          this.element.open = false;
          this.summary.focus();
        },
      },
      this.summary,
      h("div", { class: "past-choice-box" }, this.search, this.groups, this.rows, this.more),
    );
    // A click elsewhere closes it.
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.element.contains(target)) this.element.open = false;
    });
    root.append(this.element);
    this.tell();
  }

  /** The API's list of assets. */
  offer(list) {
    const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
    this.list = [...list].sort(
      (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || collator.compare(a.name, b.name),
    );
    this.fill();
    this.tell();
  }

  set(tokens) {
    this.tokens = new Set(tokens);
    this.fill();
    this.tell();
  }

  tell() {
    const { tokens, list } = this;
    const names = [...tokens].map((token) =>
      KINDS.includes(token)
        ? t(`history.kinds.${token}`)
        : (list.find(({ key }) => key === token)?.name ?? token),
    );
    write(
      this.summary,
      !tokens.size
        ? t("history.assets.all", { count: number(list.length) })
        : names.length > 2
          ? t("history.assets.chosen", { first: names[0], count: names.length - 1 })
          : names.join(t("value.comma")),
    );
  }

  turn(token, on) {
    if (token === null) this.tokens.clear();
    else if (on) this.tokens.add(token);
    else this.tokens.delete(token);
    const at = document.activeElement?.dataset?.token;
    this.fill();
    if (at) this.element.querySelector(`[data-token="${at}"]`)?.focus();
    this.tell();
    this.onChange();
  }

  fill() {
    const { tokens, list } = this;
    const box = (token, label, count, covered = false) => {
      const checked = token === null ? !tokens.size : tokens.has(token) || covered;
      return h(
        "label",
        {},
        h("input", {
          type: "checkbox",
          "data-token": token ?? "all",
          ...(checked ? { checked: true } : {}),
          ...(covered ? { disabled: true } : {}),
          onchange: ({ target }) => this.turn(token, target.checked),
        }),
        h("span", {}, label),
        ...(count === null ? [] : [h("span", { class: "count" }, number(count))]),
      );
    };
    const kinds = KINDS.filter((kind) => list.some((asset) => asset.kind === kind));
    this.groups.replaceChildren(
      box(null, t("list.all"), list.length),
      ...kinds.map((kind) =>
        box(kind, t(`history.kinds.${kind}`), list.filter((asset) => asset.kind === kind).length),
      ),
    );
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = list.filter(({ name, identity }) => {
      const text = `${name} ${identity}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    this.rows.replaceChildren(
      ...found.slice(0, SHOWN).map(({ key, name, kind }) => box(key, name, null, tokens.has(kind))),
    );
    const hidden = found.length - SHOWN;
    write(this.more, hidden > 0 ? t("history.assets.more", { count: number(hidden) }) : "");
    if (!found.length) write(this.more, t("list.nomatch"));
  }
}
