"""The words that Dash's callbacks write. All others are in `assets/words/`."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]

WORDS: dict[str, Words] = {
    "en": {
        "battery": "Battery",
        "height": "Height",
        "speed": "Speed",
        "away": "The database is away ({reason}). The live values go on.",
        "nothing": "Nothing is stored of the last {minutes} minutes.",
        "none": "None yet.",
        "emergency": "emergency",
        "alert": "alert",
        "critical": "critical",
        "error": "error",
        "warning": "warning",
        "notice": "notice",
        "info": "info",
        "debug": "debug",
    },
    "ur": {
        "battery": "بیٹری",
        "height": "بلندی",
        "speed": "رفتار",
        "away": "ڈیٹابیس سے رابطہ نہیں ({reason})۔ براہِ راست معلومات جاری ہیں۔",
        "nothing": "پچھلے {minutes} منٹ کا کوئی ریکارڈ نہیں۔",
        "none": "ابھی کوئی نہیں۔",
        "emergency": "ہنگامی",
        "alert": "الرٹ",
        "critical": "نازک",
        "error": "خرابی",
        "warning": "انتباہ",
        "notice": "اطلاع",
        "info": "معلومات",
        "debug": "جانچ",
    },
}
"""By language, as the page names it."""
