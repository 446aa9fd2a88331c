"""Which alert a condition of the airspace is, how soon it is one, and what is to be done then."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.airspace.columns import ConditionKind
from fleet.airspace.words import Words
from fleet.alerts.alert import Priority


@dataclass(frozen=True, slots=True)
class SkyRule:
    """A rule of the airspace; `name` begins the keys of its alerts."""

    name: str
    priority: Priority
    action: Words
    on_delay: float
    """Seconds that the condition must hold."""

    off_delay: float
    """Seconds that it must be over."""


SENSOR_LOST = SkyRule(
    "sensor_lost",
    Priority.LOW,
    Words(
        "Have its power and its network checked; until it is back watch its area by other means.",
        "اس کی بجلی اور نیٹ ورک چیک کرائیں؛ بحالی تک اس علاقے کی نگرانی دوسرے ذرائع سے کریں۔",
    ),
    0.0,
    0.0,
)

SKY_RULES: dict[ConditionKind, SkyRule] = {
    "drone_in_zone": SkyRule(
        "drone_in_zone",
        Priority.HIGH,
        Words(
            "Confirm it by a second sensor or by eye, keep our own drones clear, send the nearest car"
            " to its operator.",
            "دوسرے سینسر یا آنکھ سے تصدیق کریں، اپنے ڈرون دور رکھیں، قریب ترین گاڑی آپریٹر کی طرف بھیجیں۔",
        ),
        1.0,
        10.0,
    ),
    "drone_near_zone": SkyRule(
        "drone_near_zone",
        Priority.MEDIUM,
        Words(
            "Watch where it goes; warn the zone's post and our own crews.",
            "اس کی سمت پر نظر رکھیں؛ علاقے کی چوکی اور اپنے عملے کو خبردار کریں۔",
        ),
        2.0,
        15.0,
    ),
    "spoof": SkyRule(
        "drone_spoof",
        Priority.HIGH,
        Words(
            "Find out by our own telemetry which of them is ours; treat the other one as hostile.",
            "اپنی ٹیلیمیٹری سے معلوم کریں کہ ان میں سے کون سا ہمارا ہے؛ دوسرے کو مخالف سمجھیں۔",
        ),
        2.0,
        10.0,
    ),
    "jump": SkyRule(
        "drone_jump",
        Priority.LOW,
        Words(
            "Do not trust its position; look for it with a radar or a camera.",
            "اس کے بتائے مقام پر بھروسا نہ کریں؛ ریڈار یا کیمرے سے تلاش کریں۔",
        ),
        0.0,
        10.0,
    ),
    "lie": SkyRule(
        "drone_lie",
        Priority.MEDIUM,
        Words(
            "Go by the radar and not by what it says; look for a second drone.",
            "اس کی بات پر نہیں، ریڈار پر چلیں؛ دوسرا ڈرون تلاش کریں۔",
        ),
        0.0,
        10.0,
    ),
    "operator": SkyRule(
        "drone_operator",
        Priority.MEDIUM,
        Words(
            "Send the nearest car to the operator.",
            "قریب ترین گاڑی آپریٹر کی طرف بھیجیں۔",
        ),
        2.0,
        30.0,
    ),
    "swarm": SkyRule(
        "drone_swarm",
        Priority.HIGH,
        Words(
            "Call the army liaison; bring our own drones down; clear open ground.",
            "فوجی رابطہ افسر کو بلائیں؛ اپنے ڈرون اتاریں؛ کھلی جگہ خالی کرائیں۔",
        ),
        3.0,
        20.0,
    ),
}

RULES = frozenset(rule.name for rule in (*SKY_RULES.values(), SENSOR_LOST))
"""Names of the rules whose alerts are of the airspace."""
