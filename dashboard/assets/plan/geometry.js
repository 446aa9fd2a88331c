// Places on the map as [longitude, latitude], and what is made of them by hand.

const DEGREE = 111195; // metres of a degree of latitude, on a sphere of 6,371,009 m
const CORNERS = 48; // of a circle

const east = (latitude) => DEGREE * Math.cos((latitude * Math.PI) / 180);

/** Metres between two places that are near each other. */
export function distance(a, b) {
  const middle = (a[1] + b[1]) / 2;
  return Math.hypot((b[0] - a[0]) * east(middle), (b[1] - a[1]) * DEGREE);
}

/** The corners of a circle with its radius in metres, its end not joined. */
export function circle([longitude, latitude], radius) {
  return Array.from({ length: CORNERS }, (_, i) => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return rounded([
      longitude + (radius * Math.sin(angle)) / east(latitude),
      latitude + (radius * Math.cos(angle)) / DEGREE,
    ]);
  });
}

/** The corners of a rectangle between two opposite ones. */
export function rectangle(a, b) {
  return [a, [b[0], a[1]], b, [a[0], b[1]]].map(rounded);
}

/** A place so many metres beside the beginning of a line, to its "left" or "right". */
export function beside([a, b], side, metres) {
  const [x, y] = [(b[0] - a[0]) * east(a[1]), (b[1] - a[1]) * DEGREE];
  const share = (side === "right" ? metres : -metres) / Math.hypot(x, y);
  return rounded([a[0] + (y * share) / east(a[1]), a[1] - (x * share) / DEGREE]);
}

/** A place so many metres outside an area's first corner, seen from its middle. */
export function outside(places, metres) {
  const [west, south, fareast, north] = bounds(places);
  const [middle, corner] = [[(west + fareast) / 2, (south + north) / 2], places[0]];
  const share = 1 + metres / distance(middle, corner);
  return rounded([0, 1].map((i) => middle[i] + share * (corner[i] - middle[i])));
}

/** Square metres of a ring whose end is not joined. */
export function squareMetres(places) {
  if (places.length < 3) return 0;
  const width = east(places[0][1]);
  const [x0, y0] = places[0];
  const flat = places.map(([x, y]) => [(x - x0) * width, (y - y0) * DEGREE]);
  const twice = flat.reduce((sum, [x, y], i) => {
    const [u, v] = flat[(i + 1) % flat.length];
    return sum + x * v - u * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** Metres along a line. */
export function length(places) {
  return places.slice(1).reduce((sum, place, i) => sum + distance(places[i], place), 0);
}

/** A place to the centimetre. */
export function rounded([longitude, latitude]) {
  return [Number(longitude.toFixed(7)), Number(latitude.toFixed(7))];
}

/** "34.0123, 71.5678", a place a line, as places; throws a RangeError that names the wrong line. */
export function parsePlaces(text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const numbers = line.trim().split(/[\s,;]+/).map(Number);
    const [latitude, longitude] = numbers;
    const good =
      numbers.length === 2 && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    if (!good) throw new RangeError(line.trim());
    return [longitude, latitude];
  });
}

/** The same the other way round. */
export function writePlaces(places) {
  return places.map(([longitude, latitude]) => `${latitude.toFixed(6)}, ${longitude.toFixed(6)}`).join("\n");
}

/** What was drawn as GeoJSON: { form: "area" | "line" | "point", places, holes }. */
export function geometry({ form, places, holes = [] }) {
  if (form === "point") return { type: "Point", coordinates: places[0] };
  if (form === "line") return { type: "LineString", coordinates: places };
  const closed = (ring) => [...ring, ring[0]];
  return { type: "Polygon", coordinates: [closed(places), ...holes.map(closed)] };
}

/** What was drawn of a GeoJSON geometry; null of what is neither area, line nor point. */
export function drawn({ type, coordinates }) {
  const open = (ring) => ring.slice(0, -1).map(flat);
  if (type === "Point") return { form: "point", places: [flat(coordinates)], holes: [] };
  if (type === "LineString") return { form: "line", places: coordinates.map(flat), holes: [] };
  if (type !== "Polygon") return null;
  return { form: "area", places: open(coordinates[0]), holes: coordinates.slice(1).map(open) };
}

const flat = ([longitude, latitude]) => [longitude, latitude];

/** West, south, east, north of places. */
export function bounds(places) {
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
