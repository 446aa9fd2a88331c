"""Where the fixed cameras of the city look: those at the posts, and those that tell what they see.

A post looks along its road with a wide lens, a camera farther with a narrower one. Which way does not
depend on a seed: a city does not turn its cameras.
"""

from __future__ import annotations

from sitl.cars.cameras import CAMERAS, camera_names
from sitl.cars.places import places
from sitl.cars.posts import POSTS, post_names

_TURN = 137.508  # degrees from one to the next: the golden angle spreads them evenly
_POST = {"across": 100.0, "reach": 45.0}
_ACROSS = (48.0, 62.0, 84.0)
_REACHES = (160.0, 120.0, 80.0)  # metres: a wide lens shows less far

Lens = dict[str, float]
"""As the register has it: heading, angle across and reach, and the place of what tells none."""


def post_lenses(count: int = POSTS) -> dict[str, Lens]:
    """Of the posts, by what they call themselves."""
    return {
        name: {"heading": _heading(number), **_POST}
        for number, name in enumerate(post_names(count))
    }


def camera_lenses(count: int = CAMERAS) -> dict[str, Lens]:
    """Of the cameras, by name."""
    found = {}
    for number, (name, place) in enumerate(zip(camera_names(count), places(count), strict=True)):
        kind = number % len(_ACROSS)
        found[name] = {
            "heading": _heading(number + POSTS),
            "across": _ACROSS[kind],
            "reach": _REACHES[kind],
            "latitude": place[0],
            "longitude": place[1],
        }
    return found


def _heading(number: int) -> float:
    return round(number * _TURN % 360, 1)
