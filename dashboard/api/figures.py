"""What each desk has to bear: the figures of EEMUA 191."""

from __future__ import annotations

from fastapi import APIRouter

from dashboard.api.services import Services
from fleet.alerts.figures import Report


def router(services: Services) -> APIRouter:
    """`/figures`."""
    routes = APIRouter(prefix="/figures", tags=["alerts"])

    @routes.get("")
    async def figures() -> dict[str, Report]:
        """By desk, of the last day; the desk without a name is that of all that have none."""
        return services.alerting.figures(services.now())

    return routes
