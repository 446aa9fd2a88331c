"""What a router of the API is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.alerting import Alerting
from dashboard.cameras import Cameras
from dashboard.carrying import Carrying
from dashboard.contacting import Contacting
from dashboard.footprinting import Footprinting
from dashboard.history import History
from dashboard.planning.jobs import Jobs
from dashboard.settings import DashboardSettings
from dashboard.situation import Situation
from dashboard.watched import Watched
from telemetry.bus import Bus

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Services:
    """All of it is there for as long as the server runs."""

    situation: Situation
    """What is so now."""

    alerting: Alerting
    """Which alerts there are now."""

    contacting: Contacting
    """What flies without being ours, and the sensors that see it, now."""

    history: History
    """What the store knows; it may be away."""

    bus: Bus
    """Where the collector listens; it may be away."""

    now: Clock
    """Aware, UTC."""

    zone: ZoneInfo
    """Of the control room."""

    jobs: Jobs
    """Plans that are made in processes beside us."""

    settings: DashboardSettings

    footprinting: Footprinting
    """What cameras see of the ground now."""

    cameras: Cameras
    """The fixed cameras."""

    carrying: Carrying
    """The missions that vehicles carry."""

    watched: Watched
    """What the collector watches for."""

    terrain: Path | None
    """The height grid of plans."""
