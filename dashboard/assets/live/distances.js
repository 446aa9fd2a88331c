// How distances and areas are written on the map.

import { number, unit } from "../format.js";

/** Metres up to a kilometre, then kilometres. */
export function distanceWords(metres) {
  if (metres < 1000) return unit(metres, "m");
  return unit(metres / 1000, "km", metres < 10_000 ? 2 : 1);
}

/** The same without needless digits: 500 m, 1 km, 1.5 km. */
export function roundWords(metres) {
  return metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
}

export function bearingWords(degrees) {
  return `${String(Math.round(degrees) % 360).padStart(3, "0")}°`;
}

/** Square metres up to a hectare, then hectares, then square kilometres. */
export function areaWords(squareMetres) {
  if (squareMetres < 10_000) return unit(squareMetres, "m²");
  if (squareMetres < 1_000_000) return unit(squareMetres / 10_000, "ha", 1);
  return `${number(squareMetres / 1_000_000, 2)} km²`;
}
