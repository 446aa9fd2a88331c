"""The words in the figures of reports, by language."""

from __future__ import annotations

from typing import Literal

from dashboard.words import Words

Language = Literal["en", "ur"]

WORDS: dict[str, Words] = {
    "en": {
        "trips": "Trips",
        "stops": "Stops",
        "overspeed": "Fastest, km/h",
        "flights": "Flights",
        "visits": "Visits",
        "days": "Distance a day, km",
        "lasts": "lasts",
        "began_before": "began before",
        "hours": "{hours} h {minutes:02} min",
        "minutes": "{minutes} min {seconds:02} s",
        "km": "{km:.1f} km",
        "high": "{metres:.0f} m high",
        "battery": "{percent:.0f} % of the battery",
        "unseen": "landing not seen",
        "kmh": "{value} km/h",
        "limit": "limit {value} km/h",
        "zone": "limit {value} km/h of {zone}",
        "nothing": "Nothing of this in this time",
        "comma": ", ",
    },
    "ur": {
        "trips": "سفر",
        "stops": "ٹھہراؤ",
        "overspeed": "تیز ترین، کلومیٹر فی گھنٹہ",
        "flights": "پروازیں",
        "visits": "دورے",
        "days": "روزانہ فاصلہ، کلومیٹر",
        "lasts": "جاری ہے",
        "began_before": "پہلے سے جاری",
        "hours": "{hours} گھنٹے {minutes:02} منٹ",
        "minutes": "{minutes} منٹ {seconds:02} سیکنڈ",
        "km": "{km:.1f} کلومیٹر",
        "high": "بلندی {metres:.0f} میٹر",
        "battery": "بیٹری کا {percent:.0f} %",
        "unseen": "اترنا نہیں دیکھا گیا",
        "kmh": "{value} کلومیٹر فی گھنٹہ",
        "limit": "حد {value} کلومیٹر فی گھنٹہ",
        "zone": "{zone} کی حد {value} کلومیٹر فی گھنٹہ",
        "nothing": "اس وقت میں ایسا کچھ نہیں",
        "comma": "، ",
    },
}
