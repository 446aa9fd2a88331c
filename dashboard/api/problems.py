"""How the API says no: problem details as JSON, RFC 9457."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from dashboard.history import HistoryAwayError, HistoryBusyError
from fleet.forms import FormError
from telemetry.bus import BusError

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER = 2
"""Seconds after which what is away may be back."""

_SHOWN_MOST = 10  # mistakes of one request that are told


class Problem(BaseModel):
    """What was wrong with a request."""

    type: str = Field("about:blank", description="A word for this sort of problem.")
    title: str = Field(description="The sort of problem, in words.")
    status: int
    detail: str = Field(description="What was wrong with which input, and what to do; one line.")


class ProblemError(Exception):
    """Ends a request with a problem; `status` is 4xx or 503, `detail` one line."""

    def __init__(self, status: int, detail: str, *, kind: str = "about:blank", **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.more = more


def problem(status: int, detail: str, *, kind: str = "about:blank", **more: Any) -> JSONResponse:
    """The answer that tells it."""
    told = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    headers = {"Retry-After": str(RETRY_AFTER)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(told | more, status, headers, media_type=MEDIA_TYPE)


def add_problems(api: FastAPI) -> None:
    """Tell every refusal of `api` as a problem."""

    @api.exception_handler(ProblemError)
    async def told(_: Request, error: ProblemError) -> JSONResponse:
        return problem(error.status, error.detail, kind=error.kind, **error.more)

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        mistakes = [
            {"place": ".".join(map(str, each["loc"])), "detail": each["msg"]}
            for each in error.errors()[:_SHOWN_MOST]
        ]
        detail = "; ".join(f"{each['place']}: {each['detail']}" for each in mistakes)
        return problem(422, detail, errors=mistakes)

    @api.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail))

    @api.exception_handler(HistoryAwayError)
    async def store_away(_: Request, error: HistoryAwayError) -> JSONResponse:
        return problem(503, f"the database is away: {error}", kind="database-away")

    @api.exception_handler(FormError)
    async def unreadable(_: Request, error: FormError) -> JSONResponse:
        return problem(503, f"a geofence in the database cannot be read: {error}")

    @api.exception_handler(HistoryBusyError)
    async def store_busy(_: Request, error: HistoryBusyError) -> JSONResponse:
        return problem(503, str(error), kind="busy")

    @api.exception_handler(BusError)
    async def bus_away(_: Request, error: BusError) -> JSONResponse:
        return problem(503, f"the collector does not answer: {error}", kind="collector-away")
