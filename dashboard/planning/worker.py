"""A process that makes plans: one task after the other, each one line of JSON, told on one line.

In: `{"task": …, "given": {…}}`, and `{"enough": true}` while it works, for the best so far. Out:
`{"progress": [0.3, "looking for a quick way"]}` again and again, then `{"done": {…}}` or
`{"error": "one line", "code": …, "values": …}`. Our end of the line closed ends the process.
"""

from __future__ import annotations

import base64
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
from pydantic import BaseModel

from dashboard.planning import documents
from dashboard.planning.forms import Task
from dashboard.planning.making import make
from dashboard.planning.result import Shown, shown
from dashboard.planning.told import worded
from fleet.wording import coded
from missions.errors import PlanningError
from missions.files.plan_json import parse
from missions.sorties.planning import Progress, Stop
from missions.terrain import HeightGrid

log = logging.getLogger(__name__)

TELL_EVERY = 0.1
"""Seconds between two words on the progress."""

NICENESS = 5
"""By how much others go before us: the live page does."""

CHECKING = 0.95
"""Of the progress, when the plan is made and is to be proved."""


class Opened(BaseModel):
    """A plan that came as a file."""

    data: str
    terrain: str | None


def make_plan(given: dict[str, Any], progress: Progress, stop: Stop) -> dict[str, Any]:
    """Task `make`: a `Task` becomes a plan with all that is kept of it."""
    task = Task.model_validate(given)
    plan, terrain = make(task, lambda share, doing: progress(CHECKING * share, doing), stop)
    progress(CHECKING, "checking")
    assets = {one.name: one.asset for one in task.drones if one.asset is not None}
    return _kept(shown(plan, terrain, datetime.now(UTC), assets))


def open_plan(given: dict[str, Any], progress: Progress, _: Stop) -> dict[str, Any]:
    """Task `open`: a plan's file, read and proved."""
    opened = Opened.model_validate(given)
    plan = parse(opened.data.encode(), "the plan")
    progress(0.2, "checking")
    return _kept(shown(plan, _ground(opened.terrain), datetime.now(UTC), {}))


def export_plan(given: dict[str, Any], _: Progress, __: Stop) -> dict[str, Any]:
    """Task `export`: a plan in a format of others, as one file."""
    plan = parse(given["plan"].encode(), "the plan").model_copy(update={"name": given["name"]})
    terrain = _ground(given["terrain"])
    written = documents.export(plan, given["form"], given["firmware"], terrain, datetime.now(UTC))
    return {
        "name": written.name,
        "data": base64.b64encode(written.data).decode(),
        "lost": [worded(line) for line in written.lost],
    }


def read_shapes(given: dict[str, Any], _: Progress, __: Stop) -> dict[str, Any]:
    """Task `shapes`: what is drawn in a file."""
    return documents.shapes(base64.b64decode(given["data"]), given["name"])


TASKS: dict[str, Callable[[dict[str, Any], Progress, Stop], dict[str, Any]]] = {
    "make": make_plan,
    "open": open_plan,
    "export": export_plan,
    "shapes": read_shapes,
}


def _ground(path: str | None) -> HeightGrid | None:
    return None if path is None else HeightGrid.open(path)


def _kept(made: Shown) -> dict[str, Any]:
    return {
        "plan": made.plan.model_dump_json(),
        "result": made.result.model_dump_json(),
        "summary": made.summary,
        "flights": [flight.model_dump(mode="json") for flight in made.flights],
        "passed": made.result.passed,
        "kind": made.plan.pattern,
        "name": made.plan.name,
    }


class _Line:
    """Our end of the line to the page's server."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._in, self._out = incoming, outgoing
        self._told = 0.0
        self.enough = threading.Event()
        self.tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def listen(self) -> None:
        """Hear what is wanted, until the line is closed; then end the process at once."""
        for line in self._in:
            heard = orjson.loads(line)
            if "task" in heard:
                self.enough.clear()
                self.tasks.put(heard)
            else:
                self.enough.set()
        os._exit(0)  # a planner at work hears of nothing else

    def tell(self, **what: Any) -> None:
        """Say something on one line."""
        self._out.write(orjson.dumps(what, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")
        self._out.flush()

    def progress(self, share: float, doing: str) -> None:
        """Say how far it is, not too often."""
        now = time.monotonic()
        if now - self._told >= TELL_EVERY or share >= CHECKING:
            self._told = now
            self.tell(progress=[min(max(float(share), 0.0), 1.0), doing])


def main() -> None:
    """Work until the line is closed."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the page's server ends us
    os.nice(NICENESS)
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed does not come between
    line = _Line(sys.stdin.buffer, outgoing)
    threading.Thread(target=line.listen, daemon=True).start()
    line.tell(ready=True)
    while True:
        wanted = line.tasks.get()
        try:
            done = TASKS[wanted["task"]](wanted["given"], line.progress, line.enough.is_set)
        except PlanningError as error:
            code, values = coded(error.args[0])
            line.tell(error=" ".join(str(error).split()), code=code, values=values)
        except Exception as error:  # a fault of ours must not take the worker's other tasks along
            log.exception("task %s failed", wanted["task"])
            line.tell(error=f"planning failed by a fault of the program: {type(error).__name__}")
        else:
            line.tell(done=done)


if __name__ == "__main__":
    main()
