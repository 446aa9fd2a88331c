"""A client of the REST API and the live feed, for programs; it needs nothing else of ours.

`Client` waits for answers, `AsyncClient` is awaited; both have the same methods, which `calls`
describes. What the server refuses is raised as an error of `errors`.
"""

from nigehban.client.asynchronous import AsyncClient
from nigehban.client.errors import (
    ApiError,
    AwayError,
    ChangedMeanwhileError,
    ClientError,
    ConflictError,
    FeedLostError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnreachableError,
)
from nigehban.client.live import LiveFeed
from nigehban.client.synchronous import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "AwayError",
    "ChangedMeanwhileError",
    "Client",
    "ClientError",
    "ConflictError",
    "FeedLostError",
    "ForbiddenError",
    "InvalidError",
    "LiveFeed",
    "NotFoundError",
    "UnreachableError",
]
