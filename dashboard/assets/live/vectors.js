// Where everything will be in half a minute if it goes on as it does: a line from each mark.

import { CAR, DRONE, LOST, OFFICER } from "../fleet.js";
import { shifted } from "../watch/ground.js";

const AHEAD = 30; // seconds
const SLOWEST = 1; // m/s from which there is one
const FROM = 11.3; // zoom
const COLOURS = { [DRONE]: "drone", [CAR]: "car", [OFFICER]: "officer" };
const MOST = 600;

export class Vectors {
  constructor(layer, layers) {
    this.layer = layer;
    this.layers = layers;
  }

  draw(pen) {
    const { fleet, matches, selected, map } = this.layer;
    if (!this.layers.shows("vectors") || map.getZoom() < FROM) return;
    let left = MOST;
    for (let slot = 0; slot < fleet.count && left > 0; slot += 1) {
      const colour = COLOURS[fleet.kind[slot]];
      // What is not heard any more goes nowhere that we know of.
      if (!colour || fleet.freshness[slot] === LOST || !(fleet.speed[slot] >= SLOWEST)) continue;
      if (Number.isNaN(fleet.heading[slot]) || !fleet.hasPlace(slot)) continue;
      if (matches && !matches[slot] && slot !== selected) continue;
      const here = [fleet.longitude[slot], fleet.latitude[slot]];
      const [x, y] = pen.at(here);
      if (x < -50 || y < -50 || x > pen.camera.width + 50 || y > pen.camera.height + 50) continue;
      const course = (fleet.heading[slot] * Math.PI) / 180;
      const way = fleet.speed[slot] * AHEAD;
      const ahead = shifted(here, way * Math.sin(course), way * Math.cos(course));
      pen.line([here, ahead], { colour: pen.colours[colour], width: slot === selected ? 2.4 : 1.5 });
      left -= 1;
    }
  }
}
