// The geofences that count now as a file for other programs, and what a form of file cannot carry.

import { api } from "../api.js";
import { ask } from "../dialog.js";
import { h } from "../dom.js";
import { tellLost, trouble } from "../plan/said.js";
import { t } from "../words.js";

const SUFFIXES = { geojson: ".geojson", kml: ".kml", ed318: ".ed318.json", ed269: ".ed269.json", qgc: ".plan" };

/** Ask for the form, hand the file on, and say what it does not carry. */
export async function exportFences({ say, zone }) {
  const options = Object.entries(SUFFIXES).map(([form, suffix]) => ({ value: form, label: `${t(`fences.form.${form}`)} (${suffix})` }));
  const answer = await ask({
    title: t("fences.export.title"),
    fields: [{ name: "form", label: t("plan.export.form"), type: "select", options }],
    action: t("plan.export"),
  });
  if (answer === null) return;
  const { form } = answer;
  try {
    const { losses } = await api.get(`/geofences/file/report?form=${form}`);
    const name = `geofences${SUFFIXES[form]}`;
    h("a", { href: `/api/v1/geofences/file?form=${form}`, download: name }).click();
    tellLost(say, name, losses, zone());
  } catch (error) {
    if (error.name !== "ApiProblem") throw error;
    say(trouble(error, zone()), { kind: "problem" });
  }
}
