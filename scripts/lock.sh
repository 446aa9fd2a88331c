#!/bin/sh
# Write the lock files anew: every version with its hashes, no registry's address.
# Wants `uv` on the PATH (pip install uv). Give `--upgrade` to take newer versions.
set -eu
cd "$(dirname "$0")/.."

lock() {
    out=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate "$@" -o "requirements/$out"
}

lock lock.txt --group build "$@" pyproject.toml
lock dev.txt --group dev -c requirements/lock.txt "$@" pyproject.toml
lock bench.txt --group bench -c requirements/dev.txt "$@"
lock fuzz.txt --group fuzz -c requirements/dev.txt "$@"
lock node.txt --group node "$@"
# Without what MAVProxy would bring for its windows: half a gigabyte that no test opens.
lock gcs.txt --group gcs --no-deps -c requirements/dev.txt "$@"
