"""Areas, lines and points from files that were drawn elsewhere."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.planning.told import Said
from dashboard.planning.workers import WorkError
from missions.files.disk import FILE_MOST


class Drawn(BaseModel):
    """What is drawn in a file: a GeoJSON FeatureCollection, with a report."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]] = Field(
        description="Their properties: `what` (area, line, point), `name`, `square_metres`."
    )
    report: list[str] = Field(description="What was taken, one line each.")
    refused: list[str] = Field(description="What was not, and why and where.")
    refusals: list[Said] = Field(description="The same, with codes.")


def router(services: Services) -> APIRouter:
    """`/areas`."""
    routes = APIRouter(prefix="/areas", tags=["plans"])

    @routes.post("")
    async def read(
        request: Request,
        name: Annotated[
            str, Query(min_length=1, max_length=200, description="Of the file, for messages.")
        ] = "the file",
    ) -> Drawn:
        """Read a file, which is the body: GeoJSON, KML, KMZ, WKT, GPX or a QGroundControl plan.

        The format is told from the content. Nothing is kept.
        """
        data = await request.body()
        if not data:
            raise ProblemError(422, "body: the file is the body of the request, and it is empty")
        given = {"data": base64.b64encode(data).decode(), "name": name}
        try:
            return Drawn.model_validate(await services.jobs.quick("shapes", given))
        except WorkError as error:
            raise ProblemError(
                422, f"body: {error}", code=error.code, values=error.values
            ) from None

    return routes


BODY_MOST = FILE_MOST
"""Bytes of a file."""
