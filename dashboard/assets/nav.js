// The rail beside the pages: where one is, and where else one can go.

import { h, mark, write } from "./dom.js";
import { choose, chosen } from "./preferences.js";
import { PAGES, address } from "./router.js";
import { LANGUAGES, language, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const NARROW = 1500; // CSS pixels of a window in which the names give way to the map

const ICONS = {
  live: "M12 21s-7-6.2-7-11a7 7 0 0 1 14 0c0 4.8-7 11-7 11ZM12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
  alerts: "M12 3.5 21.5 20h-19ZM12 10v4.5M12 17v.5",
  airspace: "M12 12l6-6M4.5 19.5a10.6 10.6 0 0 1 0-15M7.7 16.3a6 6 0 0 1 0-8.6M19.5 4.5a10.6 10.6 0 0 1 0 15M12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Z",
  fleet: "M4 6h16M4 12h16M4 18h16M8 4v4M15 10v4M10 16v4",
  plan: "M4 20V8l5-3 6 3 5-3v12l-5 3-6-3ZM9 5v12M15 8v12",
  history: "M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5M12 8v4.5l3 2",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5v.5",
  language: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM3 12h18M12 3c5 5 5 13 0 18-5-5-5-13 0-18Z",
  theme: "M12 3a9 9 0 1 0 0 18ZM12 3a9 9 0 0 1 0 18",
  rail: "M4 5h16v14H4ZM10 5v14",
};

export class Nav {
  constructor(root, { router, look }) {
    this.router = router;
    this.links = new Map(PAGES.map((page) => [page, this.link(page)]));
    this.theme = this.button("theme", "", () => {
      look.theme = look.theme === "dark" ? "light" : "dark";
    });
    const other = Object.keys(LANGUAGES).find((name) => name !== language);
    const speak = this.button("language", LANGUAGES[other], () => {
      choose("language", other);
      location.reload();
    });
    speak.lang = other;
    this.fold = this.button("rail", t("nav.narrow"), () => this.narrow(!this.isNarrow));
    root.setAttribute("aria-label", t("nav.pages"));
    root.append(
      h("ul", {}, ...[...this.links.values()].map((link) => h("li", {}, link.element))),
      h("div", { class: "nav-foot" }, speak, this.theme, this.fold),
    );
    const remembered = chosen("rail");
    this.set(remembered ? remembered === "narrow" : window.innerWidth <= NARROW);
    router.addEventListener("change", () => this.show());
    look.addEventListener("change", () => this.showTheme(look.theme));
    this.showTheme(look.theme);
    this.show();
  }

  link(page) {
    const badge = h("span", { class: "nav-badge", hidden: true });
    const name = t(`page.${page}`);
    const element = h(
      "a",
      { class: "nav-item", href: address(page), title: `${name}: ${t(`help.${page}`)}` },
      icon(ICONS[page]),
      h("span", { class: "nav-name" }, name),
      badge,
    );
    return { element, badge };
  }

  button(name, words, onclick) {
    return h(
      "button",
      { type: "button", class: `nav-item ${name}`, title: words, onclick },
      icon(ICONS[name]),
      h("span", { class: "nav-name" }, words),
    );
  }

  /** How many wait on a page: a number beside its name; 0 takes it away. */
  badge(page, count) {
    const { badge } = this.links.get(page);
    badge.hidden = count === 0;
    write(badge, count > 99 ? "99+" : String(count));
    badge.setAttribute("aria-label", t("nav.waiting", { count }));
  }

  get isNarrow() {
    return document.getElementById("app").dataset.rail === "narrow";
  }

  narrow(narrow) {
    choose("rail", narrow ? "narrow" : "wide");
    this.set(narrow);
  }

  set(narrow) {
    mark(document.getElementById("app"), "rail", narrow ? "narrow" : "wide");
    this.name(this.fold, t(narrow ? "nav.wide" : "nav.narrow"));
    this.fold.setAttribute("aria-expanded", String(!narrow));
  }

  showTheme(theme) {
    this.name(this.theme, t(theme === "dark" ? "settings.theme.light" : "settings.theme.dark"));
  }

  name(button, words) {
    button.title = words;
    write(button.querySelector(".nav-name"), words);
  }

  show() {
    for (const [page, { element }] of this.links) {
      element.href = address(page, this.router.last.get(page));
      if (page === this.router.page) element.setAttribute("aria-current", "page");
      else element.removeAttribute("aria-current");
    }
  }
}

function icon(path) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}
