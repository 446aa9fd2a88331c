// Shapes from files and from coordinates that are typed.

import { api } from "../api.js";
import { ask, inform } from "../dialog.js";
import { h } from "../dom.js";
import { t } from "../words.js";
import { drawn, parsePlaces, writePlaces } from "./geometry.js";
import { saidList } from "./said.js";

const FORMATS = ".geojson,.json,.kml,.kmz,.wkt,.gpx,.plan";
const LEAST = { polygon: 3, line: 2, point: 1 };
const FORMS = { polygon: "area", line: "line", point: "point" };

/** Have a file chosen; null if none is. */
export function chooseFile(accept) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept, class: "unseen", "aria-label": t("plan.import.file") });
    input.addEventListener("change", () => {
      input.remove();
      resolve(input.files[0] ?? null);
    });
    input.addEventListener("cancel", () => {
      input.remove();
      resolve(null);
    });
    document.body.append(input);
    input.click();
  });
}

/** What is drawn in a file that the person chooses; null if none is. Throws ApiProblem. */
export async function readFile() {
  const file = await chooseFile(FORMATS);
  if (!file) return null;
  const found = await api.post(`/areas?name=${encodeURIComponent(file.name)}`, undefined, { file });
  return { ...found, name: file.name };
}

/** The shape of the form "area", "line" or "point" among those of a file; null if there is none. */
export async function choosePart(found, form) {
  const fitting = found.features.filter(({ properties }) => properties.what === form);
  if (!fitting.length) {
    await inform({
      title: t(`plan.import.no.${form}`, { name: found.name }),
      content: [h("p", {}, foundWords(found)), saidList(found.refusals)],
    });
    return null;
  }
  let at = 0;
  if (fitting.length > 1) {
    const answer = await ask({
      title: t("plan.import.which", { count: fitting.length }),
      fields: [
        {
          name: "part",
          label: t("plan.import.part"),
          type: "select",
          options: fitting.map(({ properties }, i) => ({ value: i, label: properties.name || String(i + 1) })),
        },
      ],
      action: t("plan.import.take"),
    });
    if (answer === null) return null;
    at = Number(answer.part);
  }
  return drawn(fitting[at].geometry);
}

/** What there is in a file, in words. */
function foundWords({ features, refusals }) {
  const count = (form) => features.filter(({ properties }) => properties.what === form).length;
  return t("plan.import.found", { areas: count("area"), lines: count("line"), points: count("point"), refused: refusals.length });
}

/** Places typed by hand, for what a tool draws; null if that is put away. */
export async function writeCoordinates(shape, tool) {
  let text = shape ? writePlaces(shape.places) : "";
  let words = t("plan.coordinates.words", { example: "34.0052, 71.5490" });
  for (;;) {
    const answer = await ask({
      title: t("plan.coordinates.title"),
      words,
      fields: [{ name: "places", label: t("plan.coordinates.label"), type: "textarea", required: true, value: text }],
      action: t("plan.coordinates.take"),
    });
    if (answer === null) return null;
    text = answer.places;
    try {
      const places = parsePlaces(text);
      if (places.length >= LEAST[tool]) return { form: FORMS[tool], places, holes: shape?.holes ?? [] };
      words = t("plan.coordinates.few", { least: LEAST[tool] });
    } catch (error) {
      words = t("plan.coordinates.wrong", { line: error.message });
    }
  }
}
