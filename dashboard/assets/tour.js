// A short walk over the live page: one thing at a time is lit and told of in a few words. It is
// offered once, and can be had again from the help page and from the list of keys.

import { h, write } from "./dom.js";
import { choose, chosen } from "./preferences.js";
import { t } from "./words.js";

/** What is shown, in order: the name of its words, and what is lit. */
const STEPS = [
  ["figures", "#header .figures.fleet"],
  ["queue", "#queue"],
  ["list", "#list .tools"],
  ["map", "#stage"],
  ["layers", ".layers"],
  ["tools", ".tools-bar"],
  ["system", "#header .services"],
  ["operator", "#header .operator"],
  ["pages", "#nav ul"],
];

const GAP = 12; // CSS pixels between what is lit and its words, and to the window's edges
const ROOM = 6; // CSS pixels of light around it

export class Tour {
  constructor({ router, say }) {
    this.router = router;
    this.say = say;
    this.dialog = null;
    window.addEventListener("resize", () => this.place());
  }

  /** Ask who has never answered whether to walk around. */
  offer() {
    if (chosen("tour")) return;
    this.withdraw = this.say(t("tour.offer"), {
      kind: "offer",
      action: { words: t("tour.start"), act: () => this.start() },
      onDismiss: () => choose("tour", "seen"),
    });
  }

  /** Show the first step. What is not there, or is hidden, is passed over. */
  start() {
    if (this.dialog) return;
    this.withdraw?.();
    choose("tour", "seen");
    this.router.resume("live");
    this.steps = STEPS.filter(([, selector]) => lit(selector));
    this.at = 0;
    this.build();
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.show();
  }

  build() {
    const button = (name, onclick, look = "") =>
      h("button", { type: "button", class: `button ${name} ${look}`, onclick }, t(`tour.${name}`));
    this.title = h("h2", { id: "tour-title" });
    this.words = h("p", { id: "tour-words" });
    this.count = h("span", { class: "tour-count" });
    this.light = h("div", { class: "tour-light" });
    this.back = button("back", () => this.step(-1));
    this.next = button("next", () => this.step(1), "main");
    this.skip = button("skip", () => this.end());
    this.card = h(
      "div",
      { class: "tour-card" },
      // Read as a whole at each step: the focus stays on the button that leads on.
      h("div", { "aria-live": "polite", "aria-atomic": "true" }, this.title, this.words),
      h("div", { class: "dialog-foot" }, this.count, this.skip, this.back, this.next),
    );
    this.dialog = h(
      "dialog",
      {
        class: "tour",
        "aria-labelledby": "tour-title",
        "aria-describedby": "tour-words",
        onkeydown: (event) => this.key(event),
        onclose: () => this.end(),
      },
      this.light,
      this.card,
    );
  }

  /** The arrows lead on and back, as the page is read. */
  key(event) {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    if (event.key === forward && this.at < this.steps.length - 1) this.step(1);
    else if (event.key === back) this.step(-1);
  }

  step(by) {
    if (this.at + by >= this.steps.length) {
      this.end();
      return;
    }
    this.at = Math.max(0, this.at + by);
    this.show();
  }

  show() {
    const [name] = this.steps[this.at];
    const last = this.at === this.steps.length - 1;
    write(this.title, t(`tour.${name}.title`));
    write(this.words, t(`tour.${name}.words`));
    write(this.count, t("tour.count", { at: this.at + 1, all: this.steps.length }));
    write(this.next, t(last ? "tour.done" : "tour.next"));
    this.back.disabled = this.at === 0;
    this.skip.hidden = last;
    this.dialog.dataset.step = name;
    this.place();
    this.next.focus();
  }

  /** Put the light on it, and the words where there is room beside it. */
  place() {
    if (!this.dialog) return;
    const at = document.querySelector(this.steps[this.at][1]).getBoundingClientRect();
    const { innerWidth: width, innerHeight: height } = window;
    const left = Math.max(0, at.left - ROOM);
    const top = Math.max(0, at.top - ROOM);
    move(this.light, left, top);
    this.light.style.width = `${Math.min(width, at.right + ROOM) - left}px`;
    this.light.style.height = `${Math.min(height, at.bottom + ROOM) - top}px`;
    const card = this.card.getBoundingClientRect();
    const away = GAP + ROOM;
    const x = at.left + (at.width - card.width) / 2;
    const y = at.top + (at.height - card.height) / 2;
    const places = [
      [x, at.bottom + away],
      [x, at.top - away - card.height],
      [at.right + away, y],
      [at.left - away - card.width, y],
      [x, y],
    ].map(([one, other]) => [
      within(one, width - card.width - GAP),
      within(other, height - card.height - GAP),
    ]);
    const beside = ([one, other]) =>
      one >= at.right || one + card.width <= at.left || other >= at.bottom || other + card.height <= at.top;
    move(this.card, ...(places.find(beside) ?? places.at(-1)));
  }

  end() {
    const { dialog } = this;
    if (!dialog) return;
    this.dialog = null;
    dialog.close(); // gives the focus back
    dialog.remove();
  }
}

function lit(selector) {
  return Boolean(document.querySelector(selector)?.checkVisibility());
}

function within(value, most) {
  return Math.max(GAP, Math.min(value, most));
}

function move(element, x, y) {
  element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}
