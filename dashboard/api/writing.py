"""What requests have in common that write to the store: the ids of what they make, what is refused."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dashboard.api import asking
from dashboard.api.problems import ProblemError
from telemetry.store.revisions import (
    ChangedError,
    MissingError,
    OtherRequestError,
    StaleError,
)

_CREATED = uuid.UUID("6f0c5d0e-6a0e-4a3b-9a58-3c9d1a0b7f11")

Utc = Annotated[datetime, AfterValidator(lambda time: time.astimezone(UTC))]

Name = asking.Who
Why = Annotated[str, Field(max_length=500)]
Who = Annotated[
    str, Query(min_length=1, max_length=80, description="Name of the operator who does it.")
]


class Body(BaseModel):
    """A request's body: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class By(Body):
    """Who does it."""

    who: Name


def created_id(subject: str, key: str | None) -> uuid.UUID:
    """The id of what a request creates: of the same key the same, of none a new one."""
    return uuid.uuid4() if key is None else uuid.uuid5(_CREATED, f"{subject}\n{key}")


def asked_as(*parts: object) -> str:
    """What was asked for, as a short word: the same of the same request."""
    told = [one.model_dump(mode="json") if isinstance(one, BaseModel) else one for one in parts]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()[:32]


def other_body(what: str) -> ProblemError:
    """For a request that came with the Idempotency-Key of another one."""
    return ProblemError(
        422,
        f"header.Idempotency-Key: another {what} was asked for with this key; give each request a "
        "key of its own",
        kind="other-body",
    )


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What the store refuses in the block is told as a problem."""
    try:
        yield
    except MissingError as error:
        raise ProblemError(404, str(error)) from None
    except StaleError as error:
        raise ProblemError(412, str(error), kind="changed-meanwhile") from None
    except OtherRequestError as error:
        raise other_body(str(error)) from None
    except ChangedError as error:
        raise ProblemError(409, str(error), kind="not-as-it-is") from None
