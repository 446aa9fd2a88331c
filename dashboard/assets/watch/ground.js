// Distances on the ground, near enough for a city.

const METRES = 111_320; // of a degree of latitude
const RADIANS = Math.PI / 180;

/** Where `east` and `north` metres lead to: [longitude, latitude]. */
export function shifted([longitude, latitude], east, north) {
  return [longitude + east / (METRES * Math.cos(latitude * RADIANS)), latitude + north / METRES];
}

/** A closed ring of a circle, in degrees. */
export function circle(centre, radius, corners = 48) {
  return Array.from({ length: corners + 1 }, (_, i) => {
    const angle = (i / corners) * 2 * Math.PI;
    return shifted(centre, radius * Math.cos(angle), radius * Math.sin(angle));
  });
}

/** { distance, bearing } from one place to another: metres, degrees from true north. */
export function apart([fromLongitude, fromLatitude], [longitude, latitude]) {
  const east = (longitude - fromLongitude) * METRES * Math.cos(latitude * RADIANS);
  const north = (latitude - fromLatitude) * METRES;
  return {
    distance: Math.hypot(east, north),
    bearing: (Math.atan2(east, north) / RADIANS + 360) % 360,
  };
}
