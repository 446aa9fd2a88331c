// The control of the tones: on, silent for a while, or not allowed by the browser yet.

import { h, mark, write } from "../dom.js";
import { t } from "../words.js";
import { SILENCES } from "./sound.js";

export class SoundControl {
  constructor(sound) {
    this.sound = sound;
    this.words = h("span", { class: "words" });
    this.summary = h("summary", { class: "sound-summary", role: "button" }, h("span", { class: "sign", "aria-hidden": "true" }), this.words);
    const choice = (words, onclick, name) =>
      h(
        "button",
        {
          type: "button",
          "data-silence": name,
          onclick: () => {
            onclick();
            this.element.open = false;
            this.summary.focus();
          },
        },
        words,
      );
    this.again = choice(t("sound.again"), () => sound.unsilence(), "0");
    this.element = h(
      "details",
      { class: "sound" },
      this.summary,
      h(
        "div",
        { class: "sound-menu", role: "group", "aria-label": t("sound.silence") },
        h("span", { class: "label" }, t("sound.silence")),
        ...SILENCES.map((minutes) =>
          choice(t("queue.minutes", { minutes }), () => sound.silence(minutes), String(minutes)),
        ),
        this.again,
      ),
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      event.stopPropagation();
      this.element.open = false;
      this.summary.focus();
    });
    sound.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const { state, remaining } = this.sound;
    const seconds = Math.ceil(remaining / 1000);
    const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    mark(this.element, "state", state);
    write(this.words, state === "silent" ? left : t(`sound.${state}`));
    this.summary.title = t(`sound.${state}.title`, { left });
    this.summary.setAttribute("aria-label", t(`sound.${state}.title`, { left }));
    this.again.hidden = state !== "silent";
  }
}
