"""How a rule is declared: a decorator with its name and all that is fixed of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay, Flags
from fleet.columns import Rows
from fleet.rules.settings import Change
from fleet.rules.view import Values, View

LANGUAGES = ("en", "ur")


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule makes of the rows that it sees: row i of each is row i of the view.

    A row that neither fires nor is clear changes nothing; so it is with what is unknown.
    """

    fires: Flags
    clears: Flags
    value: Values
    limit: Values
    times: NDArray[np.datetime64] | None = None
    """When each row's sample was taken, where samples are counted."""

    more: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """What else the texts name."""


Judge = Callable[[View, Rows], tuple[Found, Rows]]
"""What is found, and what is remembered of each row until the next look."""

Cause = Callable[[str], str]
"""What alerts of a rule have in common, by the identity of the asset."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Reason and recommended action by language, as templates (`str.format`).

    They may name `name` (of the asset), `value`, `limit` and what the rule adds.
    """

    reason: Mapping[str, str]
    action: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What all rules have. `description` is the first line of its function's docstring."""

    name: str
    description: str
    priority: Priority
    texts: Texts
    cause: Cause | None = None
    window: float = 60.0
    """Seconds within which alerts of one cause come in one group."""

    latching: bool = False
    realert_after: float | None = None


@dataclass(frozen=True, slots=True)
class RowRule(Rule):
    """A rule over the rows of the picture."""

    judge: Judge = field(kw_only=True)
    memory: np.dtype[Any] = field(kw_only=True)
    """Of what it remembers of each row; it begins `fleet.columns.blank`."""

    on: Delay = field(default_factory=Delay)
    off: Delay = field(default_factory=Delay)
    falling: bool = False
    """Whether a smaller value is a worse one."""

    tracked: bool = True
    """Whether the alert follows its value; not where it is nothing but the time that passes."""

    takes_over: str | None = None
    """The rule whose alert of the same asset is done with when this one is raised."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an asset: an event, or a text of it (`kind` is `text`)."""

    asset: int
    identity: str
    time: datetime  # aware, UTC
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule makes of a happening: it fires, or it says that it is over."""

    fires: bool
    what: str | Mapping[str, str] = ""
    """For the texts, as `what`; by language where it is not what somebody else said."""


HappeningJudge = Callable[[Happening], Told | None]


@dataclass(frozen=True, slots=True)
class HappeningRule(Rule):
    """A rule over what happens."""

    judge: HappeningJudge = field(kw_only=True)
    hold: float | None = None
    """Seconds after which it is over if it does not happen again; None: only when it is said."""

    over_when_disarmed: bool = False
    each: bool = False
    """Whether each happening is an alert of its own, and none is the same again."""


ROW_RULES: dict[str, RowRule] = {}
HAPPENING_RULES: dict[str, HappeningRule] = {}

NO_MEMORY = np.dtype([("nothing", "i1")])


def row_rule(
    name: str, priority: Priority, texts: Texts, **fixed: Any
) -> Callable[[Callable[[View], Found]], Callable[[View], Found]]:
    """Declare a rule that remembers nothing; `fixed` are further fields of RowRule."""

    def declare(judge: Callable[[View], Found]) -> Callable[[View], Found]:
        def forgetful(view: View, memory: Rows) -> tuple[Found, Rows]:
            return judge(view), memory

        _add(
            RowRule(
                name, _described(judge), priority, texts, **fixed, judge=forgetful, memory=NO_MEMORY
            )
        )
        return judge

    return declare


def remembering_rule(
    name: str, priority: Priority, texts: Texts, memory: np.dtype[Any], **fixed: Any
) -> Callable[[Judge], Judge]:
    """Declare a rule that is given what it said it wants to remember of each row."""

    def declare(judge: Judge) -> Judge:
        _add(RowRule(name, _described(judge), priority, texts, **fixed, judge=judge, memory=memory))
        return judge

    return declare


def happening_rule(
    name: str, priority: Priority, texts: Texts, **fixed: Any
) -> Callable[[HappeningJudge], HappeningJudge]:
    """Declare a rule over what happens."""

    def declare(judge: HappeningJudge) -> HappeningJudge:
        rule = HappeningRule(name, _described(judge), priority, texts, **fixed, judge=judge)
        assert name not in HAPPENING_RULES, f"two rules are called {name}"
        HAPPENING_RULES[name] = rule
        return judge

    return declare


def by_asset(family: str) -> Cause:
    """One group for all that comes of one vehicle."""
    return lambda identity: f"{family}/{identity}"


def by_network(family: str) -> Cause:
    """One group for all vehicles that are heard through the same mast, server or network.

    Of MAVLink that is the network; of other protocols, all that speak them.
    """
    return lambda identity: f"{family}/{network(identity)}"


def network(identity: str) -> str:
    """What an asset is heard through: `mavlink:north`, `owntracks`."""
    protocol, _, rest = identity.partition(":")
    return f"mavlink:{rest.rpartition('/')[0]}" if protocol == "mavlink" else protocol


def with_changes(rule: RowRule, change: Change) -> RowRule:
    """A rule as the settings want it."""
    return replace(
        rule,
        priority=change.priority or rule.priority,
        on=change.on or rule.on,
        off=change.off or rule.off,
        realert_after=change.realert_after or rule.realert_after,
    )


def _add(rule: RowRule) -> None:
    assert rule.name not in ROW_RULES, f"two rules are called {rule.name}"
    ROW_RULES[rule.name] = rule


def _described(judge: Callable[..., object]) -> str:
    return (judge.__doc__ or "").strip().partition("\n")[0]
