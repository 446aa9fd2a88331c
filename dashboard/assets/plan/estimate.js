// How long a drawing would take, before it is planned: lanes at the speed of a drone, turns and the
// way there by a rule of thumb. The plan itself says it exactly.

import { length, squareMetres } from "./geometry.js";

export const MANY = 12; // sorties that a plan reasonably has

const LOOSE = 1.25; // turns, edges and ways between, as a share of the lanes
const USED = 0.8; // of a battery above its reserve: the rest is the way there and back
const SEEN_FROM = 60; // metres that the figures of cameras are told for
const USUAL = { height: 60, sidelap: 0.7 }; // of the planner

/**
 * Of a drawing for drones: { sorties, seconds } that it takes `rows` ([{ kind, count }]), and of all
 * `kinds` the one that needs fewest sorties: `best` ({ name, sorties }). Null of kinds of missions
 * whose time is not that of lanes.
 */
export function estimate(kind, values, shape, rows, kinds) {
  const way = (drone) => lanes(kind, values, shape, drone);
  const chosen = rows.map((row) => ({ ...row, drone: kinds.find(({ name }) => name === row.kind) })).filter(({ drone }) => drone);
  if (!chosen.length || way(chosen[0].drone) === null) return null;
  const count = chosen.reduce((sum, row) => sum + row.count, 0);
  // Each drone flies a share; those of one kind are alike.
  const parts = chosen.map(({ drone, count: n }) => {
    const seconds = (way(drone) * n) / count / speed(values, drone);
    return { n, drone, seconds, sorties: Math.max(Math.ceil(seconds / airtime(drone)), Math.min(n, 1)) };
  });
  const best = kinds
    .filter((drone) => way(drone) !== null)
    .map((drone) => ({ name: drone.name, sorties: Math.ceil(way(drone) / speed(values, drone) / airtime(drone)) }))
    .sort((a, b) => a.sorties - b.sorties)[0];
  return {
    sorties: parts.reduce((sum, part) => sum + Math.max(part.sorties, 1), 0),
    seconds: Math.max(...parts.map(({ n, drone, seconds, sorties }) => seconds / n + Math.max(Math.ceil(sorties / n) - 1, 0) * drone.turnround)),
    best,
  };
}

const airtime = (drone) => drone.minutes * 60 * USED;
const speed = (values, drone) => values.speed ?? drone.cruise_speed;

/** Metres of lanes that a drone's camera needs; null where there are none. */
function lanes(kind, values, shape, drone) {
  const camera = drone.cameras.find(({ name }) => name === values.camera) ?? drone.cameras[0];
  const apart = values.spacing ?? (camera ? spacing(kind, values, camera) : null);
  if (!apart) return null;
  if (kind === "corridor") return shape.form === "line" ? length(shape.places) * Math.ceil((values.width ?? 100) / apart) * LOOSE : null;
  const swept = kind === "coverage" || kind === "search";
  return swept && shape.form === "area" ? (squareMetres(shape.places) / apart) * LOOSE : null;
}

function spacing(kind, values, camera) {
  const height = kind === "coverage" && values.gsd ? (values.gsd / camera.gsd_at_60) * SEEN_FROM : (values.height ?? USUAL.height);
  const width = (camera.width_at_60 * height) / SEEN_FROM;
  return width * (kind === "search" ? values.detection : 1 - (values.sidelap ?? USUAL.sidelap));
}
