"""What one sender of NMEA 0183 says: lines in, fixes out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from telemetry.sink import RefusedError
from telemetry.trackers.gate import DeniedError
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.nmea_epochs import Epochs
from telemetry.trackers.nmea_sentences import Sentence, sentence_of
from telemetry.trackers.values import receive_time

EPOCH_PAUSE = 0.2
"""Seconds without a further line after which a moment is complete."""

EPOCH_LONGEST = 1.0
"""Seconds after the first sentence of a moment after which it is complete anyway."""

MAX_WRONG = 50
"""Lines in a row that cannot be taken before a sender is heard no more."""

MAX_RAW = 1000
"""Bytes of a moment's sentences that are kept for the case that they are refused."""

_NAMED = re.compile(rb"(?:ID:)?([A-Za-z0-9._-]{1,40})(?:,([!-~]{1,200}))?", re.IGNORECASE)


class Talk:
    """What one sender says: lines in, fixes out."""

    def __init__(self, intake: Intake, peer: str) -> None:
        self._denied = False  # it may not report
        self._wrong = 0  # lines in a row that could not be taken
        self._intake = intake
        self._peer = peer
        self._called = peer.rpartition(":")[0]
        self._token: str | None = None
        self._epochs = Epochs()
        self._raw = b""
        self._begun = self._heard = 0.0  # the first and the last line of the moment, by our clock

    @property
    def over(self) -> bool:
        """Whether what comes is no NMEA, or from somebody who may not report."""
        return self._denied or self._wrong >= MAX_WRONG

    @property
    def open(self) -> bool:
        """Whether sentences wait for others of their moment."""
        return self._epochs.open

    def due(self, now: float) -> bool:
        """Whether the moment is complete."""
        return now > self._heard + EPOCH_PAUSE or now > self._begun + EPOCH_LONGEST

    def forgive(self) -> None:
        """Begin anew, though it was over: there is no connection to be closed."""
        self._denied, self._wrong = False, 0

    def say(self, lines: Iterable[bytes]) -> None:
        """Take lines until it is over."""
        self._heard = self._intake.clock()
        for line in map(bytes.strip, lines):
            if self.over:
                break
            if line:
                self._intake.statistics.received += 1
                try:
                    self._take(line)
                except RefusedError as error:
                    self._refuse(error, _without_token(line))
                else:
                    self._wrong = 0

    def flush(self) -> None:
        """Hand on the fix of the moment."""
        if not self.open:
            return
        intake, raw, peer = self._intake, self._raw, self._peer
        try:
            asset = tracker_asset("nmea", self._called)
            report = self._epochs.finish(asset)
            reports = () if report is None else (report,)
            intake.offer(asset, reports, token=self._token, raw=raw, peer=peer)
        except RefusedError as error:
            self._refuse(error, raw)

    def _take(self, line: bytes) -> None:
        """Take one line. Raises RefusedError."""
        if line.startswith(b"$"):
            told = line[3:6] == b"VTG" and self._epochs.moving
            sentence = None if told else sentence_of(line)
            if sentence is None:
                self._intake.statistics.ignored += 1
            else:
                self._add(sentence, line)
        elif line.startswith(b"!"):  # AIS
            self._intake.statistics.ignored += 1
        elif named := _NAMED.fullmatch(line):
            self.flush()
            self._called = named[1].decode()
            self._token = None if named[2] is None else named[2].decode()
        else:
            shown = _without_token(line)[:40]
            raise RefusedError("malformed", f"{shown!r} is neither a sentence nor an id")

    def _add(self, sentence: Sentence, line: bytes) -> None:
        if self._epochs.begins_another(sentence):
            self.flush()
        if not self.open:
            self._begun, self._raw = self._heard, b""
        self._epochs.add(sentence, receive_time(self._heard))
        if len(self._raw) < MAX_RAW:
            self._raw += line + b"\n"

    def _refuse(self, error: RefusedError, raw: bytes) -> None:
        self._denied |= isinstance(error, DeniedError)
        self._wrong += 1
        self._intake.refuse(error, raw=raw, peer=self._peer)


def _without_token(line: bytes) -> bytes:
    """The line, and of one that says who speaks only the name: behind it stands a secret."""
    name, comma, _ = line.partition(b",")
    return name + b",***" if comma and not line.startswith((b"$", b"!")) else line
