// A plan that was made is kept: under a name, or as the next version of the one it came of.

import { api } from "../api.js";
import { t } from "../words.js";

/** What it may be kept as, where it came of a kept plan. */
export const saveOptions = (base) => [
  { value: "version", label: t("plan.save.version", { n: base.version + 1 }) },
  { value: "new", label: t("plan.save.new") },
];

/** Gives each body its Idempotency-Key: sent again it has the same, changed another one. */
export function keysOf() {
  let [last, key] = [null, null];
  return (body) => {
    const text = JSON.stringify(body);
    if (text !== last) [last, key] = [text, crypto.randomUUID()];
    return key;
  };
}

/** Keep `made` ({ job, base, keys }) as somebody wants it; the kept plan. Throws ApiProblem. */
export async function keep({ job, base, keys }, { who, name, as }) {
  const body = { who, job, name };
  if (!base || as !== "version") return api.post("/plans", body, { key: keys(body) });
  const kept = await api.post(`/plans/${base.id}/versions`, { who, job }, { etag: `"${base.revision}"` });
  if (name === base.name) return kept;
  return api.patch(`/plans/${base.id}`, { who, name }, { etag: `"${kept.revision}"` });
}
