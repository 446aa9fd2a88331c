// Asks the server's REST API. What goes wrong is an ApiProblem whose `detail` can be shown.

import { t } from "./words.js";

const ROOT = "/api/v1";
const LIMIT = 20000; // ms for one answer

export class ApiProblem extends Error {
  /**
   * `status` is HTTP's, 0 if there was no answer; `kind` the last part of the problem's type; `code`
   * and `values` name the detail where the server tells them.
   */
  constructor(status, kind, detail, { code = "", values = {} } = {}) {
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.kind = kind;
    this.detail = detail;
    this.code = code;
    this.values = values;
  }
}

/**
 * One request; `path` begins after /api/v1. Resolves to the answer's JSON (text where it is none,
 * null where it is empty). `key` is an Idempotency-Key: with it the same request sent twice counts
 * once. `etag` is for If-Match; `file` a file that is sent as it is; `limit` is how many ms it may
 * take. Throws ApiProblem.
 */
async function request(method, path, { body, file, key, etag, signal, limit = LIMIT } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (etag) headers["If-Match"] = etag;
  const late = AbortSignal.timeout(limit);
  let response;
  try {
    response = await fetch(ROOT + path, {
      method,
      headers,
      // oxlint-disable-next-line unicorn/no-invalid-fetch-options -- who gets gives none
      body: file ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, "unreachable", t("api.unreachable"));
  }
  const told = await content(response);
  if (response.ok) return told;
  const kind = String(told?.type ?? "").split(/[/:]/).at(-1) || String(response.status);
  throw new ApiProblem(
    response.status,
    kind,
    told?.detail ?? told?.title ?? t("api.refused", { status: response.status }),
    told ?? {},
  );
}

async function content(response) {
  const text = await response.text();
  if (text === "") return null;
  return (response.headers.get("Content-Type") ?? "").includes("json") ? JSON.parse(text) : text;
}

export const api = {
  get: (path, options) => request("GET", path, options),
  post: (path, body, options) => request("POST", path, { ...options, body }),
  put: (path, body, options) => request("PUT", path, { ...options, body }),
  patch: (path, body, options) => request("PATCH", path, { ...options, body }),
  delete: (path, options) => request("DELETE", path, options),
};
