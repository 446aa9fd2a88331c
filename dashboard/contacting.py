"""Contacts in the air and the sensors that see them, as the collector last told them.

The collector tells the whole picture each time; viewers are told what is different. A picture is as
old as `heard`: when nothing comes any more the page sees it grow old and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import orjson

from dashboard.keyed import Keyed
from dashboard.live import milliseconds

CONTACTS_MOST = 2_000
"""Contacts that a page shows; those beyond are counted."""

SENSORS_MOST = 500


class ContactsError(ValueError):
    """A payload that is no picture of the airspace."""


class Contacting:
    """Contacts and sensors. `heard` is when a picture last came; None: never."""

    def __init__(self) -> None:
        self.heard: np.datetime64 | None = None
        self.left_out = 0
        """Contacts and sensors of the last picture that are beyond what is shown."""
        self._contacts = Keyed(CONTACTS_MOST)
        self._sensors: list[Any] = []
        self._sensed = 0  # version at which the sensors last changed

    def __len__(self) -> int:
        return len(self._contacts)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """The contacts, as the collector tells them."""
        return iter(self._contacts)

    @property
    def sensors(self) -> Sequence[Mapping[str, Any]]:
        """The sensors, as the collector tells them."""
        return self._sensors

    @property
    def version(self) -> int:
        """Grows with each picture."""
        return self._contacts.version

    def take(self, payload: bytes, now: np.datetime64) -> None:
        """Take a `live.contacts` payload. Raises ContactsError; then nothing has changed."""
        try:
            told = orjson.loads(payload)
            contacts = {str(contact["contact"]): contact for contact in told["contacts"]}
            sensors = list(told["sensors"])
        except (ValueError, TypeError, KeyError) as error:
            raise ContactsError(f"{len(payload)} bytes are no picture: {error!r}") from None
        self.heard = now
        self._contacts.touch()
        beyond = len(contacts) - CONTACTS_MOST
        self.left_out = max(0, beyond) + max(0, len(sensors) - SENSORS_MOST)
        self._contacts.replace(dict(islice(contacts.items(), CONTACTS_MOST)))
        if sensors != self._sensors:
            self._sensors = sensors[:SENSORS_MOST]
            self._sensed = self.version

    def message(self, since: int) -> bytes:
        """The `contacts` message for who was last told at a version, 0: never."""
        whole, contacts, gone = self._contacts.since(since)
        told: dict[str, Any] = {
            "type": "contacts",
            "whole": whole,
            "time": None if self.heard is None else milliseconds(self.heard),
            "contacts": contacts,
            "gone": gone,
        }
        if whole or self._sensed > since:
            told["sensors"] = self._sensors
        return orjson.dumps(told)
