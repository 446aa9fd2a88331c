"""The errors that a user can mend: each ends a program in one line instead of a traceback."""

from __future__ import annotations

from dashboard.serving import DashboardError
from dashboard.vendor import MissingBrowserFilesError
from nigehban.demo import DemoError
from nigehban.settings import WrongSettingError
from sitl.errors import SimulationError
from telemetry.bus import BusError
from telemetry.bus.server import BrokerError
from telemetry.listening import ListenError
from telemetry.mavlink.link import LinkError
from telemetry.store.programs import DatabaseError
from telemetry.trackers.mqtt import MqttError

EXPECTED = (
    BrokerError,
    BusError,
    DashboardError,
    DatabaseError,
    DemoError,
    LinkError,
    ListenError,
    MissingBrowserFilesError,
    MqttError,
    SimulationError,
    WrongSettingError,
)
