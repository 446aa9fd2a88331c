// Which page is shown, and of what: the address says both, so every view is a link and Back works.

export const PAGES = ["live", "alerts", "airspace", "fleet", "plan", "history", "help"];

/** The address of a page: `address("alerts", { key: "12" })` is /alerts?key=12. */
export function address(page, params = {}) {
  const told = Object.entries(params).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(told).toString();
  return (page === "live" ? "/" : `/${page}`) + (query ? `?${query}` : "");
}

function pageOf(path) {
  const name = path === "/" ? "live" : path.slice(1);
  return PAGES.includes(name) ? name : null;
}

/** Dispatches `change` (detail: { from }) when `page` or `params` have become others. */
export class Router extends EventTarget {
  constructor() {
    super();
    this.last = new Map(); // the parameters that each page was last shown with
    this.read();
    window.addEventListener("popstate", () => this.tell());
    document.addEventListener("click", (event) => this.follow(event));
  }

  /** Show a page; `replace` makes no new step for Back. A value of null leaves its name out. */
  go(page, params = {}, { replace = false } = {}) {
    const to = address(page, params);
    if (to === location.pathname + location.search) return;
    if (replace) history.replaceState(null, "", to);
    else history.pushState(null, "", to);
    this.tell();
  }

  /** Show a page as it was when it was left. */
  resume(page) {
    this.go(page, this.last.get(page));
  }

  read() {
    this.page = pageOf(location.pathname) ?? "live";
    this.params = Object.fromEntries(new URLSearchParams(location.search));
    this.last.set(this.page, this.params);
  }

  tell() {
    const from = this.page;
    this.read();
    this.dispatchEvent(new CustomEvent("change", { detail: { from } }));
  }

  /** A plain click on a link to one of our pages loads no document. */
  follow(event) {
    const link = event.target.closest?.("a[href]");
    const special = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || special || event.defaultPrevented || link.target || link.hasAttribute("download"))
      return;
    const url = new URL(link.href);
    const page = url.origin === location.origin ? pageOf(url.pathname) : null;
    if (!page) return;
    event.preventDefault();
    this.go(page, Object.fromEntries(url.searchParams));
  }
}
