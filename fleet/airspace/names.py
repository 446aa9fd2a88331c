"""Which contact a sensor's object is, and which contacts claim an identity."""

from __future__ import annotations

from collections.abc import Iterable

Key = tuple[bytes, bytes]
"""Sensor, and what that calls the object."""


KEYS_MOST = 256
"""Keys of sensors that a contact has at once; of more the oldest are forgotten. A sender may change its
address as often as it likes."""

SENSORS_MOST = 64
"""Sensors that a contact is remembered to be told by."""


class Names:
    """Sensors' own keys and identities of live contacts. An identity may have several contacts."""

    def __init__(self) -> None:
        self._bound: dict[Key, int] = {}
        self._keys: dict[int, dict[Key, None]] = {}
        self._named: dict[bytes, list[int]] = {}
        self._identity: dict[int, bytes] = {}
        self._heard: dict[int, dict[bytes, int]] = {}

    def bound(self, sensor: bytes, key: bytes) -> int | None:
        """The contact that a sensor's object was last."""
        return self._bound.get((sensor, key))

    def named(self, identity: bytes) -> list[int]:
        """The contacts that claim an identity."""
        return self._named.get(identity, [])

    def shared(self) -> Iterable[tuple[bytes, list[int]]]:
        """Identities that several contacts claim."""
        return [item for item in self._named.items() if len(item[1]) > 1]

    def hear(self, contact: int, sensor: bytes, key: bytes, time: int) -> None:
        """A sensor's object is this contact, at `time` (µs)."""
        heard = self._heard.setdefault(contact, {})
        heard.pop(sensor, None)
        heard[sensor] = time
        if len(heard) > SENSORS_MOST:
            del heard[next(iter(heard))]
        if key and self._bound.get((sensor, key)) != contact:
            self.unbind(sensor, key)
            self._bind(contact, (sensor, key))

    def name(self, contact: int, identity: bytes) -> None:
        """The contact claims an identity; it keeps the first one."""
        if contact not in self._identity:
            self._identity[contact] = identity
            self._named.setdefault(identity, []).append(contact)

    def unbind(self, sensor: bytes, key: bytes) -> None:
        """A sensor's object is not what it was taken for."""
        contact = self._bound.pop((sensor, key), None)
        if contact is not None:
            del self._keys[contact][sensor, key]

    def share_sensor(self, one: int, other: int, within: int) -> bool:
        """Whether a sensor told both apart within so many µs: then they are two objects."""
        first, second = self._heard.get(one, {}), self._heard.get(other, {})
        both = first.keys() & second.keys()
        return any(abs(first[sensor] - second[sensor]) <= within for sensor in both)

    def forget(self, contact: int, heir: int | None = None) -> None:
        """The contact has ended; what was its own becomes its heir's."""
        for key in self._keys.pop(contact, {}):
            del self._bound[key]
            if heir is not None:
                self._bind(heir, key)
        heard = self._heard.pop(contact, {})
        if heir is not None:
            inherited = self._heard.setdefault(heir, {})
            for sensor, time in heard.items():
                inherited[sensor] = max(time, inherited.get(sensor, time))
        identity = self._identity.pop(contact, None)
        if identity is not None:
            self._named[identity].remove(contact)
            if not self._named[identity]:
                del self._named[identity]
            if heir is not None:
                self.name(heir, identity)

    def _bind(self, contact: int, key: Key) -> None:
        keys = self._keys.setdefault(contact, {})
        if len(keys) >= KEYS_MOST:
            oldest = next(iter(keys))
            del keys[oldest], self._bound[oldest]
        keys[key] = None
        self._bound[key] = contact
