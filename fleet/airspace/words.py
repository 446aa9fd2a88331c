"""What operators are told of contacts, in English and Urdu: each sentence once, with its figures."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One sentence in both languages."""

    english: str
    urdu: str


_SENTENCES = {
    "inside": ("is inside {zone}", "{zone} کے اندر ہے"),
    "near": ("is {distance} from {zone}", "{zone} سے {distance} دور ہے"),
    "breach": ("will be in {zone} in {seconds}", "{seconds} میں {zone} میں ہو گا"),
    "closing": ("closes on {zone} at {speed}", "{zone} کی طرف {speed} سے بڑھ رہا ہے"),
    "loiters": (
        "has stayed within {distance} for {seconds}",
        "{seconds} سے {distance} کے اندر رکا ہے",
    ),
    "low": ("flies low, {height}", "نیچا اڑ رہا ہے، {height}"),
    "silent": ("says nothing of itself", "اپنی شناخت نہیں بتاتا"),
    "unknown": ("is not yet known", "ابھی نامعلوم ہے"),
    "lies": ("is not where it says it is", "جو مقام بتاتا ہے وہاں نہیں ہے"),
    "stolen": ("uses the identity of a drone of ours", "ہمارے ڈرون کی شناخت استعمال کر رہا ہے"),
    "shared": ("shares its identity with another", "اس کی شناخت کسی اور کی بھی ہے"),
    "jumped": ("jumped", "اچانک جگہ بدلی"),
    "emergency": ("says that it is in an emergency", "ہنگامی حالت بتا رہا ہے"),
    "zone_alert": ("unknown drone {where}", "نامعلوم ڈرون: {where}"),
    "spoof_alert": (
        "{identity}, which is ours, is also told {distance} away",
        "ہماری شناخت {identity} {distance} دور بھی سنی گئی",
    ),
    "shared_alert": (
        "two drones call themselves {identity}, {distance} apart",
        "دو ڈرون خود کو {identity} کہتے ہیں، فاصلہ {distance}",
    ),
    "jump_alert": (
        "{identity} was told {distance} away from where it had just been",
        "{identity} اپنی پچھلی جگہ سے {distance} دور بتایا گیا",
    ),
    "lie_alert": (
        "{identity} says it is {distance} from where a radar sees it",
        "{identity} کا بتایا مقام ریڈار سے {distance} مختلف ہے",
    ),
    "ghost_alert": (
        "{identity} says it is where the radar sees nothing",
        "{identity} وہاں ہونے کا دعویٰ کرتا ہے جہاں ریڈار کچھ نہیں دیکھتا",
    ),
    "operator_alert": (
        "the operator of {identity} is at {place}",
        "{identity} چلانے والا {place} پر ہے",
    ),
    "doubt_alert": ("{identity} {what}", "{identity}: {what}"),
    "near_car": (
        "{name} ({distance} away, its position {age} old)",
        "{name} ({distance} دور، مقام {age} پرانا)",
    ),
    "near_cars": ("nearest cars: {cars}", "قریب ترین گاڑیاں: {cars}"),
    "sensor_lost": ("the sensor {name} is lost", "سینسر {name} سے رابطہ ختم ہو گیا"),
    "sensor_silent": ("the sensor {name} says nothing any more", "سینسر {name} خاموش ہے"),
    "swarm_alert": ("{count} drones fly together", "{count} ڈرون اکٹھے اڑ رہے ہیں"),
}


def words(sentence: str, **figures: str) -> Words:
    """A sentence with its figures. Raises KeyError for one that is not there."""
    english, urdu = _SENTENCES[sentence]
    return Words(english.format(**figures), urdu.format(**figures))


def metres(value: float) -> str:
    """`840 m`, `2.4 km`."""
    return f"{value:.0f} m" if value < 1000 else f"{value / 1000:.1f} km"


def seconds(value: float) -> str:
    """`40 s`, `2.5 min`."""
    return f"{value:.0f} s" if value < 100 else f"{value / 60:.1f} min"
