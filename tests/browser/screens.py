"""Pictures of what tests see, under build/screens/: every page in every language and theme."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

SCREENS = Path(__file__).parents[2] / "build" / "screens"


def keep(page: Page, name: str) -> None:
    """Write what is shown now as `<name>-<language>-<theme>-<width>.png`."""
    look = page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]")
    width = page.viewport_size["width"] if page.viewport_size else 0
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{'-'.join([name, *look])}-{width}.png")
