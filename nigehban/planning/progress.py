"""Tells how far planning is, and takes Ctrl-C for "enough: the best so far"."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

QUIET = 1.0
"""Seconds of planning before a bar is shown."""


@dataclass
class Watch:
    """Handed to a planner: it tells its progress and asks whether to stop."""

    bar: Progress
    stopped: bool = False

    def tell(self, share: float, doing: str) -> None:
        """The share that is done, 0 … 1, and what is being done."""
        (task,) = self.bar.task_ids
        self.bar.update(task, completed=share, description=doing)
        if not self.bar.live.is_started and (self.bar.tasks[0].elapsed or 0) > QUIET:
            self.bar.start()

    def stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self.stopped


@contextmanager
def planning(console: Console) -> Iterator[Watch]:
    """While a plan is made: the first Ctrl-C ends with the best so far, the second at once."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,  # a file or a pipe would get an empty line
    )
    bar.add_task("planning", total=1.0)
    watch = Watch(bar)

    def enough(_number: int, _frame: FrameType | None) -> None:
        if watch.stopped:
            raise KeyboardInterrupt
        watch.stopped = True
        console.print("ending with the best so far; Ctrl-C again ends at once")

    before = signal.signal(signal.SIGINT, enough)
    try:
        yield watch
    finally:
        signal.signal(signal.SIGINT, before)
        bar.stop()
