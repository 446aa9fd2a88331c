"""STATUSTEXT pieces become whole texts.

A MAVLink 2 text longer than 50 bytes comes in pieces with one `id` and a `chunk_seq` from zero
(https://mavlink.io/en/messages/common.html#STATUSTEXT); the last is the one shorter than 50 bytes.
Texts with id 0, and all of MAVLink 1, are whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PIECE_BYTES = 50

PIECE_WAIT = 2.0
"""Seconds after its latest piece at which an incomplete text is given out as it is."""

PENDING_LIMIT = 64
"""Incomplete texts kept at a time; beyond it the oldest is given out."""

GAP = "…"
"""What stands in a text where a piece is missing."""


@dataclass(frozen=True, slots=True)
class WholeText:
    """A text: of which system, when its first piece was received (µs UTC), how severe."""

    system: int
    received: int
    severity: int
    text: str


@dataclass(slots=True)
class _Pending:
    system: int
    received: int
    severity: int
    latest: float
    pieces: dict[int, bytes] = field(default_factory=dict)

    def is_complete(self) -> bool:
        last = max(self.pieces)
        return len(self.pieces) == last + 1 and len(self.pieces[last]) < PIECE_BYTES

    def joined(self) -> WholeText:
        """The text, with GAP once for each run of missing pieces."""
        out, expected = b"", 0
        for number in sorted(self.pieces):
            out += (GAP.encode() if number > expected else b"") + self.pieces[number]
            expected = number + 1
        if len(self.pieces[expected - 1]) == PIECE_BYTES:
            out += GAP.encode()
        return WholeText(self.system, self.received, self.severity, _decoded(out))


class TextJoiner:
    """Joins the pieces of all senders of a network. Times `now` are seconds of a steady clock."""

    def __init__(self) -> None:
        self._pending: dict[tuple[int, int, int], _Pending] = {}

    def add(
        self,
        sender: tuple[int, int],
        received: int,
        severity: int,
        text: bytes,
        text_id: int,
        piece: int,
        now: float,
    ) -> list[WholeText]:
        """Take one STATUSTEXT of a (system, component); returns the texts that it completes."""
        text = text.partition(b"\0")[0]
        if text_id == 0:
            return [WholeText(sender[0], received, severity, _decoded(text))]
        key = (*sender, text_id)
        pending = self._pending.get(key)
        done = []
        if pending is None:
            if len(self._pending) >= PENDING_LIMIT:
                oldest = min(self._pending, key=lambda other: self._pending[other].latest)
                done.append(self._pending.pop(oldest).joined())
            pending = _Pending(sender[0], received, severity, now)
            self._pending[key] = pending
        pending.pieces[piece] = text
        pending.latest = now
        if pending.is_complete():
            done.append(self._pending.pop(key).joined())
        return done

    def overdue(self, now: float) -> list[WholeText]:
        """Incomplete texts that nothing was added to for PIECE_WAIT."""
        late = [key for key, text in self._pending.items() if now - text.latest >= PIECE_WAIT]
        return [self._pending.pop(key).joined() for key in late]


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")
