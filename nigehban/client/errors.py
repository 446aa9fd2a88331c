"""What can go wrong with a request, as errors; problem details (RFC 9457) read into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx


class ClientError(Exception):
    """All errors of the client."""


class UnreachableError(ClientError):
    """There is no answer: no server, or none in time. What was asked may have been done."""


class FeedLostError(ClientError):
    """The live feed ended, or is silent."""


class ApiError(ClientError):
    """The server said no."""

    def __init__(self, status: int, detail: str, kind: str, more: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        """What was wrong with which input; one line."""
        self.kind = kind
        """A word for this sort of problem, `about:blank` where the status says it."""
        self.more = dict(more)
        """What else the problem tells, `alerts` of an order for instance."""


class ForbiddenError(ApiError):
    """403: this is not the page's address, or another site asks."""


class NotFoundError(ApiError):
    """404."""


class ConflictError(ApiError):
    """409: it cannot be done to it as it is now."""


class ChangedMeanwhileError(ApiError):
    """412, 428: somebody has changed it meanwhile, or the version that was seen is missing."""


class InvalidError(ApiError):
    """413, 422: too large, or not understood."""


class AwayError(ApiError):
    """503: the database or the collector is away."""


_BY_STATUS: dict[int, type[ApiError]] = {
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: ChangedMeanwhileError,
    413: InvalidError,
    422: InvalidError,
    428: ChangedMeanwhileError,
    503: AwayError,
}

_TOLD = ("type", "title", "status", "detail")
_SHOWN_MOST = 500  # letters of an answer that is no problem


def error_of(answer: httpx.Response) -> ApiError:
    """The error that an answer with status 4xx or 5xx stands for."""
    told: dict[str, Any] = {}
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        read = answer.json()
        told = read if isinstance(read, dict) else {}
    return _BY_STATUS.get(answer.status_code, ApiError)(
        answer.status_code,
        str(told.get("detail") or answer.text[:_SHOWN_MOST].strip()),
        str(told.get("type", "about:blank")),
        {name: value for name, value in told.items() if name not in _TOLD},
    )
