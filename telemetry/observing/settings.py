"""The settings of metrics and health checks."""

from __future__ import annotations

from pydantic import Field

from telemetry.settings import Port, Section


class ObservingSettings(Section):
    """Where the collector tells how it does: /metrics (Prometheus), /healthz, /readyz."""

    enabled: bool = Field(default=True, description="Whether it is served.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(9464, description="Port to listen on.")
