// High alerts whose place is off the screen or behind the panel: an arrow at the edge that leads there.

import { h, mark, write } from "../dom.js";
import { mercatorX, mercatorY } from "../fleet.js";
import { HIGH, masked, waits } from "../stores/alerts.js";
import { rightToLeft, t } from "../words.js";
import { reasonWords } from "../watch/alert_words.js";

// CSS pixels from the edges to an arrow's middle: clear of the buttons at the map's beginning, above and below.
const ROOM = { begin: 88, end: 30, top: 76, bottom: 70 };
const NEAR = 34; // within which arrows become one

export class EdgeArrows {
  /** `covered()` is { left, right } of the panel; `onChoose(alert)` when an arrow is pressed. */
  constructor(root, { alerts, places, layer, covered, onChoose }) {
    this.layer = layer;
    this.places = places;
    this.covered = covered;
    this.onChoose = onChoose;
    this.list = [];
    this.arrows = [];
    this.shown = 0;
    this.element = h("div", { class: "alert-places edge-arrows" });
    root.append(this.element);
    alerts.addEventListener("change", () => {
      this.list = alerts.queue().filter((alert) => alert.priority === HIGH && !masked(alert));
      this.draw();
    });
  }

  draw() {
    const { camera } = this.layer;
    if (!camera) return;
    const { left, right } = this.covered();
    const [before, after] = rightToLeft ? [ROOM.end, ROOM.begin] : [ROOM.begin, ROOM.end];
    const box = { left: left + before, right: camera.width - right - after, top: ROOM.top, bottom: camera.height - ROOM.bottom };
    const spots = [];
    for (const alert of this.list) {
      const place = this.places.of(alert);
      const spot = place && atEdge(camera.project(mercatorX(place[0]), mercatorY(place[1]), [0, 0]), box);
      if (!spot) continue;
      const near = spots.find(({ x, y }) => Math.hypot(x - spot.x, y - spot.y) < NEAR);
      if (near) near.alerts.push(alert);
      else spots.push({ ...spot, alerts: [alert] });
    }
    this.shown = spots.length;
    while (this.arrows.length < spots.length) this.arrows.push(this.arrow());
    this.arrows.forEach((arrow, i) => this.fill(arrow, spots[i]));
  }

  arrow() {
    const arrow = { count: h("span", { class: "count" }), sign: h("span", { class: "sign" }) };
    arrow.element = h("button", { type: "button", class: "edge-arrow", onclick: () => this.onChoose(arrow.alert) }, arrow.sign, arrow.count);
    this.element.append(arrow.element);
    return arrow;
  }

  fill({ element, sign, count }, spot) {
    element.hidden = !spot;
    if (!spot) return;
    const arrow = this.arrows.find((each) => each.element === element);
    [arrow.alert] = spot.alerts;
    element.style.transform = `translate(${spot.x.toFixed(0)}px, ${spot.y.toFixed(0)}px)`;
    sign.style.transform = `rotate(${spot.turn.toFixed(0)}deg)`;
    mark(element, "waiting", String(spot.alerts.some(waits)));
    count.hidden = spot.alerts.length === 1;
    write(count, String(spot.alerts.length));
    const words = t("edge.alert", { count: spot.alerts.length, reason: reasonWords(arrow.alert) });
    if (element.title === words) return;
    element.title = words;
    element.setAttribute("aria-label", words);
  }
}

/** { x, y, turn } where the line from the middle of a box to a point leaves it; null for one inside. */
function atEdge([x, y], { left, right, top, bottom }) {
  if (x >= left && x <= right && y >= top && y <= bottom) return null;
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  const [dx, dy] = [x - middleX, y - middleY];
  const part = Math.min((right - left) / 2 / Math.abs(dx), (bottom - top) / 2 / Math.abs(dy));
  return {
    x: middleX + dx * part,
    y: middleY + dy * part,
    turn: (Math.atan2(dx, -dy) * 180) / Math.PI,
  };
}
