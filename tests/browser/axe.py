"""Asks axe-core what people who see badly, or not at all, would miss."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import ROOT

SOURCE = ROOT / "dashboard/node_modules/axe-core/axe.min.js"

GRAVE = ("serious", "critical")


def violations(page: Page, within: str = "body") -> list[str]:
    """The grave violations of WCAG 2.2 A and AA in what is shown now, one line each.

    `within` is a selector. axe-core is put into the page by the test alone: nothing serves it.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE.read_text())
    told: list[dict[str, Any]] = page.evaluate(
        """async ([within, tags]) => {
          const { violations } = await axe.run(within, { runOnly: tags, resultTypes: ["violations"] });
          return violations.flatMap(({ id, impact, help, nodes }) =>
            nodes.map(({ target, any }) => ({
              id, impact, help, target: target.join(" "), why: any[0]?.message ?? "" })));
        }""",
        [within, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]],
    )
    return [
        f"{one['impact']} {one['id']}: {one['help']} ({one['target']}) {one['why']}"
        for one in told
        if one["impact"] in GRAVE
    ]
