// What is said of loading a window: how far it is, why it cannot be had, what is missing beside it.

import { h } from "../dom.js";
import { t } from "../words.js";

export class LoadNotes {
  constructor(root) {
    this.state = h("div", { class: "past-load", role: "status", hidden: true });
    this.lacks = h("div", { class: "past-load", role: "status", hidden: true });
    root.append(this.state, this.lacks);
  }

  /** How far a Recording is; of one that is loaded nothing. */
  showProgress(recording) {
    this.state.hidden = recording.done;
    if (recording.done) return;
    const share = Math.round(recording.progress * 100);
    this.state.replaceChildren(
      h("progress", { max: 100, value: share, "aria-label": t("history.loading", { share }) }),
      h("span", {}, t("history.loading", { share })),
    );
  }

  /** Say what is wrong; `offer` is { words, action } of a button that mends it. */
  tell(text, offer = null) {
    this.state.hidden = false;
    this.state.replaceChildren(
      h("span", { class: "wrong", role: "alert" }, text),
      ...(offer ? [h("button", { type: "button", class: "button", onclick: offer.action }, offer.words)] : []),
    );
  }

  /** Say what is missing beside the assets; `again()` asks for it once more. */
  tellLacks(text, again = null) {
    this.lacks.hidden = false;
    this.lacks.replaceChildren(
      h("span", { class: "wrong" }, text),
      ...(again ? [h("button", { type: "button", class: "button", onclick: again }, t("history.again"))] : []),
    );
  }

  /** Nothing is missing, as far as is known. */
  clearLacks() {
    this.lacks.hidden = true;
  }

  clear() {
    this.state.hidden = true;
    this.clearLacks();
  }
}
