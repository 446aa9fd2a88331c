"""docs/alerts.md, made of the rules themselves: `python -m tests.telemetry.watching.alerts_page`.

Which thresholds a rule reads is not written down anywhere: it is run once with thresholds that note
what is asked of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import numpy as np

from fleet.alerts.book import Book
from fleet.alerts.filters import Delay
from fleet.columns import blank
from fleet.geofences.fences import Fences
from fleet.moments import as_datetime
from fleet.rules import ahead_watch, closing
from fleet.rules.motion import MOTION, moved
from fleet.rules.raising import Raiser
from fleet.rules.registry import HappeningRule, RowRule, Rule
from fleet.rules.rules import all_rules
from fleet.rules.settings import DEFAULTS, RuleSettings, Thresholds
from fleet.rules.view import View
from telemetry.watching import fence_alerts
from tests.fleet.rules.pictures import drones, when

PAGE = Path(__file__).parents[3] / "docs/alerts.md"

HEAD = """\
# Alerts

What is worth an alert, and how to say that it is otherwise. Everything below `Rules` and `Geofences`
is made of the rules themselves by `python -m tests.telemetry.watching.alerts_page`.

## Settings

Each asset is in a group: the one that `rules.members` says, else that of its kind (`drone`, `car`,
`officer`, `post`, `camera`, `unknown`). A group has thresholds and a desk; what it does not say is as in the group that it is
`like`. A threshold of `nan` switches off what is compared with it.

```toml
[rules.groups.heavy]
like = "drone"
desk = "air"
battery = { low_percent = 45, critical_percent = 25 }
movement = { most_speed = 18, fence_ahead = 25 }

[rules.members]
"mavlink:default/7" = "heavy"

[rules.rules.wind]
priority = "medium"

[rules.rules.stopped]
enabled = false
```

Duties and speed zones name geofences. A duty's route is the line of a corridor, and its shifts are in
a time zone of their own; of several that an asset is on, the first counts. A speed zone holds while
its geofence is in force. A geofence that is only there to be named is best `alert-only` and for a
group in which nobody is, so that nobody is told who enters it. What is named and not in force is
in `watching.missing_geofences` of the collector's health.

```toml
[rules.duties.night]
assets = ["owntracks:mobile-*"]
area = "Beat 4"
route = "Ring road"
shifts = [{ start = "22:00", end = "06:00", days = ["fri", "sat"], zone = "Asia/Karachi" }]

[rules.speed_zones.bazaar]
fence = "Qissa Khwani"
most_speed = 8
kinds = ["car"]
```

## What an operator is asked to bear

