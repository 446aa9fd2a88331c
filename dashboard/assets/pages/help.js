// The page "help": what is where, what the marks mean, which keys there are.

import { h } from "../dom.js";
import { zoneName } from "../format.js";
import { legend } from "../live/legend.js";
import { PAGES, address } from "../router.js";

export default class {
  constructor(root, app, { actions }) {
    const { look, t, tour } = app;
    actions.append(
      h("button", { type: "button", class: "button tour-start", onclick: () => tour.start() }, t("tour.start")),
    );
    this.app = app;
    this.keys = h("div", {});
    const part = (title, ...content) => h("section", { class: "help-part" }, h("h2", {}, title), ...content);
    const where = PAGES.filter((page) => page !== "help").flatMap((page) => [
      h("dt", {}, h("a", { href: address(page) }, t(`page.${page}`))),
      h("dd", {}, t(`help.${page}`)),
    ]);
    root.append(
      h(
        "div",
        { class: "help" },
        part(t("help.where"), h("dl", { class: "help-where" }, ...where)),
        part(t("help.signs"), h("div", { class: "legend-list" }, legend())),
        part(t("help.keys"), this.keys, h("p", {}, t("help.keys.words"))),
        part(t("help.tables"), h("p", {}, t("help.tables.words"))),
        part(t("help.times"), h("p", {}, t("help.times.words", { zone: zoneName(look.home) }))),
        part(t("help.old"), h("p", {}, t("help.old.words"))),
      ),
    );
  }

  show() {
    this.keys.replaceChildren(...this.app.keys.tables(true));
  }
}
