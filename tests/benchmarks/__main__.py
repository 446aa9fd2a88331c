"""`python -m tests.benchmarks [NAME] [--json]`: without a name all of them, and a table."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

import tests.benchmarks as package
from tests.benchmarks import Result


def names() -> list[str]:
    """All benchmarks, as they are called on the command line."""
    modules = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name.replace("_", "-") for name in modules if not name.startswith("_"))


def measure(name: str, **options: float | bool) -> Result:
    """Run one; it tells its progress on standard error."""
    module = importlib.import_module(f"tests.benchmarks.{name.replace('-', '_')}")
    result: Result = module.run(lambda line: print(line, file=sys.stderr, flush=True), **options)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names())
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument(
        "--seconds",
        type=float,
        help="of pipeline: how long it is played; of page: how long each part",
    )
    parser.add_argument("--rows", type=int, help="of history: how many are stored")
    parser.add_argument(
        "--soak", action="store_const", const=True, help="of page: is memory flat, and no peer"
    )
    arguments = parser.parse_args()
    options = {}
    for option, users in (
        ("seconds", {"pipeline", "page"}),
        ("rows", {"history"}),
        ("soak", {"page"}),
    ):
        if (value := getattr(arguments, option)) is not None:
            if arguments.name not in users:
                parser.error(f"--{option} is of {' and '.join(sorted(users))} only")
            options[option] = value
    wanted = [arguments.name] if arguments.name else names()
    table = Table("benchmark", "ours", "peer", "ratio", "aim", "unit", "peer is", box=None)
    for name in wanted:
        result = measure(name, **options)
        if arguments.json:
            told = asdict(result)
            print(json.dumps({"benchmark": name} | told.pop("named") | told), flush=True)
        table.add_row(
            name,
            f"{result.ours:.4g}",
            f"{result.peer:.4g}",
            f"{result.ratio:.3g}",
            result.aim,
            result.unit,
            result.peer_name,
        )
    if not arguments.json:
        Console().print(table)


if __name__ == "__main__":
    main()
