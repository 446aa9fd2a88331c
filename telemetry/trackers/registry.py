"""Every protocol behind one interface, found by the name of its section in the settings.

To add a protocol: a section in `settings.TrackerSections`, and a module of the same name in which
a class stands under `@tracker(name)`. Only modules of enabled protocols are loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, TypeVar, runtime_checkable

from telemetry.sink import Sink
from telemetry.trackers import Clock
from telemetry.trackers.gate import Gate
from telemetry.trackers.gathering import Gathering
from telemetry.trackers.intake import Intake, TrackerStatistics
from telemetry.trackers.settings import TrackerSections


class Tracker(Protocol):
    """Takes in what the devices of one protocol report."""

    @property
    def intake(self) -> Intake:
        """What takes its reports."""

    @property
    def listening(self) -> bool:
        """Whether reports can come in now."""

    @property
    def statistics(self) -> TrackerStatistics:
        """What came in since the start."""

    async def run(self) -> None:
        """Take reports until cancelled or closed. Raises ListenError, MqttError."""

    async def close(self) -> None:
        """End `run`, and return when it has ended."""


Builder = Callable[[Any, Intake], Tracker]
"""Makes a tracker of its section of the settings and of what takes its reports."""

B = TypeVar("B", bound=Builder)

_builders: dict[str, Builder] = {}


def tracker(name: str) -> Callable[[B], B]:
    """Serve the section `name` of the settings with the class below."""

    def register(builder: B) -> B:
        _builders[name] = builder
        return builder

    return register


@runtime_checkable
class Switched(Protocol):
    """A section that can be switched off: one of a protocol."""

    @property
    def enabled(self) -> bool:
        """Whether the protocol is spoken."""


def protocols(sections: TrackerSections) -> dict[str, Switched]:
    """The sections of protocols, enabled or not, by name."""
    every = ((name, getattr(sections, name)) for name in TrackerSections.model_fields)
    return {name: section for name, section in every if isinstance(section, Switched)}


def build_all(sections: TrackerSections, sink: Sink, clock: Clock) -> dict[str, Tracker]:
    """A tracker for each enabled protocol, by name; they share one gate and one gathering."""
    gate, gathering = Gate(sections.trackers), Gathering(sink)
    trackers = {}
    for name, section in protocols(sections).items():
        if section.enabled:
            import_module(f"{__package__}.{name}")
            intake = Intake(
                name,
                sink,
                clock,
                gate,
                gathering,
                horizon_days=sections.trackers.horizon_days,
            )
            trackers[name] = _builders[name](section, intake)
    return trackers
