// Short words at the foot of the page: what was done, and a moment to take it back.

import { h } from "./dom.js";
import { t } from "./words.js";

const SHOWN = 6000; // ms
const SHOWN_UNDO = 10000;
const MOST = 4;
const LASTING = new Set(["problem", "offer"]);

export class Toasts {
  constructor(root) {
    this.list = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    root.append(this.list);
  }

  /**
   * Say it. `undo` is a function that takes back what was done; `action` is another thing to do:
   * { words, act }; `kind` is "done", "warning", "problem" or "offer". The last two stay until they are
   * dismissed, which calls `onDismiss`. Returns a function that takes it away.
   */
  say(text, { undo = null, action = null, kind = "done", onDismiss = null } = {}) {
    const away = () => {
      clearTimeout(timer);
      toast.remove();
    };
    const after = (act) => () => {
      away();
      act?.();
    };
    const button = (word, act) =>
      h("button", { type: "button", class: "button", onclick: after(act) }, word);
    const toast = h(
      "div",
      { class: `toast ${kind}` },
      h("span", {}, text),
      ...(undo ? [button(t("toast.undo"), undo)] : []),
      ...(action ? [button(action.words, action.act)] : []),
      h(
        "button",
        {
          type: "button",
          class: "icon",
          title: t("toast.dismiss"),
          "aria-label": t("toast.dismiss"),
          onclick: after(onDismiss),
        },
        "×",
      ),
    );
    const life = undo ? SHOWN_UNDO : SHOWN;
    let timer = null;
    const begin = () => {
      if (!LASTING.has(kind)) timer = setTimeout(away, life);
    };
    // Time stands still for who is about to reach the button.
    for (const name of ["pointerenter", "focusin"])
      toast.addEventListener(name, () => clearTimeout(timer));
    for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, begin);
    this.list.append(toast);
    while (this.list.children.length > MOST) this.list.firstChild.remove();
    begin();
    return away;
  }
}
