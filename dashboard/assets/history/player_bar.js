// The buttons of the player: play and pause, to the event before or after, how fast; and the moment it
// stands at.

import { h, write } from "../dom.js";
import { t } from "../words.js";
import { dayAndTime } from "../zones.js";
import { SPEEDS } from "./player.js";

export class PlayerBar {
  /** `onStep(by)`: to the event before (-1) or after (1). More can be put into its `element`. */
  constructor(root, player, { onStep, zone }) {
    this.player = player;
    this.zone = zone;
    const button = (name, text, onclick) =>
      h("button", { type: "button", class: `button past-${name}`, title: t(`history.${name}`), "aria-label": t(`history.${name}`), onclick }, text);
    this.playButton = button("play", "▶", () => player.toggle());
    this.speed = h(
      "select",
      { "aria-label": t("history.speed"), onchange: () => player.setSpeed(Number(this.speed.value)) },
      ...SPEEDS.map((speed) => h("option", { value: speed }, `${speed}×`)),
    );
    this.when = h("time", { class: "past-when", dir: "ltr" });
    this.said = h("span", { class: "unseen", role: "status" });
    this.element = h(
      "div",
      { class: "past-controls" },
      h(
        "div",
        { class: "past-buttons", dir: "ltr" },
        button("before", "⏮", () => onStep(-1)),
        this.playButton,
        button("after", "⏭", () => onStep(1)),
        this.speed,
        this.when,
      ),
      this.said,
    );
    root.append(this.element);
    player.addEventListener("state", () => this.showState());
    this.showState();
  }

  showState() {
    const { player } = this;
    const name = t(player.playing ? "history.pause" : "history.play");
    write(this.playButton, player.playing ? "⏸" : "▶");
    this.playButton.setAttribute("aria-label", name);
    this.playButton.title = name;
    this.speed.value = String(player.speed);
  }

  /** Show the moment that the player stands at. */
  turn() {
    write(this.when, dayAndTime(this.player.time, this.zone()));
  }

  /** For those who hear the page. */
  say(words) {
    write(this.said, words);
  }
}
