"""The process that fuzzes: `python -m tests.fuzz.run TARGET FOLDER SECONDS`.

libFuzzer ends the process itself, when the time is over or at the first input that fails, which it
leaves in the folder.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from tests.fuzz.target import function

LONGEST_INPUT = 4096
MEMORY_MB = 1024
ONE_INPUT_SECONDS = 5


def main() -> None:
    atheris: Any = importlib.import_module("atheris")  # no other run needs it
    target, folder, seconds = sys.argv[1:]
    with atheris.instrument_imports(include=["telemetry", "fleet"]):
        one = function(target)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-timeout={ONE_INPUT_SECONDS}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, f"{folder}/corpus"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
