"""Orders on alerts: acknowledge, shelve and so on, one alert or several at once.

They are done by the collector that watches, and answered when they are kept.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dashboard.api.asking import ANSWER_LIMIT, IdempotencyKey, Who, key_or_new
from dashboard.api.problems import Problem, ProblemError
from dashboard.api.services import Services
from fleet.alerts.book import WHY_MOST
from telemetry.watching.orders import (
    ALERT_ORDERS,
    ALERTS_AT_ONCE,
    AlertAnswer,
    AlertOrder,
    Answer,
    OrderWhat,
)
from telemetry.words import Words

_STATUS = {"unknown": 404, "illegal": 409, "bad": 422}
_REFUSED = {
    "bad": (422, "about:blank"),
    "other_order": (422, "other-body"),
    "not_watching": (503, "collector-away"),
    "not_kept": (503, "not-kept"),
}


class AlertsOrdered(BaseModel):
    """What is to be done to which alerts."""

    model_config = ConfigDict(extra="forbid")

    alerts: list[Words] = Field(
        min_length=1, max_length=ALERTS_AT_ONCE, description="Keys of alerts or groups."
    )
    who: Who
    why: Words = Field(
        "", max_length=WHY_MOST, description="The reason; of a note its text. Masks need one."
    )
    until: AwareDatetime | None = Field(
        None, description="Until when they are shelved, within 8 hours from now."
    )


class AlertsDone(BaseModel):
    """What became of each alert."""

    alerts: list[AlertAnswer]


def add_orders(routes: APIRouter, services: Services) -> None:
    """`POST /alerts/<what>`."""

    @routes.post(
        "/{what}",
        responses={
            404: {"model": Problem, "description": "There is no such alert."},
            409: {"model": Problem, "description": "It cannot be done to it as it is now."},
        },
    )
    async def order(
        what: OrderWhat, body: AlertsOrdered, idempotency_key: IdempotencyKey = None
    ) -> AlertsDone:
        """Do something to alerts.

        Of several each is answered for itself; it is a problem if none of it could be done.
        """
        wanted = AlertOrder(
            id=key_or_new(idempotency_key),
            what=what,
            alerts=tuple(dict.fromkeys(body.alerts)),
            who=body.who,
            why=body.why,
            until=body.until,
        )
        payload = wanted.model_dump_json().encode()
        told = await services.bus.request(ALERT_ORDERS, payload, timeout=ANSWER_LIMIT)
        answer = Answer.model_validate_json(told)
        if answer.refused:
            status, kind = _REFUSED[answer.refused]
            raise ProblemError(status, answer.detail, kind=kind)
        if all(each.result != "done" for each in answer.alerts):
            first = answer.alerts[0]
            raise ProblemError(
                _STATUS[first.result],
                first.detail,
                kind=f"{first.result}-order",
                alerts=[each.model_dump(mode="json") for each in answer.alerts],
            )
        return AlertsDone(alerts=list(answer.alerts))