The figures of EEMUA 191 are in the collector's health, `watching.figures`, by desk: what has asked for
attention in the last 10 minutes, hour and day, the mean and the peak of 10 minutes, whether it is a
flood (from 10 in 10 minutes until below 5) and for how much of the day, the share of each priority,
what chatters (3 times in a minute), what is stale (active for more than a day), and the ten
commonest. A group counts once, however many alerts are in it.
"""


def page() -> str:
    """The whole text."""
    rules = [_section(rule) for _, rule in sorted(all_rules().items())]
    return "\n".join([HEAD, "## Rules\n", *rules, "## Geofences\n", *_geofences()])


def _section(rule: Rule) -> str:
    lines = [
        f"### `{rule.name}`\n",
        f"{rule.description.rstrip('.')}. Priority: {rule.priority.name.lower()}.\n",
        f"- Says: {_shown(rule.texts.reason['en'])}",
        f"- Do: {rule.texts.action['en']}",
        *(f"- {line}" for line in _behaviour(rule)),
    ]
    named = _thresholds(rule)
    if named:
        lines += ["", f"| setting | {' | '.join(_GROUPS)} |", "|---" * (len(_GROUPS) + 1) + "|"]
        for section, name in named:
            values = [getattr(getattr(DEFAULTS[g], section), name) for g in _GROUPS]
            lines.append(f"| `{section}.{name}` | {' | '.join(map(_value, values))} |")
    return "\n".join([*lines, ""])


_GROUPS = ("drone", *sorted(DEFAULTS.keys() - {"drone", "unknown"}), "unknown")


def _shown(text: str) -> str:
    """A template with its fields as words: {value:.0f} is *value*."""
    return "".join(
        part if not number % 2 else f"*{part.partition(':')[0]}*"
        for number, part in enumerate(text.replace("}", "{").split("{"))
    )


def _behaviour(rule: Rule) -> Iterable[str]:
    on, off = {
        closing.RULE.name: (closing.ON, closing.OFF),
        ahead_watch.RULE.name: (ahead_watch.ON, ahead_watch.OFF),
    }.get(rule.name, (None, None))
    if isinstance(rule, RowRule):
        on, off = rule.on, rule.off
        if rule.takes_over:
            yield f"Takes over from `{rule.takes_over}`."
    if on is not None and off is not None:
        yield f"Raised {_delay(on)}; over {_delay(off)}."
    if isinstance(rule, HappeningRule):
        yield f"Raised at once; over {_over(rule)}."
    if rule.cause is not None:
        common = rule.cause("mavlink:north/1").partition("/")[0]
        yield f"Grouped with others of the cause `{common}` within {rule.window:g} s."
    if rule.latching:
        yield "It stays until somebody resets it."
    if rule.realert_after is not None:
        yield f"Acknowledged, and still so after {rule.realert_after:g} s, it asks again."


def _over(rule: HappeningRule) -> str:
    ends = []
    if rule.hold is not None:
        ends.append(f"{rule.hold:g} s after it happened last" if rule.hold else "at once")
    else:
        ends.append("when the vehicle says so")
    if rule.over_when_disarmed:
        ends.append("when it is disarmed")
    return " or ".join(ends)


def _delay(delay: Delay) -> str:
    told = [f"after {delay.seconds:g} s"] if delay.seconds else []
    told += [f"after {delay.samples} samples"] if delay.samples > 1 else []
    return " and ".join(told) or "at once"


def _value(value: float) -> str:
    return "off" if math.isnan(value) else f"{value:g}"


class _Noting:
    """Thresholds that note which of them are read."""

    def __init__(self, of: Any, noted: list[tuple[str, str]], section: str = "") -> None:
        self._of, self._noted, self._section = of, noted, section

    def __getattr__(self, name: str) -> Any:
        if not self._section:
            return _Noting(getattr(self._of, name), self._noted, name)
        self._noted.append((self._section, name))
        return getattr(self._of, name)


def _thresholds(rule: Rule) -> list[tuple[str, str]]:
    """Sections and names of those that a rule reads, in the order of the settings."""
    noted: list[tuple[str, str]] = []
    rows = drones(2)
    motion = moved(rows, moved(rows, blank(MOTION, 2)))
    thresholds = cast("Thresholds", _Noting(DEFAULTS["drone"], noted))
    view = View(rows, when(0), motion, (thresholds,), np.zeros(2, np.intp))
    with np.errstate(all="ignore"):
        _look(rule, view)
    order = [
        (section.name, each.name)
        for section in fields(Thresholds)
        for each in fields(getattr(DEFAULTS["drone"], section.name))
    ]
    return [each for each in order if each in noted]


def _look(rule: Rule, view: View) -> None:
    """Run a rule once; of one over happenings there is nothing to read."""
    if isinstance(rule, RowRule):
        rule.judge(view, blank(rule.memory, len(view.rows)))
    elif rule.name == closing.RULE.name:
        closing.closing(view)
    elif rule.name == ahead_watch.RULE.name:
        watch = ahead_watch.AheadWatch(Raiser(Book(), RuleSettings()), Fences())
        watch.look(view, as_datetime(view.now))


def _geofences() -> Iterable[str]:
    yield (
        "A breach of a geofence is an alert `geofence`, one of each asset and geofence, which is over when\n"
        "the breach is. Hysteresis, dwell and margin are those of the geofence. A privacy fence raises\n"
        "none: who may not record is in `watching.unrecorded` of the collector's health.\n"
    )
    yield "| kind | priority | says | do |\n|---|---|---|---|"
    for kind, priority in fence_alerts.PRIORITIES.items():
        reason, action = fence_alerts.REASONS[kind]["en"], fence_alerts.ACTIONS[kind]["en"]
        yield f"| {kind} | {priority.name.lower()} | {_shown(reason)} | {action} |"
    yield (
        "\nLimits above ground count where the setting `terrain` names a height grid that has the place. What\n"
        "a vehicle says of the fence that it carries itself is `fence_breach`.\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page())
