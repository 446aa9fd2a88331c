"""How an event changes an alert: the only place where one does.

An event's `values` hold what the fold needs:

- `activate`: all of the occurrence, and `group`, `first_up`, `cause` if it is in or is a group
- `return`: `value`, `worst`
- `update`: `value`, `worst`
- `shelve`: `until`, in ISO 8601
- `join`: `member`, `priority`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.alerts.alert import Act, Alert, Occurrence, Priority
from fleet.alerts.errors import BrokenHistoryError, IllegalTransitionError
from fleet.alerts.events import AlertEvent
from fleet.alerts.states import NO_TRANSITIONS, State, What, transition

ACTS_MOST = 100
"""Acts that an alert keeps, the last ones; all of them are in the event rows."""

_MASKING = {What.SHELVE, What.SUPPRESS, What.REMOVE}


def told_occurrence(occurrence: Occurrence) -> dict[str, Any]:
    """What `activate` tells of an occurrence."""
    return {
        "priority": int(occurrence.priority),
        "reason": dict(occurrence.reason),
        "action": dict(occurrence.action),
        "assets": list(occurrence.assets),
        "value": occurrence.value,
        "limit": occurrence.limit,
        "falling": occurrence.falling,
        "latching": occurrence.latching,
        "realert_after": occurrence.realert_after,
        "desk": occurrence.desk,
    }


def apply(alert: Alert, event: AlertEvent) -> Alert:
    """The alert after the event.

    Raises IllegalTransitionError, and BrokenHistoryError where `values` lack what they must have.
    """
    try:
        changed = _changed(alert, event)
    except (KeyError, TypeError) as error:
        detail = f"event {event.id} ({event.what} of {event.alert}) lacks {error}"
        raise BrokenHistoryError(detail) from None
    except IllegalTransitionError:
        raise
    except ValueError as error:
        raise BrokenHistoryError(f"event {event.id} of {event.alert}: {error}") from None
    if event.what in {What.UPDATE, What.JOIN}:
        return changed
    act = Act(event.time, event.what.value, event.who, event.why)
    return replace(changed, acts=(*changed.acts, act)[-ACTS_MOST:])


def _changed(alert: Alert, event: AlertEvent) -> Alert:
    values = event.values
    if event.what in NO_TRANSITIONS:
        return _without_transition(alert, event)
    latching = bool(values["latching"]) if event.what == What.ACTIVATE else alert.latching
    state, condition = transition(alert.state, alert.condition, event.what, latching=latching)
    if state == State.NORMAL:
        return Alert(alert.key, state_time=event.time)
    moved = replace(
        alert,
        state=state,
        condition=condition,
        state_time=alert.state_time if state == alert.state else event.time,
    )
    if state != alert.state and moved.masked_by:  # one mask after another, or none any more
        moved = replace(moved, masked_until=None, masked_by="", masked_why="")
    if event.what == What.ACTIVATE:
        return _activated(moved, event.time, values)
    if event.what == What.RETURN:
        return replace(
            moved,
            returned_time=event.time,
            current_value=values["value"],
            worst_value=values["worst"],
        )
    if event.what in _MASKING:
        until = values.get("until")
        return replace(
            moved,
            masked_until=None if until is None else datetime.fromisoformat(until),
            masked_by=event.who,
            masked_why=event.why,
        )
    return moved


def _without_transition(alert: Alert, event: AlertEvent) -> Alert:
    values = event.values
    if event.what == What.UPDATE:
        if not alert.active:
            raise IllegalTransitionError(alert.state, alert.condition, event.what)
        return replace(
            alert,
            current_value=values["value"],
            worst_value=values["worst"],
            updated_time=event.time,
        )
    if event.what == What.JOIN:
        member = values["member"]
        known = member in alert.members[-1:] or member in alert.members
        return replace(
            alert,
            members=alert.members if known else (*alert.members, member),
            assets=(*alert.assets, *(a for a in values["assets"] if a not in alert.assets)),
            priority=max(alert.priority, Priority(values["priority"])),
            joined_time=event.time,
        )
    return alert


def _activated(alert: Alert, time: datetime, values: Mapping[str, Any]) -> Alert:
    return replace(
        alert,
        priority=Priority(values["priority"]),
        latching=bool(values["latching"]),
        realert_after=values["realert_after"],
        desk=values["desk"],
        assets=tuple(values["assets"]),
        reason=values["reason"],
        action=values["action"],
        trigger_value=values["value"],
        worst_value=values["value"],
        current_value=values["value"],
        limit=values["limit"],
        falling=values["falling"],
        raised_time=time,
        returned_time=None,
        updated_time=time,
        occurrences=alert.occurrences + 1,
        group=values.get("group"),
        first_up=values.get("first_up") or alert.key,
        cause=values.get("cause") or "",
    )
