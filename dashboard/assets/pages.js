// Shows one page at a time. A page's module is loaded when it is first shown; a page that was left
// stays as it was, but is neither refreshed nor drawn.

import { h } from "./dom.js";
import { PAGES } from "./router.js";

/**
 * Where each page comes from. A page module's default export is a class:
 *   constructor(root, app, { actions })  `root` is empty; buttons in `actions` stand by the heading
 *   show(params)     the address names this page; again when only its parameters have changed
 *   hide()           another page is shown (may be left out)
 *   refresh()        each second while shown (may be left out)
 */
const MODULES = {
  alerts: () => import("./pages/alerts.js"),
  airspace: () => import("./pages/airspace.js"),
  fleet: () => import("./pages/fleet.js"),
  plan: () => import("./pages/plan.js"),
  history: () => import("./pages/history.js"),
  help: () => import("./pages/help.js"),
};

export class Pages {
  /** `live` is the page that is there from the start: { show, hide, refresh }. */
  constructor(app, live) {
    this.app = app;
    this.made = new Map([["live", live]]);
    this.making = new Set(); // whose module was asked for: it makes one page, however often it is shown
    this.current = null;
    app.router.addEventListener("change", () => this.show());
    this.show();
  }

  /** Show what the router says. */
  show() {
    const { router } = this.app;
    const name = router.page;
    if (name !== this.current) this.turn(name);
    const page = this.made.get(name);
    if (page) page.show(router.params);
    else if (!this.making.has(name)) this.make(name);
  }

  turn(name) {
    const { t } = this.app;
    const before = this.current;
    this.current = name;
    this.made.get(before)?.hide?.();
    for (const page of PAGES) section(page).hidden = page !== name;
    this.head(name);
    document.documentElement.dataset.page = name;
    document.title = `${t(`page.${name}`)} · ${t("brand")}`;
    // Who hears the page rather than sees it learns that it is another one.
    if (before) section(name).querySelector("h1").focus({ preventScroll: true });
  }

  head(name) {
    const root = section(name);
    const { t } = this.app;
    if (root.querySelector("h1")) return;
    root.setAttribute("aria-labelledby", `title-${name}`);
    const title = h("h1", { id: `title-${name}`, tabindex: "-1" }, t(`page.${name}`));
    if (name === "live") {
      title.className = "unseen";
      root.prepend(title);
      return;
    }
    root.append(
      h("div", { class: "page-head" }, title, h("div", { class: "page-actions" })),
      h("div", { class: "page-body" }),
    );
  }

  /** Load a page; say so while it lasts, and say why if it cannot be had. */
  async make(name) {
    this.making.add(name);
    const { t } = this.app;
    const body = section(name).querySelector(".page-body");
    const actions = section(name).querySelector(".page-actions");
    body.replaceChildren(h("p", { class: "page-state", role: "status" }, t("page.loading")));
    try {
      const { default: Page } = await MODULES[name]();
      body.replaceChildren();
      const page = new Page(body, this.app, { actions });
      this.made.set(name, page);
      if (this.current === name) page.show(this.app.router.params);
    } catch (error) {
      console.info(error);
      actions.replaceChildren();
      body.replaceChildren(
        h(
          "div",
          { class: "page-state", role: "alert" },
          h("p", {}, t("page.failed", { reason: error.message })),
          // A module that failed once stays failed in this document.
          h("button", { type: "button", class: "button", onclick: () => location.reload() }, t("page.again")),
        ),
      );
    }
  }

  refresh() {
    this.made.get(this.current)?.refresh?.();
  }
}

function section(name) {
  return document.getElementById(`page-${name}`);
}
