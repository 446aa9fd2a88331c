"""How a page wants to see what Dash draws for it: language, colours, time zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dashboard.words import WORDS, Words

Theme = Literal["dark", "light"]


@dataclass(frozen=True)
class Look:
    """What the person at a screen has chosen."""

    zone: ZoneInfo
    theme: Theme = "dark"
    language: str = "en"

    @property
    def words(self) -> Words:
        """The words of its language."""
        return WORDS[self.language]


def parse_look(told: object, zone: ZoneInfo) -> Look:
    """What the browser says of its look; what it does not say, or says wrongly, is as usual.

    `zone` is the control room's. A browser may choose UTC instead of it and no other.
    """
    chosen: dict[Any, Any] = told if isinstance(told, dict) else {}
    language = chosen.get("language")
    return Look(
        ZoneInfo("UTC") if chosen.get("zone") == "UTC" else zone,
        "light" if chosen.get("theme") == "light" else "dark",
        language if isinstance(language, str) and language in WORDS else "en",
    )
