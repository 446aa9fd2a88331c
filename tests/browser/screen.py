"""What a test sees and does on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browser import screens
from tests.waiting import until_sync

PRESS = 100
"""Milliseconds that a mouse button is held: under load a shorter click is lost."""


def press(page: Page, x: float, y: float) -> None:
    """Press the mouse and let go at a place of the window."""
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(PRESS)
    page.mouse.up()


@dataclass
class Screen:
    """A page in a browser. What lies on the map is asked of `window.nigehban`."""

    page: Page

    def ask(self, question: str) -> Any:
        """What `window.nigehban` answers; None before it is there."""
        return self.page.evaluate(f"window.nigehban ? window.nigehban.{question} : null")

    def drawn(self) -> int:
        return int(self.ask("drawn()") or 0)

    def link(self) -> str | None:
        link: str | None = self.ask("link()")
        return link

    def marks(self) -> dict[str, dict[str, Any]]:
        """The marks by name."""
        return {mark["name"]: mark for mark in self.ask("marks()") or []}

    def mark(self, name: str) -> dict[str, Any]:
        return self.marks()[name]

    def click_mark(self, name: str) -> None:
        mark = self.mark(name)
        press(self.page, mark["x"], mark["y"])

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text().strip()

    def field(self, name: str) -> str:
        """A figure of the panel."""
        return self.text(f'#panel [data-field="{name}"]')

    def opened(self, name: str) -> None:
        """Wait until the panel shows this asset with its details."""
        until_sync(lambda: self.text("#panel-name") == name and self.field("place") != "—")

    def rows(self) -> list[str]:
        """The names in the part of the list that can be seen."""
        found: list[str] = self.page.locator("#rows .row:visible .name").all_inner_texts()
        return found

    def keep(self, name: str) -> None:
        """Write a picture of it, as `screens` does."""
        screens.keep(self.page, name)
