"""The errors that a user can mend: each ends a program in one line instead of a traceback."""

from __future__ import annotations

from dashboard.errors import DashboardError, MissingBrowserFilesError
from missions.errors import PlanningError
from nigehban.settings import WrongSettingError
from sitl.errors import SimulationError
from telemetry.bus import BusError
from telemetry.bus.server import BrokerError
from telemetry.history.errors import HistoryError
from telemetry.listening import ListenError
from telemetry.mavlink.links.base import LinkError
from telemetry.mavlink.timestamps import TimestampsError
from telemetry.spool.errors import SpoolError
from telemetry.store.programs import DatabaseError
from telemetry.trackers.mqtt import MqttError


class DemoError(Exception):
    """A part did not get ready; the message says which and why."""


class FencesError(Exception):
    """What keeps geofences from being read, written or changed."""


EXPECTED = (
    BrokerError,
    BusError,
    DashboardError,
    DatabaseError,
    DemoError,
    FencesError,
    HistoryError,
    LinkError,
    ListenError,
    MissingBrowserFilesError,
    MqttError,
    PlanningError,
    SimulationError,
    TimestampsError,
    SpoolError,
    WrongSettingError,
)
