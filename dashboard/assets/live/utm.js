// Universal Transverse Mercator on WGS 84, by Krüger's series to the fourth power of the third
// flattening (Karney 2011, "Transverse Mercator with an accuracy of a few nanometers", equations
// 35 and 36): well below a millimetre within a zone.

const RADIANS = Math.PI / 180;
const EQUATOR = 6_378_137; // m
const FLATTENING = 1 / 298.257_223_563;
const SCALE = 0.9996;
const FALSE_EAST = 500_000; // m
const FALSE_NORTH = 10_000_000; // m, in the south
const BANDS = "CDEFGHJKLMNPQRSTUVWX"; // of 8° from 80° S on, the last of 12°

export const SOUTH_END = -80; // degrees of latitude between which there is UTM
export const NORTH_END = 84;

const n = FLATTENING / (2 - FLATTENING);
const ECCENTRICITY = Math.sqrt(FLATTENING * (2 - FLATTENING));
const RECTIFYING = (EQUATOR / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
const ALPHA = [
  n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3 + (41 / 180) * n ** 4,
  (13 / 48) * n ** 2 - (3 / 5) * n ** 3 + (557 / 1440) * n ** 4,
  (61 / 240) * n ** 3 - (103 / 140) * n ** 4,
  (49561 / 161280) * n ** 4,
];
const BETA = [
  n / 2 - (2 / 3) * n ** 2 + (37 / 96) * n ** 3 - (1 / 360) * n ** 4,
  (1 / 48) * n ** 2 + (1 / 15) * n ** 3 - (437 / 1440) * n ** 4,
  (17 / 480) * n ** 3 - (37 / 840) * n ** 4,
  (4397 / 161280) * n ** 4,
];

/** The zone of a place, with the exceptions of Norway and Svalbard. */
function zoneOf(longitude, latitude) {
  if (latitude >= 56 && latitude < 64 && longitude >= 3 && longitude < 12) return 32;
  if (latitude >= 72 && longitude >= 0 && longitude < 42)
    return [31, 33, 35, 37][[9, 21, 33].filter((edge) => longitude >= edge).length];
  return (Math.floor((longitude + 180) / 6) % 60) + 1;
}

function meridian(zone) {
  return zone * 6 - 183;
}

/** { zone, band, easting, northing } in metres; null beyond 80° S and 84° N. */
export function toUtm([longitude, latitude]) {
  if (!(latitude >= SOUTH_END && latitude <= NORTH_END) || !(Math.abs(longitude) <= 180)) return null;
  const zone = zoneOf(longitude, latitude);
  const east = (longitude - meridian(zone)) * RADIANS;
  const sine = Math.sin(latitude * RADIANS);
  const tangent = Math.sinh(Math.atanh(sine) - ECCENTRICITY * Math.atanh(ECCENTRICITY * sine));
  const xi = Math.atan2(tangent, Math.cos(east));
  const eta = Math.asinh(Math.sin(east) / Math.hypot(tangent, Math.cos(east)));
  let [x, y] = [eta, xi];
  ALPHA.forEach((alpha, i) => {
    const twice = 2 * (i + 1);
    x += alpha * Math.cos(twice * xi) * Math.sinh(twice * eta);
    y += alpha * Math.sin(twice * xi) * Math.cosh(twice * eta);
  });
  return {
    zone,
    band: BANDS[Math.min(19, Math.floor((latitude - SOUTH_END) / 8))],
    easting: FALSE_EAST + SCALE * RECTIFYING * x,
    northing: SCALE * RECTIFYING * y + (latitude < 0 ? FALSE_NORTH : 0),
  };
}

/** [longitude, latitude] of a zone, its band and metres; null if these are no place of UTM. */
export function fromUtm({ zone, band, easting, northing }) {
  const row = BANDS.indexOf(band);
  if (!(zone >= 1 && zone <= 60) || row < 0) return null;
  if (!(easting >= 100_000 && easting < 1_000_000 && northing >= 0 && northing < FALSE_NORTH)) return null;
  const xi = (northing - (band < "N" ? FALSE_NORTH : 0)) / (SCALE * RECTIFYING);
  const eta = (easting - FALSE_EAST) / (SCALE * RECTIFYING);
  let [x, y] = [eta, xi];
  BETA.forEach((beta, i) => {
    const twice = 2 * (i + 1);
    x -= beta * Math.cos(twice * xi) * Math.sinh(twice * eta);
    y -= beta * Math.sin(twice * xi) * Math.cosh(twice * eta);
  });
  const tangent = Math.sin(y) / Math.hypot(Math.sinh(x), Math.cos(y));
  // The tangent of the latitude, from that of the conformal one, by Newton's steps (Karney, 19-21).
  let tau = tangent;
  for (let step = 0; step < 3; step += 1) {
    const sigma = Math.sinh(ECCENTRICITY * Math.atanh((ECCENTRICITY * tau) / Math.hypot(1, tau)));
    const conformal = tau * Math.hypot(1, sigma) - sigma * Math.hypot(1, tau);
    const flat = 1 - ECCENTRICITY ** 2;
    tau +=
      ((tangent - conformal) / Math.hypot(1, conformal)) *
      ((1 + flat * tau ** 2) / (flat * Math.hypot(1, tau)));
  }
  const longitude = meridian(zone) + Math.atan2(Math.sinh(x), Math.cos(y)) / RADIANS;
  return [longitude, Math.atan(tau) / RADIANS];
}
