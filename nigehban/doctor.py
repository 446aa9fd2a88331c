"""`nigehban doctor`: what the system needs, whether it is there, and what to do where it is not."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.table import Table

from dashboard.vendor import missing_files
from nigehban.masking import without_password
from nigehban.services import bus_url
from nigehban.settings import Settings
from telemetry.bus import BusError
from telemetry.bus.nats import connect_bus
from telemetry.bus.server import BrokerError, find_server
from telemetry.mavlink.links.udp import RECEIVE_BUFFER_BYTES
from telemetry.mavlink.links.urls import read_url
from telemetry.store import timescaledb
from telemetry.store.database import DatabaseFacts, embedded_dsn, inspect, masked
from telemetry.trackers.registry import protocols

Level = Literal["ok", "degraded", "missing"]

DISK_LOW = 5 << 30
DISK_LEAST = 500 << 20
"""Bytes free under the data folder: a day of 24 drones takes about 3 GB with its .tlog files."""

_STYLE = {"ok": "green", "degraded": "yellow", "missing": "bold red"}
_STA_UNSYNC = 0x0040  # adjtimex(2): the kernel's clock is not synchronised


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    what: str
    level: Level
    found: str
    mend: str = ""  # what to do; empty where nothing needs doing


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; takes a few seconds at most."""
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _database,
        _broker,
        _ports,
        _serial_lines,
        _receive_buffers,
        _clock,
        _disk,
        _browser_files,
    ]
    return [finding for check in checks for finding in check(settings)]


def shown(findings: list[Finding]) -> Table:
    """The report as a table."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        level = f"[{_STYLE[finding.level]}]{finding.level}[/]"
        mend = f"\n→ {finding.mend}" if finding.mend else ""
        table.add_row(finding.what, level, finding.found + mend)
    return table


def _database(settings: Settings) -> Iterator[Finding]:
    named = settings.database.dsn
    dsn = named.get_secret_value() if named else embedded_dsn(settings.data_dir)
    if dsn is None:
        ready = (settings.data_dir / "programs" / timescaledb.FOLDER).is_dir()
        which = "its programs are here" if ready else "the first start fetches its programs"
        found = f"none is named and none runs: `demo` or `collect` starts an embedded one; {which}"
        yield Finding("database", "ok", found)
        yield Finding("licence", "ok", "is told once the database runs")
        return
    facts = inspect(dsn)
    which = masked(dsn) if named else f"embedded, in {settings.data_dir}"
    if not facts.reachable:
        mend = "start it, or correct database.dsn" if named else "see the logs in the data folder"
        yield Finding("database", "missing", f"does not answer: {facts.error}", mend)
        return
    size = f"{(facts.bytes or 0) / 1e6:,.0f} MB"
    if facts.schema_version is None:
        yield Finding(
            "database",
            "degraded",
            f"PostgreSQL {facts.server_version}, {which}, {size}, without our schema",
            "run `nigehban db migrate`",
        )
    else:
        found = f"PostgreSQL {facts.server_version}, {which}, {size}, schema {facts.schema_version}"
        yield Finding("database", "ok", found)
    yield _licence(facts)


def _licence(facts: DatabaseFacts) -> Finding:
    if facts.timescaledb is None:
        return Finding(
            "licence",
            "degraded",
            "no TimescaleDB: history is kept in plain tables, which grow slow with months of it",
            "install TimescaleDB there, or leave database.dsn out to have it embedded",
        )
    if facts.license != "timescale":
        return Finding(
            "licence",
            "degraded",
            f"TimescaleDB {facts.timescaledb}, {facts.license}: no compression; roll-ups and"
            " retention are our own job's",
            "name a database with the community licence in database.dsn to have it compressed",
        )
    return Finding("licence", "ok", f"TimescaleDB {facts.timescaledb}, community")


def _broker(settings: Settings) -> Iterator[Finding]:
    try:
        program = find_server()
    except BrokerError as error:
        level: Level = "ok" if settings.broker.url else "missing"
        yield Finding("broker", level, str(error), "run `make setup`")
    else:
        yield Finding("broker", "ok", f"nats-server for an embedded one: {program.name}")
    url = without_password(bus_url(settings))
    try:
        asyncio.run(_greet(bus_url(settings)))
    except BusError as error:
        if settings.broker.url:
            yield Finding("bus", "missing", str(error), "start that server, or correct broker.url")
        else:
            yield Finding("bus", "ok", f"none runs at {url}: `demo` or `collect` starts it")
    else:
        yield Finding("bus", "ok", f"answers at {url}")


async def _greet(url: str) -> None:
    bus = await connect_bus(url, timeout=2)
    await bus.close()


_CLIENTS = frozenset({"gpsd", "owntracks"})
"""Protocols for which we connect to somebody else's port."""


