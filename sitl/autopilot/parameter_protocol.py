"""The parameter protocol of a vehicle, as an ArduPilot speaks it.

A name or an index that it does not have gets no reply at all; a read by name is answered with
index 65535. A value that was set, or that the vehicle found out itself, is told with that index on
all channels that anything has come over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.parameters import Parameter, Parameters
from sitl.autopilot.vehicle import Reply

LIST_RATE = 200.0
"""Parameters a second that a list is told with on one channel."""

MOST_AT_ONCE = 20
"""Parameters of a list that go out in one step, however long the last one was ago."""

BY_NAME = -1
"""PARAM_REQUEST_READ.param_index of a read by name."""

NO_INDEX = 65535
"""PARAM_VALUE.param_index of an answer that is not part of a list or a read by index."""


@dataclass(slots=True)
class _Telling:
    """A list on its way down, with the names and the count of when it was asked for."""

    names: tuple[str, ...]
    begun: float
    told: int = 0


class ParameterProtocol:
    """The handler of PARAM_REQUEST_LIST, PARAM_REQUEST_READ and PARAM_SET."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._tellings: dict[int, _Telling] = {}  # by channel: one each, begun anew when asked
        self._active: dict[int, None] = {}  # the channels that anything came over

    @property
    def busy(self) -> bool:
        """Whether there is a list or news to tell."""
        return bool(self._tellings) or self._parameters.has_news

    def receive(self, message: Any, channel: int, now: float) -> list[Reply]:
        """Take one message; see `vehicle.Handler`."""
        self._active[channel] = None
        match message.get_type():
            case "PARAM_REQUEST_LIST":
                self._tellings[channel] = _Telling(self._parameters.names, now)
            case "PARAM_REQUEST_READ":
                return self._read(message, channel)
            case "PARAM_SET":
                return self._set(message)
        return []

    def tick(self, now: float) -> list[Reply]:
        """The news, and the next parameters of the lists under way."""
        replies = [reply for news in self._parameters.take_news() for reply in self._told(news)]
        for channel, telling in list(self._tellings.items()):
            count = len(telling.names)
            due = min(int((now - telling.begun) * LIST_RATE), telling.told + MOST_AT_ONCE, count)
            for index in range(telling.told, due):
                parameter = self._parameters.get(telling.names[index])
                if parameter is not None:
                    replies.append((channel, _value(parameter, count, index)))
            telling.told = max(telling.told, due)
            if telling.told == count:
                del self._tellings[channel]
        return replies

    def reboot(self) -> None:
        """Forget the lists under way and who listens; the values stay."""
        self._tellings.clear()
        self._active.clear()

    def _read(self, message: Any, channel: int) -> list[Reply]:
        name, index = message.param_id, NO_INDEX
        if message.param_index != BY_NAME:
            index = message.param_index
            if not 0 <= index < len(self._parameters):
                return []
            name = self._parameters.names[index]
        parameter = self._parameters.get(name)
        if parameter is None:
            return []
        return [(channel, _value(parameter, len(self._parameters), index))]

    def _set(self, message: Any) -> list[Reply]:
        name = message.param_id
        parameter = self._parameters.get(name)
        if parameter is None or not self._parameters.set(name, message.param_value):
            return []
        return self._told(parameter._replace(value=self._parameters[name]))

    def _told(self, parameter: Parameter) -> list[Reply]:
        """A value for all who listen."""
        told = _value(parameter, len(self._parameters), NO_INDEX)
        return [(channel, told) for channel in self._active]


def _value(parameter: Parameter, count: int, index: int) -> Any:
    return mavlink.MAVLink_param_value_message(
        parameter.name.encode(), parameter.value, parameter.type, count, index
    )
