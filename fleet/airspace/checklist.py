"""What a duty officer does when a drone is where none should be: the items of the checklist.

It opens with an alert of one of `OPENS_WITH`. An item's id is stable: ticks are kept by it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from fleet.airspace.telling import SKY_RULES
from fleet.airspace.words import Words
from fleet.alerts.alert import GROUP_PREFIX

Phase = Literal["before", "during", "after"]

PHASES: tuple[Phase, ...] = ("before", "during", "after")
"""In their order: when it is announced or near, while it is there, when it is over."""


class Item(NamedTuple):
    """One thing to do."""

    id: str
    phase: Phase
    text: Words


OPENS_WITH = frozenset(rule.name for kind, rule in SKY_RULES.items() if kind != "jump")
"""Names of the rules whose alerts open the checklist."""


def opens_checklist(key: str, first_up: str) -> bool:
    """Whether the alert with this key opens it; of a group, the alert that came first in it does."""
    opener = first_up if key.startswith(GROUP_PREFIX) else key
    return opener.partition("/")[0] in OPENS_WITH


_ITEMS: tuple[tuple[str, Phase, str, str], ...] = (
    (
        "own-flights",
        "before",
        "Is it one of ours? Check our own flights and announced ones in the area.",
        "کیا یہ ہمارا ہے؟ علاقے میں اپنی اور اطلاع شدہ پروازیں چیک کریں۔",
    ),
    (
        "second-sensor",
        "before",
        "Confirm it by a second sensor, a camera or by eye.",
        "دوسرے سینسر، کیمرے یا آنکھ سے تصدیق کریں۔",
    ),
    (
        "permission",
        "before",
        "Ask whether somebody has leave to fly there now.",
        "معلوم کریں کہ کیا اس وقت وہاں کسی کو اڑان کی اجازت ہے۔",
    ),
    (
        "inform-command",
        "before",
        "Inform the shift commander.",
        "شفٹ کمانڈر کو اطلاع دیں۔",
    ),
    (
        "inform-liaison",
        "during",
        "Inform the airport's tower and the army liaison.",
        "ایئرپورٹ ٹاور اور فوجی رابطہ افسر کو اطلاع دیں۔",
    ),
    (
        "clear-own",
        "during",
        "Keep our own drones clear of it, or bring them down.",
        "اپنے ڈرون اس سے دور رکھیں یا اتار لیں۔",
    ),
    (
        "cordon",
        "during",
        "Have the ground below it cordoned off and people led away.",
        "اس کے نیچے کا علاقہ گھیرے میں لیں اور لوگوں کو ہٹائیں۔",
    ),
    (
        "send-car",
        "during",
        "Send the nearest car to the operator.",
        "قریب ترین گاڑی آپریٹر کی طرف بھیجیں۔",
    ),
    (
        "observe",
        "during",
        "Keep it in sight: what it carries, where it hovers, who watches it.",
        "اسے نظر میں رکھیں: کیا اٹھائے ہے، کہاں رکتا ہے، کون اسے دیکھ رہا ہے۔",
    ),
    (
        "log-evidence",
        "during",
        "Write down times, photographs and witnesses as notes of the alert.",
        "اوقات، تصاویر اور گواہ الرٹ کے نوٹ میں درج کریں۔",
    ),
    (
        "untouched",
        "during",
        "If it comes down: nobody touches it; call the bomb disposal unit.",
        "اگر یہ گر جائے تو کوئی ہاتھ نہ لگائے؛ بم ڈسپوزل یونٹ بلائیں۔",
    ),
    (
        "all-clear",
        "after",
        "Give the all-clear to post, tower and liaison.",
        "چوکی، ٹاور اور رابطہ افسر کو خطرہ ختم ہونے کی اطلاع دیں۔",
    ),
    (
        "export-evidence",
        "after",
        "Export the evidence: track, what the sensors said, alerts.",
        "شواہد محفوظ کریں: راستہ، سینسروں کا ریکارڈ، الرٹ۔",
    ),
    (
        "operator-statement",
        "after",
        "Take the operator's particulars and statement.",
        "آپریٹر کے کوائف اور بیان لیں۔",
    ),
    (
        "debrief",
        "after",
        "Debrief: what was seen late, what was missed, what is to be changed.",
        "جائزہ لیں: کیا دیر سے نظر آیا، کیا رہ گیا، کیا بدلنا ہے۔",
    ),
)

CHECKLIST: tuple[Item, ...] = tuple(
    Item(name, phase, Words(english, urdu)) for name, phase, english, urdu in _ITEMS
)
"""All items, in the order in which they are done."""
