// Distances on the ground, near enough for a city: on the ellipsoid's curvatures at the latitude
// between (WGS 84; a ten-thousandth off at 30 km).

const RADIANS = Math.PI / 180;
const EQUATOR = 6_378_137; // m
const SQUARED = 0.006_694_379_990_14; // eccentricity

/** Metres of a degree of longitude and of latitude at a latitude. */
function degree(latitude) {
  const flat = 1 - SQUARED * Math.sin(latitude * RADIANS) ** 2;
  const across = EQUATOR / Math.sqrt(flat);
  return {
    east: across * Math.cos(latitude * RADIANS) * RADIANS,
    north: ((across * (1 - SQUARED)) / flat) * RADIANS,
  };
}

/** Metres to the east and to the north from one place to another. */
function way([fromLongitude, fromLatitude], [longitude, latitude]) {
  const metres = degree((fromLatitude + latitude) / 2);
  return [(longitude - fromLongitude) * metres.east, (latitude - fromLatitude) * metres.north];
}

/** Where `east` and `north` metres lead to: [longitude, latitude]. */
export function shifted([longitude, latitude], east, north) {
  const there = latitude + north / degree(latitude).north;
  return [longitude + east / degree((latitude + there) / 2).east, there];
}

/** A closed ring of a circle, in degrees. */
export function circle(centre, radius, corners = 48) {
  return Array.from({ length: corners + 1 }, (_, i) => {
    const angle = (i / corners) * 2 * Math.PI;
    return shifted(centre, radius * Math.cos(angle), radius * Math.sin(angle));
  });
}

/** { distance, bearing } from one place to another: metres, degrees from true north. */
export function apart(from, to) {
  const [east, north] = way(from, to);
  return {
    distance: Math.hypot(east, north),
    bearing: (Math.atan2(east, north) / RADIANS + 360) % 360,
  };
}

/** Square metres within a ring of places, which need not be closed. */
export function area(ring) {
  const corners = ring.map((place) => way(ring[0], place));
  const doubled = corners.reduce((sum, [east, north], i) => {
    const [nextEast, nextNorth] = corners[(i + 1) % corners.length];
    return sum + east * nextNorth - nextEast * north;
  }, 0);
  return Math.abs(doubled) / 2;
}
