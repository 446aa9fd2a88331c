"""The life cycle of an alert: the states of ANSI/ISA-18.2 and what leads from one to another.

`TABLE` is the whole of it; what stands in no row is refused. A masked alert (shelved, suppressed by
design, out of service) goes on following its condition, and what it is when the mask comes off
depends on that. A latching alert whose condition is over still has to be reset by hand.

Shelving again to move the bound is not in the table: who needs longer takes it off the shelf first,
and sees it. Neither is suppressing what is shelved; only out of service takes over from another mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from fleet.alerts.errors import IllegalTransitionError


class State(StrEnum):
    """Where an alert stands in its life."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"  # over before anybody acknowledged it
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"  # over, and neither acknowledged nor reset
    LATCHED = "latched"  # over and acknowledged, not reset
    SHELVED = "shelved"  # by an operator, for a bounded time
    SUPPRESSED = "suppressed_by_design"  # by a rule of the system
    OUT_OF_SERVICE = "out_of_service"  # by maintenance, until it is put back


class Condition(StrEnum):
    """What the alert is about, whatever its state."""

    NORMAL = "normal"
    ACTIVE = "active"
    LATCHED = "latched"  # over, but it wants to be reset


class What(StrEnum):
    """What can happen to an alert."""

    ACTIVATE = "activate"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    REALERT = "realert"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    REMOVE = "remove_from_service"
    RESTORE = "restore_to_service"
    UPDATE = "update"  # its value; no transition
    NOTE = "note"  # of an operator; no transition
    JOIN = "join"  # another alert joins this group; no transition


class Row(NamedTuple):
    """A row of the table. `latching` is None where it makes no difference."""

    state: State
    condition: Condition
    what: What
    to: State
    then: Condition
    latching: bool | None = None


NO_TRANSITIONS = frozenset({What.UPDATE, What.NOTE, What.JOIN})
MASKED = frozenset({State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE})
WAITING = frozenset({State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED_UNACKNOWLEDGED})
"""States that wait for somebody to acknowledge."""

_N, _A, _L = Condition.NORMAL, Condition.ACTIVE, Condition.LATCHED

CONDITIONS: Mapping[State, tuple[Condition, ...]] = {
    State.NORMAL: (_N,),
    State.UNACKNOWLEDGED: (_A,),
    State.ACKNOWLEDGED: (_A,),
    State.RETURNED: (_N,),
    State.LATCHED_UNACKNOWLEDGED: (_L,),
    State.LATCHED: (_L,),
    State.SHELVED: (_N, _A, _L),
    State.SUPPRESSED: (_N, _A, _L),
    State.OUT_OF_SERVICE: (_N, _A, _L),
}
"""The conditions that a state can have; L only if the alert is latching."""

_UNMASKED = {_N: State.NORMAL, _A: State.UNACKNOWLEDGED, _L: State.LATCHED_UNACKNOWLEDGED}
"""What a masked alert is when the mask comes off."""

_MASKS = (
    (What.SHELVE, State.SHELVED, What.UNSHELVE),
    (What.SUPPRESS, State.SUPPRESSED, What.UNSUPPRESS),
    (What.REMOVE, State.OUT_OF_SERVICE, What.RESTORE),
)

_OPEN: tuple[Row, ...] = (
    Row(State.NORMAL, _N, What.ACTIVATE, State.UNACKNOWLEDGED, _A),
    Row(State.UNACKNOWLEDGED, _A, What.ACKNOWLEDGE, State.ACKNOWLEDGED, _A),
    Row(State.UNACKNOWLEDGED, _A, What.RETURN, State.RETURNED, _N, latching=False),
    Row(State.UNACKNOWLEDGED, _A, What.RETURN, State.LATCHED_UNACKNOWLEDGED, _L, latching=True),
    Row(State.ACKNOWLEDGED, _A, What.RETURN, State.NORMAL, _N, latching=False),
    Row(State.ACKNOWLEDGED, _A, What.RETURN, State.LATCHED, _L, latching=True),
    Row(State.ACKNOWLEDGED, _A, What.REALERT, State.UNACKNOWLEDGED, _A),
    Row(State.RETURNED, _N, What.ACKNOWLEDGE, State.NORMAL, _N),
    Row(State.RETURNED, _N, What.ACTIVATE, State.UNACKNOWLEDGED, _A),
    Row(State.LATCHED_UNACKNOWLEDGED, _L, What.ACKNOWLEDGE, State.LATCHED, _L),
    Row(State.LATCHED_UNACKNOWLEDGED, _L, What.ACTIVATE, State.UNACKNOWLEDGED, _A),
    Row(State.LATCHED, _L, What.RESET, State.NORMAL, _N),
    Row(State.LATCHED, _L, What.ACTIVATE, State.UNACKNOWLEDGED, _A),
)


def _masking() -> list[Row]:
    """The rows of the three masks, which differ only in their names and in what takes over."""
    rows = []
    for put_on, mask, take_off in _MASKS:
        for state, conditions in CONDITIONS.items():
            if state not in MASKED or (mask == State.OUT_OF_SERVICE and state != mask):
                rows += [Row(state, held, put_on, mask, held) for held in conditions]
        rows += [Row(mask, held, take_off, _UNMASKED[held], held) for held in (_N, _A, _L)]
        rows += [Row(mask, held, What.ACTIVATE, mask, _A) for held in (_N, _L)]
        rows += [
            Row(mask, _A, What.RETURN, mask, _N, latching=False),
            Row(mask, _A, What.RETURN, mask, _L, latching=True),
        ]
    return rows


TABLE: tuple[Row, ...] = (*_OPEN, *_masking())
"""Every transition there is."""

_BY_START = {
    (row.state, row.condition, row.what, latching): (row.to, row.then)
    for row in TABLE
    for latching in ((False, True) if row.latching is None else (row.latching,))
}


def transition(
    state: State, condition: Condition, what: What, *, latching: bool
) -> tuple[State, Condition]:
    """What follows. Raises IllegalTransitionError for what stands in no row of the table."""
    found = _BY_START.get((state, condition, what, latching))
    if found is None:
        raise IllegalTransitionError(state, condition, what)
    return found
