"""The colours of the page can be told apart and read (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from tests.browser.conftest import ROOT

SHEET = (ROOT / "dashboard/assets/0-tokens.css").read_text()


def tokens(selector: str) -> dict[str, str]:
    """The colours that a rule of the style sheet sets."""
    found = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", SHEET, re.MULTILINE | re.DOTALL)
    assert found, selector
    return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", found[1]))


DARK = tokens(":root")
THEMES = {"dark": DARK, "light": DARK | tokens('[data-theme="light"]')}

themes = pytest.mark.parametrize("theme", THEMES)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


MARKS = ["--drone", "--car", "--post", "--unknown", "--late", "--lost"]
SORTIES = [*(f"--sortie-{n}" for n in range(8)), "--plan-one", "--plan-other"]
INKS = ["--text-1", "--text-2", "--text-3", "--late", "--lost", "--good"]


@themes
@pytest.mark.parametrize("ground", ["--ground-0", "--ground-1", "--ground-2"])
@pytest.mark.parametrize("ink", INKS)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= 4.5


@themes
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("--text-1", "--chosen"),
        ("--text-2", "--chosen"),
        ("--text-1", "--ground-3"),
        ("--text-2", "--ground-3"),
        ("--on-alarm", "--alarm"),
        ("--on-good", "--good"),
        ("--on-main", "--main"),
        ("--focus", "--ground-0"),
    ],
)
def test_text_on_coloured_ground_can_be_read(theme: str, ink: str, ground: str) -> None:
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= 4.5


@themes
@pytest.mark.parametrize("ink", [*MARKS, *SORTIES])
@pytest.mark.parametrize("ground", ["--map-ground", "--map-builtup", "--map-residential"])
def test_marks_stand_out_from_the_map(theme: str, ink: str, ground: str) -> None:
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= 3


def test_the_light_theme_has_every_colour_of_the_dark_one() -> None:
    assert tokens('[data-theme="light"]').keys() == DARK.keys()


@themes
def test_states_differ_in_lightness_or_hue_for_every_eye(theme: str) -> None:
    """Each pair stays apart for a dichromat (the simulations of Viénot, Brettel and Mollon)."""
    colours = THEMES[theme]
    for one, other in combinations(["--drone", "--car", "--late", "--lost"], 2):
        for lost_cone in ("protan", "deutan"):
            first, second = seen(colours[one], lost_cone), seen(colours[other], lost_cone)
            apart = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5
            assert apart > 0.1, (one, other, lost_cone)


def seen(colour: str, lost_cone: str) -> tuple[float, float, float]:
    """Linear RGB as a dichromat sees it: Viénot et al., 1999."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part**2.2 for part in parts)
    if lost_cone == "protan":
        mixed = 0.11238 * red + 0.88762 * green
        return mixed, mixed, 0.00401 * red - 0.00401 * green + blue
    mixed = 0.29275 * red + 0.70725 * green
    return mixed, mixed, -0.02234 * red + 0.02234 * green + blue
