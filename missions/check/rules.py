"""What is judged: one short, stable name for each rule, and what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Rule = Literal[
    "structure",
    "mission-items",
    "area",
    "hole",
    "coverage",
    "camera",
    "height",
    "clearance",
    "terrain",
    "ceiling",
    "people",
    "no-fly",
    "border",
    "authority",
    "energy",
    "reserve-return",
    "figures",
    "separation",
    "speed",
    "climb",
    "turn",
    "hover",
    "wind",
    "temperature",
    "radio-range",
    "relay-gap",
]

RULES: Mapping[Rule, str] = {
    "structure": (
        "Each sortie has its own name and a known kind of drone, takes off first and at its home, "
        "lands last and at a home of the plan, and is within reach. A drone flies one sortie at a "
        "time, from where it landed, after its turnround. Shapes can be read. A plan whose "
        "planning was ended early is a warning."
    ),
    "mission-items": (
        "What ArduPilot would refuse, change or skip: too many items, turns, radii and holds that "
        "its items cannot hold, the place 0, 0 and the height 0 (both mean 'the present one'), "
        "waypoints nearer together than its acceptance radius."
    ),
    "area": (
        "Lanes, turns and patrols stay inside the area by the margin; with `inside_area` all legs "
        "do, but for the ways to and from a home outside it."
    ),
    "hole": "The same legs, and with `inside_area` all legs, keep out of the holes by the margin.",
    "coverage": (
        "A coverage plan's lanes have within half a swath what the plan says they have, or 99.5 % "
        "of what can be reached from inside. A warning."
    ),
    "camera": (
        "The drone has the camera, which can look where it is told to and take pictures as often "
        "as asked. A warning."
    ),
    "height": "Nowhere higher above the ground below than `height_most`.",
    "clearance": (
        "Nowhere lower above the ground than `clearance_least`, but for the climb and the descent "
        "at home and within 20 m of it."
    ),
    "terrain": (
        "No leg meets the ground, and the height grid has the ground below every leg. A home "
        "altitude that differs from the grid's by more than 15 m is a warning."
    ),
    "ceiling": "Nowhere higher above mean sea level than the drone's ceiling.",
    "people": (
        "From take-off to landing no nearer to the crowd than `people_least` and the height above "
        "it (the 1:1 rule, EASA class A2), the crowd taken as wherever it can be until the "
        "horizon. Flying on after the horizon of a crowd that moves is a warning."
    ),
    "no-fly": (
        "No leg is in a zone between its limits while it is in force; where the plan has no start "
        "every zone is in force, and where an altitude is not known it is taken to be between "
        "the limits."
    ),
    "border": "No leg crosses the line or comes nearer to it than its buffer.",
    "authority": (
        "A border plan names the authority it is flown under, valid from the first take-off to "
        "the last landing. Without a start that cannot be proved: a warning."
    ),
    "energy": "Each sortie needs no more than its battery gives above the reserve.",
    "reserve-return": (
        "From every point of a sortie the way straight home and down fits into what is left above "
        "the reserve."
    ),
    "figures": "A sortie's figures are within 5 % of what is reckoned here. A warning.",
    "separation": (
        "Two drones in the air are always `separation_horizontal` or `separation_vertical` apart, "
        "but for one that stands on the ground of a home they share."
    ),
    "speed": (
        "The airspeed of every leg and circle is at most the drone's and, of a fixed wing, at "
        "least its own."
    ),
    "climb": "No leg climbs or descends faster, at its speed, than the drone can.",
    "turn": (
        "No corner of a fixed wing and no circle is tighter than speed² ÷ lateral acceleration. "
        "One that is only too tight for the speed over ground with the wind is a warning."
    ),
    "hover": "A fixed wing that cannot hover is not asked to hold.",
    "wind": "The wind is one that the drone may be flown in, and its legs and way home too.",
    "temperature": "The temperature is one that the drone may be flown in.",
    "radio-range": "No point is further from home than the radio reaches.",
    "relay-gap": (
        "Each station is covered without a gap by drones that hold there, or one separation "
        "beside, above or below it while they relieve each other."
    ),
}
"""Each rule and what it asks, as the documentation prints it."""

PLACE_TOLERANCE = 0.05
"""Metres: rounding a place to 1e-7 degrees moves it by 8 mm, two map projections differ by less."""

HEIGHT_TOLERANCE = 0.1
"""Metres: heights are flown in centimetres."""

SPEED_TOLERANCE = 0.01
"""Metres per second."""

TIME_TOLERANCE = 1.0
"""Seconds: mission items hold whole ones."""
