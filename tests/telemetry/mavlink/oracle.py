"""What pymavlink finds in some bytes: the decoder has to find the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import Rows
from telemetry.mavlink.codec import Decoded
from telemetry.mavlink.fields import layout


def new_parser() -> Any:
    parser = dialect.MAVLink(None)
    parser.robust_parsing = True  # bad bytes come as MAVLink_bad_data, not as exceptions
    return parser


@dataclass
class Theirs:
    """What pymavlink made of some bytes."""

    good: list[Any] = field(default_factory=list)
    bad: int = 0
    unknown: int = 0

    @property
    def frames(self) -> list[bytes]:
        return [bytes(message.get_msgbuf()) for message in self.good]

    @property
    def heads(self) -> list[tuple[int, int, int, int]]:
        return [
            (m.get_srcSystem(), m.get_srcComponent(), m.get_seq(), m.get_msgId()) for m in self.good
        ]


def parse(data: bytes, parser: Any = None) -> Theirs:
    """Of one datagram; or of a part of a stream, with the parser that had the parts before."""
    found = Theirs()
    stream = parser is not None
    parser = parser or new_parser()
    for message in parser.parse_buffer(data) or []:
        if isinstance(message, dialect.MAVLink_bad_data):
            found.bad += 1
        elif isinstance(message, dialect.MAVLink_unknown):
            found.unknown += 1
        else:
            found.good.append(message)
    if not stream and parser.buf_len():
        found.bad += 1  # a torn frame
    return found


def assert_same(decoded: Decoded, theirs: list[Theirs]) -> None:
    """Each chunk gave the same good frames, bad stretches and unknown messages; payloads too."""
    assert list(decoded.raw) == [frame for part in theirs for frame in part.frames]
    assert decoded.bad.tolist() == [part.bad for part in theirs]
    assert decoded.unknown.tolist() == [part.unknown for part in theirs]
    assert decoded.frames["chunk"].tolist() == [
        number for number, part in enumerate(theirs) for _ in part.good
    ]
    heads = decoded.frames[["system", "component", "sequence", "message"]].tolist()
    assert heads == [head for part in theirs for head in part.heads]
    assert_same_columns(decoded, columns(message for part in theirs for message in part.good))


def assert_same_columns(decoded: Decoded, theirs: dict[int, Rows]) -> None:
    """The fields as sent are theirs, all of them."""
    assert sorted(decoded.tables) == sorted(theirs)
    for number, rows in theirs.items():
        ours = decoded.tables[number].wire
        for name in rows.dtype.names or ():
            np.testing.assert_array_equal(ours[name], rows[name], err_msg=name)


def columns(messages: Iterable[Any]) -> dict[int, Rows]:
    """Messages by id as rows of `Layout.wire`, each field taken from pymavlink's object."""
    by_id: defaultdict[int, list[Any]] = defaultdict(list)
    for message in messages:
        by_id[message.get_msgId()].append(message)
    made: dict[int, Rows] = {}
    for number, of_this in by_id.items():
        wire = layout(number).wire
        made[number] = np.zeros(len(of_this), wire)
        for name in wire.names or ():
            attribute = f"_{name}_raw" if wire[name].kind == "S" else name  # else maybe mended
            made[number][name] = [getattr(message, attribute) for message in of_this]
    return made
