// The time line: a lane for each sort of thing that happened, and the hand that is moved over it.
// Time runs from left to right in every language.

import { fitted } from "../canvas.js";
import { h, mark, write } from "../dom.js";
import { timeOfDay } from "../format.js";
import { token } from "../shapes.js";
import { t } from "../words.js";
import { LEVELS } from "../watch/contact_shapes.js";
import { dayAndTime, inZone } from "../zones.js";
import { LANES, sign, words } from "./items.js";

const LANE = 18; // CSS pixels
const LANES_HIGH = LANE * (LANES.length + 1); // the contacts' lane is the last
const AXIS = 20;
const BIN = 7; // of those that lie closer only the most important one is drawn
const REACH = 8; // from a sign within which the pointer means it
const TICKS = [5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
const TICK = 90; // pixels between two ticks at least
const STEP = 5000; // ms of an arrow key

export class TimeLine {
  /**
   * `onSeek(ms)` when the hand is moved; `onItem(item)` when something that happened is chosen,
   * `onContact(bar, ms)` when the bar of a contact is.
   */
  constructor(root, player, { onSeek, onItem, onContact, zone }) {
    Object.assign(this, { player, onSeek, onItem, onContact, zone });
    this.items = [];
    this.bars = []; // { id, name, from, to, level } of contacts
    this.shown = []; // { item, x, y } of the signs that are drawn
    this.names = new Map();
    this.loadedTo = 0;
    this.canvas = h("canvas", { class: "past-line-signs", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.hand = h("div", { class: "past-line-hand" });
    this.tip = h("div", { class: "past-line-tip", hidden: true });
    this.track = h(
      "div",
      {
        class: "past-line-track",
        role: "slider",
        tabindex: "0",
        "aria-label": t("history.line"),
        "aria-orientation": "horizontal",
        style: `height: ${LANES_HIGH + AXIS}px`,
        onkeydown: (event) => this.key(event),
        onpointerdown: (event) => this.press(event),
        onpointermove: (event) => this.move(event),
        onpointerup: () => (this.dragging = false),
        onpointercancel: () => (this.dragging = false),
        onpointerleave: () => (this.tip.hidden = true),
      },
      this.canvas,
      this.hand,
      this.tip,
    );
    root.append(
      h(
        "div",
        { class: "past-line", dir: "ltr" },
        h(
          "div",
          { class: "past-line-names", "aria-hidden": "true" },
          ...LANES.map((kind) => h("span", { dir: "auto" }, t(`history.kind.${kind}`))),
          h("span", { dir: "auto" }, t("history.layer.contacts")),
        ),
        this.track,
      ),
    );
    this.dragging = false;
    new ResizeObserver(() => this.draw()).observe(this.track);
  }

  /** Show what happened; as far as `loadedTo` there is something to play. */
  show(items, names, loadedTo) {
    Object.assign(this, { items, names, loadedTo });
    this.draw();
    this.turn();
  }

  /** Show when contacts were there. */
  showContacts(bars) {
    this.bars = bars;
    this.draw();
  }

  x(time) {
    const { from, to } = this.player;
    return ((time - from) / Math.max(1, to - from)) * this.width;
  }

  /** Put the hand where the time stands. */
  turn() {
    const { from, to, time } = this.player;
    this.hand.style.transform = `translateX(${this.x(time)}px)`;
    const { track } = this;
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", String(Math.round((to - from) / 1000)));
    const now = String(Math.round((time - from) / 1000));
    if (track.getAttribute("aria-valuenow") === now) return;
    track.setAttribute("aria-valuenow", now);
    track.setAttribute("aria-valuetext", dayAndTime(time, this.zone()));
  }

  draw() {
    this.width = this.track.clientWidth;
    const height = LANES_HIGH + AXIS;
    fitted(this.canvas, this.width, height, window.devicePixelRatio || 1);
    if (!this.width || this.player.to <= this.player.from) return;
    this.drawGround(height);
    this.shown = [];
    LANES.forEach((kind, lane) => this.drawLane(kind, LANE * (lane + 0.5)));
    this.drawBars(LANES_HIGH - LANE / 2);
    this.turn();
  }

  drawGround(height) {
    const { context, width } = this;
    const { from, to } = this.player;
    context.fillStyle = token("--ground-2");
    for (let lane = 0; lane <= LANES.length; lane += 2) context.fillRect(0, LANE * lane, width, LANE);
    const seconds = (to - from) / 1000;
    const every = TICKS.find((step) => (step / seconds) * width >= TICK) ?? TICKS.at(-1);
    const zone = this.zone();
    context.font = "11px system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "center";
    const wall = (time) => Date.parse(`${inZone(time, zone)}Z`);
    for (const time of ticks(from, to, every * 1000, wall(from) - Math.floor(from / 1000) * 1000)) {
      const x = this.x(time);
      context.fillStyle = token("--line-strong");
      context.fillRect(Math.round(x), 0, 1, height - AXIS);
      const clock = timeOfDay(time, zone);
      const midnight = clock === "00:00:00";
      const label = midnight ? dayAndTime(time, zone).split(" ")[0] : every < 60 ? clock : clock.slice(0, 5);
      context.fillStyle = token("--text-2");
      if (x > 24 && x < width - 24)
        context.fillText(label, x, height - AXIS / 2);
    }
    if (this.loadedTo < to) {
      context.globalAlpha = 0.6;
      context.fillStyle = token("--ground-0");
      context.fillRect(this.x(this.loadedTo), 0, width, height - AXIS);
      context.globalAlpha = 1;
    }
  }

  drawLane(kind, y) {
    const bins = new Map();
    for (const item of this.items) {
      if (item.kind !== kind) continue;
      const x = this.x(item.at);
      if (kind === "gap") this.drawGap(item, x, y);
      const bin = Math.floor(x / BIN);
      const drawing = sign(item);
      const other = bins.get(bin);
      if (!other || drawing.rank > other.drawing.rank) bins.set(bin, { item, x, y, drawing });
    }
    const found = [...bins.values()];
    for (const one of found) this.drawSign(one);
    this.shown.push(...found);
  }

  drawBars(y) {
    const { context } = this;
    for (const bar of this.bars) {
      const left = Math.max(0, this.x(bar.from));
      const right = Math.min(this.width, Math.max(left + 3, this.x(bar.to)));
      if (right < 0 || left > this.width) continue;
      // A higher threat is told by height too.
      const high = 4 + 3 * bar.level;
      context.fillStyle = token(bar.level ? `--threat-${LEVELS[bar.level]}` : "--text-3");
      context.globalAlpha = 0.8;
      context.fillRect(left, y - high / 2, right - left, high);
      context.globalAlpha = 1;
      this.shown.push({ bar, left, right, y });
    }
  }

  drawGap(item, x, y) {
    const { context } = this;
    const end = Math.min(this.width, this.x(item.end ?? this.player.to));
    context.fillStyle = token("--text-3");
    context.globalAlpha = 0.45;
    context.fillRect(x, y - 3, Math.max(1, end - x), 6);
    context.globalAlpha = 1;
  }

  drawSign({ x, y, drawing }) {
    const { context } = this;
    const shape = new Path2D(drawing.path);
    context.save();
    context.translate(x, y);
    context.strokeStyle = context.fillStyle = token(drawing.colour);
    context.lineWidth = 1.4;
    if (drawing.hollow) context.scale(0.75, 0.75);
    if (drawing.hollow) context.stroke(shape);
    else context.fill(shape);
    context.restore();
  }

  /** What is drawn near a place of the track; null for nothing. */
  near({ offsetX, offsetY }) {
    let best = null;
    let least = REACH;
    for (const one of this.shown) {
      const beside = one.bar ? Math.max(0, one.left - offsetX, offsetX - one.right) : Math.abs(one.x - offsetX);
      const away = Math.max(beside, Math.abs(one.y - offsetY));
      if (away < least) [best, least] = [one, away];
    }
    return best;
  }

  press(event) {
    if (event.button !== 0) return;
    const at = this.near(event);
    if (at?.bar) {
      this.onContact(at.bar, this.timeAt(event));
      return;
    }
    if (at) {
      this.onItem(at.item);
      return;
    }
    this.dragging = true;
    this.track.setPointerCapture(event.pointerId);
    this.seek(event);
  }

  move(event) {
    if (this.dragging) this.seek(event);
    const at = this.dragging ? null : this.near(event);
    const when = dayAndTime(at?.item ? at.item.at : this.timeAt(event), this.zone());
    const what = at?.bar ? barWords(at.bar) : at ? words(at.item, this.names) : "";
    write(this.tip, `${when}  ${what}`.trim());
    mark(this.tip, "item", String(at !== null));
    this.track.style.cursor = at ? "pointer" : "";
    this.tip.hidden = false;
    const room = this.width - this.tip.offsetWidth;
    const left = Math.max(0, Math.min(room, event.offsetX - this.tip.offsetWidth / 2));
    this.tip.style.transform = `translateX(${left}px)`;
  }

  timeAt({ offsetX }) {
    const { from, to } = this.player;
    return from + (offsetX / Math.max(1, this.width)) * (to - from);
  }

  seek(event) {
    this.onSeek(this.timeAt(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, to, time } = this.player;
    const page = (to - from) / 20;
    const step = event.shiftKey ? STEP * 6 : STEP;
    const target = {
      ArrowRight: time + step,
      ArrowUp: time + step,
      ArrowLeft: time - step,
      ArrowDown: time - step,
      PageUp: time + page,
      PageDown: time - page,
      Home: from,
      End: to,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.onSeek(target);
  }
}

function barWords({ name, level }) {
  return `${name} · ${t(`contact.threat.${LEVELS[level]}`)}`;
}

/** Moments of round times by a clock that is `offset` ms ahead of UTC. */
function* ticks(from, to, every, offset) {
  const start = Math.ceil((from + offset) / every) * every - offset;
  for (let time = start; time < to; time += every) yield time;
}
