"""The life cycle against a table written by hand: every transition, and every one that is not."""

from __future__ import annotations

from itertools import product

import pytest

from fleet.alerts.errors import IllegalTransitionError
from fleet.alerts.states import (
    CONDITIONS,
    NO_TRANSITIONS,
    Condition,
    State,
    What,
    transition,
)

STATES = {
    "N": State.NORMAL,
    "U": State.UNACKNOWLEDGED,
    "A": State.ACKNOWLEDGED,
    "R": State.RETURNED,
    "X": State.LATCHED_UNACKNOWLEDGED,
    "L": State.LATCHED,
    "S": State.SHELVED,
    "D": State.SUPPRESSED,
    "O": State.OUT_OF_SERVICE,
}
HELD = {"n": Condition.NORMAL, "a": Condition.ACTIVE, "l": Condition.LATCHED}

# fmt: off
PLAIN = """
     activate return acknowledge reset realert shelve unshelve suppress unsuppress remove restore
Nn   Ua       -      -           -     -       Sn     -        Dn       -          On     -
Ua   -        Rn     Aa          -     -       Sa     -        Da       -          Oa     -
Aa   -        Nn     -           -     Ua      Sa     -        Da       -          Oa     -
Rn   Ua       -      Nn          -     -       Sn     -        Dn       -          On     -
Sn   Sa       -      -           -     -       -      Nn       -        -          On     -
Sa   -        Sn     -           -     -       -      Ua       -        -          Oa     -
Dn   Da       -      -           -     -       -      -        -        Nn         On     -
Da   -        Dn     -           -     -       -      -        -        Ua         Oa     -
On   Oa       -      -           -     -       -      -        -        -          -      Nn
Oa   -        On     -           -     -       -      -        -        -          -      Ua
"""
LATCHING = """
     activate return acknowledge reset realert shelve unshelve suppress unsuppress remove restore
Nn   Ua       -      -           -     -       Sn     -        Dn       -          On     -
Ua   -        Xl     Aa          -     -       Sa     -        Da       -          Oa     -
Aa   -        Ll     -           -     Ua      Sa     -        Da       -          Oa     -
Xl   Ua       -      Ll          -     -       Sl     -        Dl       -          Ol     -
Ll   Ua       -      -           Nn    -       Sl     -        Dl       -          Ol     -
Sn   Sa       -      -           -     -       -      Nn       -        -          On     -
Sa   -        Sl     -           -     -       -      Ua       -        -          Oa     -
Sl   Sa       -      -           -     -       -      Xl       -        -          Ol     -
Dn   Da       -      -           -     -       -      -        -        Nn         On     -
Da   -        Dl     -           -     -       -      -        -        Ua         Oa     -
Dl   Da       -      -           -     -       -      -        -        Xl         Ol     -
On   Oa       -      -           -     -       -      -        -        -          -      Nn
Oa   -        Ol     -           -     -       -      -        -        -          -      Ua
Ol   Oa       -      -           -     -       -      -        -        -          -      Xl
"""
# fmt: on
COLUMNS = {"remove": What.REMOVE, "restore": What.RESTORE}


def cases() -> list[tuple[bool, str, What, str]]:
    found = []
    for latching, table in ((False, PLAIN), (True, LATCHING)):
        header, *lines = table.strip("\n").splitlines()
        whats = [COLUMNS.get(name) or What(name) for name in header.split()]
        for line in lines:
            start, *targets = line.split()
            found += [(latching, start, w, to) for w, to in zip(whats, targets, strict=True)]
    return found


def both(told: str) -> tuple[State, Condition]:
    return STATES[told[0]], HELD[told[1]]


@pytest.mark.parametrize(("latching", "start", "what", "to"), cases())
def test_each_cell_of_the_table(latching: bool, start: str, what: What, to: str) -> None:
    state, condition = both(start)
    if to == "-":
        with pytest.raises(
            IllegalTransitionError, match=rf"cannot {what} an alert that is {state}"
        ):
            transition(state, condition, what, latching=latching)
    else:
        assert transition(state, condition, what, latching=latching) == both(to)


def test_the_hand_written_table_has_every_state_and_every_action() -> None:
    for latching in (False, True):
        rows = {(start, what) for flag, start, what, _ in cases() if flag == latching}
        wanted = {
            (one + held, what)
            for one, held in product(STATES, HELD)
            if HELD[held] in CONDITIONS[STATES[one]]
            for what in set(What) - NO_TRANSITIONS
        }
        if not latching:  # what does not latch never is in a latched condition
            wanted = {(start, what) for start, what in wanted if start[1] != "l"}
            wanted = {(start, what) for start, what in wanted if start[0] not in "XL"}
        else:
            wanted = {(start, what) for start, what in wanted if start[0] != "R"}
        assert rows == wanted


@pytest.mark.parametrize("what", sorted(NO_TRANSITIONS))
def test_notes_and_values_are_no_transitions(what: What) -> None:
    with pytest.raises(IllegalTransitionError):
        transition(State.UNACKNOWLEDGED, Condition.ACTIVE, what, latching=False)
