"""What happens at a moment: calls for help, tampering, crashes, what a vehicle says in words."""

from __future__ import annotations

import re

from fleet.alerts.alert import Priority
from fleet.rules.registry import Happening, Texts, Told, by_network, happening_rule

TEXT = "text"
"""The kind of a vehicle's STATUSTEXT; its `detail` has `severity` and `text`."""

TAMPERING = frozenset(
    {"tampering", "removing", "power_cut", "powercut", "power_off", "poweroff", "shock", "tow",
     "moved", "movement", "jamming", "gps_antenna_cut", "gpsantennacut", "bonnet", "cover"}
)  # fmt: skip
"""What trackers call it: GT06's words of ours, and those that OsmAnd's senders use."""

SEEN = {
    "person_down": {"en": "somebody is down", "ur": "کوئی گرا پڑا ہے"},
    "fire": {"en": "fire", "ur": "آگ"},
    "smoke": {"en": "smoke", "ur": "دھواں"},
    "fight": {"en": "a fight", "ur": "لڑائی"},
    "intrusion": {"en": "somebody where nobody may be", "ur": "ممنوعہ جگہ پر کوئی شخص"},
}
"""What a camera sees that wants somebody to look; plates, crowds and bags are for those who ask."""

_FENCE_BREACHED = re.compile(r"fence breached$", re.IGNORECASE)
_FENCE_CLEARED = re.compile(r"^fence breach cleared", re.IGNORECASE)
_CRASH = re.compile(r"^crash(:| detected)", re.IGNORECASE)
_PARACHUTE = re.compile(r"^parachute: released", re.IGNORECASE)


@happening_rule(
    "panic",
    Priority.HIGH,
    Texts(
        {"en": "{name}: call for help{what}", "ur": "{name}: مدد کی پکار{what}"},
        {
            "en": "Call the crew, send the nearest unit, listen in.",
            "ur": "عملے سے رابطہ کریں، قریب ترین ٹیم بھیجیں، آواز سنیں۔",
        },
    ),
    latching=True,
    realert_after=300.0,
    hold=60.0,
)
def panic(happening: Happening) -> Told | None:
    """Somebody pressed the panic button; it stays until somebody resets it."""
    if happening.kind != "panic":
        return None
    cause = happening.detail.get("cause")
    told = cause if isinstance(cause, str) else _said(happening)
    return Told(fires=True, what=f" ({told})" if told else "")


@happening_rule(
    "tampering",
    Priority.MEDIUM,
    Texts(
        {"en": "{name}: tampering: {what}", "ur": "{name}: چھیڑ چھاڑ: {what}"},
        {
            "en": "Call the crew; if nobody answers, send a unit to its last position.",
            "ur": "عملے سے رابطہ کریں؛ جواب نہ ملے تو آخری مقام پر ٹیم بھیجیں۔",
        },
    ),
    hold=120.0,
)
def tampering(happening: Happening) -> Told | None:
    """A tracker says that somebody tampers with it or its vehicle."""
    alarm = happening.detail.get("alarm")
    if happening.kind == "tampering":
        return Told(fires=True, what=str(alarm or "tampering"))
    if happening.kind == "alarm" and isinstance(alarm, str) and alarm.lower() in TAMPERING:
        return Told(fires=True, what=alarm)
    return None


@happening_rule(
    "duplicate_identity",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name}: two vehicles use its identity ({what})",
            "ur": "{name}: دو گاڑیاں ایک ہی شناخت استعمال کر رہی ہیں ({what})",
        },
        {
            "en": "Command neither until one of them has another id.",
            "ur": "جب تک ایک کی شناخت نہ بدلے کسی کو حکم نہ دیں۔",
        },
    ),
    hold=300.0,
    cause=by_network("identity"),
)
def duplicate_identity(happening: Happening) -> Told | None:
    """Two vehicles of one network have the same system id."""
    if happening.kind != "duplicate_system_id":
        return None
    return Told(fires=True, what=str(happening.detail.get("why", "")))


@happening_rule(
    "crash",
    Priority.HIGH,
    Texts(
        {"en": "{name}: crashed: {what}", "ur": "{name}: گر گیا: {what}"},
        {
            "en": "Send a unit to its last position; keep people away from its battery.",
            "ur": "آخری مقام پر ٹیم بھیجیں؛ لوگوں کو اس کی بیٹری سے دور رکھیں۔",
        },
    ),
    latching=True,
    hold=0.0,
)
def crash(happening: Happening) -> Told | None:
    """The autopilot says that it crashed, or opened its parachute."""
    text = _text(happening)
    if _CRASH.search(text) or _PARACHUTE.search(text):
        return Told(fires=True, what=text)
    return None


@happening_rule(
    "fence_breach",
    Priority.HIGH,
    Texts(
        {"en": "{name}: {what}", "ur": "{name}: حفاظتی حد (فینس) توڑ دی: {what}"},
        {
            "en": "Let it come back by itself; do not send it on before it is inside.",
            "ur": "اسے خود واپس آنے دیں؛ اندر آنے سے پہلے آگے نہ بھیجیں۔",
        },
    ),
    over_when_disarmed=True,
)
def fence_breach(happening: Happening) -> Told | None:
    """The vehicle says that it breached the fence that it carries, and that it is back.

    ArduPilot says `Polygon fence breached` (or Circle, Max Alt, Min Alt …) and `Fence breach
    cleared`, once each.
    """
    text = _text(happening)
    if _FENCE_BREACHED.search(text):
        return Told(fires=True, what=text)
    if _FENCE_CLEARED.search(text):
        return Told(fires=False, what=text)
    return None


@happening_rule(
    "camera_event",
    Priority.MEDIUM,
    Texts(
        {"en": "{name} sees {what}", "ur": "{name} نے دیکھا: {what}"},
        {
            "en": "Look at its picture; send the nearest unit if it is so.",
            "ur": "کیمرے کی تصویر دیکھیں؛ درست ہو تو قریب ترین ٹیم بھیجیں۔",
        },
    ),
    hold=300.0,
)
def camera_event(happening: Happening) -> Told | None:
    """A camera saw something that wants somebody to look."""
    if happening.kind not in SEEN:
        return None
    said = _said(happening)
    more = f": {said}" if said else ""
    seen = SEEN[happening.kind]
    return Told(fires=True, what={language: words + more for language, words in seen.items()})


@happening_rule(
    "citizen_report",
    Priority.MEDIUM,
    Texts(
        {"en": "{name}: a citizen reports: {what}", "ur": "{name}: شہری کی اطلاع: {what}"},
        {
            "en": "Call back; send the nearest unit if it is so.",
            "ur": "واپس کال کریں؛ درست ہو تو قریب ترین ٹیم بھیجیں۔",
        },
    ),
    hold=1800.0,
    each=True,
)
def citizen_report(happening: Happening) -> Told | None:
    """Somebody called or wrote."""
    if happening.kind != "citizen_report":
        return None
    return Told(fires=True, what=_said(happening) or "-")


def _said(happening: Happening) -> str:
    """What was said of it in words, and where it is, if that was told."""
    text, detail = happening.detail.get("text"), happening.detail
    latitude, longitude = detail.get("latitude"), detail.get("longitude")
    parts = [text.strip()] if isinstance(text, str) else []
    if isinstance(latitude, float) and isinstance(longitude, float):
        parts.append(f"{latitude:.5f}, {longitude:.5f}")
    return "; ".join(part for part in parts if part)


def _text(happening: Happening) -> str:
    text = happening.detail.get("text") if happening.kind == TEXT else None
    return text.strip() if isinstance(text, str) else ""