def _mavlink_ports(settings: Settings) -> Iterator[tuple[str, str, int, socket.SocketKind]]:
    kinds = {"udpin": socket.SOCK_DGRAM, "tcpin": socket.SOCK_STREAM}
    for name, network in settings.mavlink.networks.items():
        for link in map(read_url, network.links):
            if link.kind in kinds:
                yield f"mavlink.networks.{name}", link.place, link.number, kinds[link.kind]


def _ports(settings: Settings) -> Iterator[Finding]:
    tcp = socket.SOCK_STREAM
    wanted = [
        ("dashboard.port", settings.dashboard.host, settings.dashboard.port, tcp),
    ]
    for name, section in protocols(settings).items():
        host, port = getattr(section, "host", None), getattr(section, "port", None)
        if section.enabled and name not in _CLIENTS and host is not None and port is not None:
            wanted.append((f"{name}.port", host, port, tcp))
    sapient = settings.airspace.sapient
    if settings.airspace.enabled and sapient.enabled:
        wanted.append(("airspace.sapient.port", sapient.host, sapient.port, tcp))
    if settings.observing.enabled:
        wanted.append(("observing.port", settings.observing.host, settings.observing.port, tcp))
    if settings.broker.url is None:
        wanted += [
            ("broker.port", settings.broker.host, settings.broker.port, tcp),
            ("broker.mqtt_port", settings.broker.host, settings.broker.mqtt_port, tcp),
        ]
    wanted += _mavlink_ports(settings)
    for setting, host, port, kind in wanted:
        reason = _why_not_free(host, port, kind)
        place = f"{host}:{port} ({setting})"
        if reason is None:
            yield Finding("port", "ok", f"{place} is free")
        else:
            yield Finding(
                "port",
                "degraded",
                f"{place}: {reason}",
                "nothing to do if that is Nigehban running; else end it or change the setting",
            )


def _serial_lines(settings: Settings) -> Iterator[Finding]:
    for name, network in settings.mavlink.networks.items():
        for link in map(read_url, network.links):
            if link.kind == "serial":
                there = Path(link.place).exists()
                found = f"{link.place} (mavlink.networks.{name}) is {'' if there else 'not '}there"
                mend = "" if there else "plug it in, or correct its name; it is tried again"
                yield Finding("serial", "ok" if there else "degraded", found, mend)


def _receive_buffers(settings: Settings) -> Iterator[Finding]:
    """Whether the kernel may hold what UDP links receive between two looks."""
    limit = Path("/proc/sys/net/core/rmem_max")
    networks = settings.mavlink.networks.values()
    listens = any(url.startswith("udp") for network in networks for url in network.links)
    if not listens or not limit.exists():
        return
    most = int(limit.read_text())
    found = f"UDP links may have {most >> 10:,} KiB (net.core.rmem_max)"
    if most >= RECEIVE_BUFFER_BYTES:
        yield Finding("buffer", "ok", found)
    elif os.geteuid() == 0:
        yield Finding(
            "buffer", "ok", f"{found}, and as root they take {RECEIVE_BUFFER_BYTES >> 10:,} KiB"
        )
    else:
        mend = f"sysctl -w net.core.rmem_max={RECEIVE_BUFFER_BYTES}, or bursts of a large fleet are lost"
        yield Finding("buffer", "degraded", found, mend)


def _why_not_free(host: str, port: int, kind: socket.SocketKind) -> str | None:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _clock(_: Settings) -> Iterator[Finding]:
    buffer = ctypes.create_string_buffer(512)  # struct timex, all zero: only read
    state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    # struct timex begins: unsigned modes; long offset, freq, maxerror, esterror; int status
    long = ctypes.sizeof(ctypes.c_long)
    status = ctypes.c_int.from_buffer(buffer, 5 * long).value
    if state < 0:
        yield Finding("clock", "degraded", "the kernel does not tell whether it is synchronised")
    elif status & _STA_UNSYNC:
        yield Finding(
            "clock",
            "degraded",
            "not synchronised: the age of every mark is as wrong as this clock",
            "run a time service (chrony, systemd-timesyncd)",
        )
    else:
        yield Finding("clock", "ok", "synchronised")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:,.1f} GB free for {settings.data_dir}"
    if free < DISK_LEAST:
        yield Finding("disk", "missing", found, "free some, or set data_dir to a larger disk")
    elif free < DISK_LOW:
        yield Finding("disk", "degraded", found, "free some, or set data_dir to a larger disk")
    else:
        yield Finding("disk", "ok", found)


def _browser_files(_: Settings) -> Iterator[Finding]:
    missing = missing_files()
    if missing:
        yield Finding("page", "missing", f"{missing[0]} is not there", "run `make setup`")
    else:
        yield Finding("page", "ok", "MapLibre GL is installed")
