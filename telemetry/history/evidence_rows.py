"""Rows of the airspace as the tables of evidence have them: as text, numbers of a list as its words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, IntFlag

import numpy as np

from fleet.airspace.columns import ChangeKind, ContactClass, Datum, Doubt, Flag, Means, State
from fleet.columns import Rows

Words = Mapping[str, type[IntEnum] | type[IntFlag]]
"""Of columns whose numbers stand for words."""

OF_DETECTION: Words = {"means": Means, "datum": Datum, "flags": Flag}
OF_CHANGE: Words = {"kind": ChangeKind}


class _MeansOf(IntFlag):
    """The bits of CONTACT's `means`."""

    COOPERATIVE = 1 << Means.COOPERATIVE
    AIRCRAFT = 1 << Means.AIRCRAFT
    RADAR = 1 << Means.RADAR
    OWN = 1 << Means.OWN


OF_CONTACT: Words = {
    "state": State,
    "class": ContactClass,
    "doubts": Doubt,
    "means": _MeansOf,
    "datum": Datum,
    "flags": Flag,
}


def table_rows(rows: Rows, words: Words) -> list[tuple[str, ...]]:
    """Rows as text: times in ISO 8601, what is unknown empty, numbers as shortest, `words` in words."""
    columns = [_texts(rows, name, words.get(name)) for name in rows.dtype.names or ()]
    return list(zip(*columns, strict=True))


def _texts(rows: Rows, name: str, words: type[IntEnum | IntFlag] | None) -> list[str]:
    values = rows[name]
    if words is not None:
        return [_word(words, value) for value in values.tolist()]
    match values.dtype.kind:
        case "M":
            texts = np.datetime_as_string(values, unit="us").tolist()
            return ["" if text == "NaT" else f"{text}Z" for text in texts]
        case "S":
            return [value.decode() for value in values.tolist()]
        case "f":
            return ["" if np.isnan(value) else str(value) for value in values]
    return [str(value) for value in values.tolist()]


def _word(words: type[IntEnum | IntFlag], value: int) -> str:
    if issubclass(words, IntFlag):
        return "|".join(str(bit.name).lower() for bit in words if bit & value)
    return next((word.name.lower() for word in words if word == value), str(value))
