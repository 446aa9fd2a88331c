"""How assets move: too fast, too long in one place, off their route, outside their area."""

from __future__ import annotations

import numpy as np

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay, above
from fleet.columns import TIME, Rows
from fleet.rules.registry import Found, Texts, remembering_rule, row_rule
from fleet.rules.view import View

_OFF = Delay(seconds=15)


@row_rule(
    "overspeed",
    Priority.LOW,
    Texts(
        {
            "en": "{name}: {value:.0f} m/s, faster than its {limit:.0f} m/s",
            "ur": "{name}: رفتار {value:.0f} میٹر فی سیکنڈ، حد {limit:.0f}",
        },
        {"en": "Tell the crew to slow down.", "ur": "عملے کو رفتار کم کرنے کا کہیں۔"},
    ),
    on=Delay(seconds=3, samples=3),
    off=_OFF,
)
def overspeed(view: View) -> Found:
    """An asset is faster than its group may be."""
    speed, limit = view.column("speed"), view.of(lambda t: t.movement.most_speed)
    fires, clears = above(speed, limit, view.of(lambda t: t.movement.speed_dead_band))
    return Found(fires, clears, speed, limit, view.rows["fix_time"])


@row_rule(
    "zone_overspeed",
    Priority.LOW,
    Texts(
        {
            "en": "{name}: {value:.0f} m/s in {zone}, where {limit:.0f} m/s is the limit",
            "ur": "{name}: {zone} میں رفتار {value:.0f} میٹر فی سیکنڈ، وہاں حد {limit:.0f} ہے",
        },
        {"en": "Tell the crew to slow down.", "ur": "عملے کو رفتار کم کرنے کا کہیں۔"},
    ),
    on=Delay(seconds=2, samples=2),
    off=_OFF,
)
def zone_overspeed(view: View) -> Found:
    """An asset is faster than a speed zone allows."""
    speed = view.column("speed")
    rows = view.rows
    limit, numbers = view.speed_zones.limits(rows["latitude"], rows["longitude"], rows["kind"])
    fires, clears = above(speed, limit, view.of(lambda t: t.movement.speed_dead_band))
    placed = np.isfinite(view.rows["latitude"]) & np.isfinite(view.rows["longitude"])
    names = np.array([zone.name for zone in view.speed_zones.zones] + [""], np.object_)
    return Found(
        fires,
        clears | (placed & (numbers < 0)),
        speed,
        limit,
        view.rows["fix_time"],
        {"zone": names[numbers]},
    )


STANDING = np.dtype([("since", TIME)])
"""Since when each asset stands still."""


@remembering_rule(
    "stopped",
    Priority.LOW,
    Texts(
        {
            "en": "{name}: on patrol, but has not moved for {minutes:.0f} min",
            "ur": "{name}: گشت پر ہے مگر {minutes:.0f} منٹ سے ایک جگہ رکا ہوا ہے",
        },
        {"en": "Call the crew.", "ur": "عملے سے رابطہ کریں۔"},
    ),
    STANDING,
    off=Delay(seconds=30),
    tracked=False,
)
def stopped(view: View, memory: Rows) -> tuple[Found, Rows]:
    """An asset on patrol has stood still for too long. Value: seconds."""
    speed, still = view.column("speed"), view.of(lambda t: t.movement.still_speed)
    after = memory.copy()
    begins = (speed < still) & np.isnat(memory["since"])
    after["since"][begins] = view.rows["position_time"][begins]
    moves = speed >= still
    after["since"][moves] = np.datetime64("NaT")
    stood = (view.now - after["since"]).astype("m8[us]")
    value = np.where(np.isnat(stood), np.nan, stood.astype(np.int64) / 1e6)
    limit = view.of(lambda t: t.movement.stopped_after)
    patrols = view.duties.on_patrol(view.rows["identity"])
    heard = view.seconds_since("position_time") <= view.of(lambda t: t.link.lost_after)
    fires = (value > limit) & patrols & heard  # of what is silent nobody knows
    return Found(fires, moves | ~patrols, value, limit, None, {"minutes": value / 60}), after


@row_rule(
    "off_route",
    Priority.LOW,
    Texts(
        {
            "en": "{name}: {value:.0f} m off its route, more than {limit:.0f} m",
            "ur": "{name}: اپنے راستے سے {value:.0f} میٹر دور، حد {limit:.0f} میٹر",
        },
        {
            "en": "Ask the crew why; correct the route.",
            "ur": "عملے سے وجہ پوچھیں؛ راستہ درست کریں۔",
        },
    ),
    on=Delay(seconds=10, samples=3),
    off=_OFF,
)
def off_route(view: View) -> Found:
    """An asset is too far from its planned route."""
    rows = view.rows
    away = view.duties.from_line(rows["identity"], rows["latitude"], rows["longitude"])
    limit = view.of(lambda t: t.movement.off_route)
    fires, clears = above(away, limit, view.of(lambda t: t.movement.edge))
    return Found(fires, clears, away, limit, rows["fix_time"])


@row_rule(
    "outside_area",
    Priority.LOW,
    Texts(
        {
            "en": "{name}: {value:.0f} m outside its shift area",
            "ur": "{name}: اپنے علاقے سے {value:.0f} میٹر باہر ہے",
        },
        {
            "en": "Ask the crew why; send another unit to the area if they cannot return.",
            "ur": "عملے سے وجہ پوچھیں؛ واپس نہ آ سکیں تو علاقے میں دوسری گاڑی بھیجیں۔",
        },
    ),
    on=Delay(seconds=10, samples=3),
    off=_OFF,
)
def outside_area(view: View) -> Found:
    """An asset is outside the area of its shift."""
    rows = view.rows
    away = view.duties.from_area(rows["identity"], rows["latitude"], rows["longitude"])
    limit = view.of(lambda t: t.movement.outside)
    fires, clears = above(away, limit, view.of(lambda t: t.movement.edge))
    return Found(fires, clears, away, limit, rows["fix_time"])
