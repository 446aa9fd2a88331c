"""Links: assets under way of which nothing is heard any more."""

from __future__ import annotations

import numpy as np

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay, Flags
from fleet.rules.registry import Found, Texts, by_network, row_rule
from fleet.rules.view import View

_LINK = by_network("link")


def under_way(view: View) -> Flags:
    """Which are armed, or moved when they were last heard: the others may fall silent."""
    moving: Flags = view.column("speed") >= view.of(lambda t: t.link.moving_speed)
    return view.armed | (moving & ~view.disarmed)


@row_rule(
    "link_late",
    Priority.LOW,
    Texts(
        {
            "en": "{name}: nothing heard for {value:.0f} s",
            "ur": "{name}: {value:.0f} سیکنڈ سے کوئی خبر نہیں آئی",
        },
        {"en": "Watch it; no action yet.", "ur": "نظر رکھیں؛ ابھی کسی کارروائی کی ضرورت نہیں۔"},
    ),
    on=Delay(seconds=1),
    off=Delay(seconds=10),
    cause=_LINK,
    tracked=False,
)
def link_late(view: View) -> Found:
    """Nothing was heard of an asset under way for a while; `link_lost` takes over from it."""
    age = view.seconds_since("heard_time")
    late, lost = view.of(lambda t: t.link.late_after), view.of(lambda t: t.link.lost_after)
    is_late = (age > late) & (age <= lost)
    return Found(is_late & under_way(view), (age <= late) | (age > lost), age, late)


@row_rule(
    "link_lost",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: link lost, nothing heard for {value:.0f} s",
            "ur": "{name}: رابطہ منقطع، {value:.0f} سیکنڈ سے کوئی خبر نہیں",
        },
        {
            "en": "Clear its airspace or road, expect it to come home by itself, call the crew.",
            "ur": "اس کا راستہ خالی رکھیں، خود واپسی کی توقع رکھیں اور عملے سے رابطہ کریں۔",
        },
    ),
    off=Delay(seconds=5),
    cause=_LINK,
    tracked=False,
    takes_over="link_late",
)
def link_lost(view: View) -> Found:
    """The link to an asset under way is lost."""
    age = view.seconds_since("heard_time")
    limit = view.of(lambda t: t.link.lost_after)
    heard = np.asarray(age <= view.of(lambda t: t.link.late_after))
    return Found((age > limit) & under_way(view), heard, age, limit)
