"""What is killed: a real database, broker and collector, each with SIGKILL and by its own pid."""

from __future__ import annotations

import asyncio
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson
import psutil

from telemetry.bus.server import BrokerError, BrokerServer
from telemetry.settings import BrokerSettings
from telemetry.store import postmaster, timescaledb
from telemetry.store.database import NAME as DATABASE_NAME
from telemetry.store.migrate import migrate
from telemetry.store.programs import DatabaseError
from telemetry.store.server import EmbeddedServer, running_dsn
from tests.brokers import free_port, kill
from tests.commands import Command, Ports, share_programs
from tests.databases import own_server, programs_folder, temporary_folder
from tests.waiting import until, until_sync

T = TypeVar("T")

END_LIMIT = 30
RESTARTS = 20
"""Attempts to start the broker again; another program may just have its port."""


class Victim(ABC):
    """A process that can be killed and started again."""

    name: str

    def __init__(self) -> None:
        self.processes: set[psutil.Process] = set()
        """All that were started, with what they had started when they were killed."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """Its process id while it runs."""

    async def kill(self) -> None:
        """SIGKILL; returns when it is dead."""
        self.note()
        await self._kill()

    @abstractmethod
    async def _kill(self) -> None: ...

    @abstractmethod
    async def restore(self) -> None:
        """Start it again."""

    def note(self) -> None:
        """Remember the processes that run now."""
        with suppress(psutil.NoSuchProcess):
            if self.pid is not None:
                parent = psutil.Process(self.pid)
                self.processes |= {parent, *parent.children(recursive=True)}


class DatabaseVictim(Victim):
    """Its server dies with the thread that started it, so that is one that lasts."""

    name = "database"

    def __init__(self, server: EmbeddedServer, thread: ThreadPoolExecutor) -> None:
        super().__init__()
        self.server = server
        self._thread = thread

    @property
    def pid(self) -> int | None:
        return self.server.pid

    async def _kill(self) -> None:
        await in_thread(self._thread, self.server.kill)

    async def restore(self) -> None:
        await in_thread(self._thread, self.server.restart)


class BrokerVictim(Victim):
    """A nats-server of our own."""

    name = "broker"

    def __init__(self, server: BrokerServer) -> None:
        super().__init__()
        self.server = server

    @property
    def pid(self) -> int | None:
        return self.server.pid

    async def _kill(self) -> None:
        await kill(self.server)

    async def restore(self) -> None:
        for attempt in range(RESTARTS):
            try:
                await self.server.start()
            except BrokerError:
                if attempt == RESTARTS - 1:
                    raise
                await asyncio.sleep(0.5)
            else:
                return


class CollectorVictim(Victim):
    """`nigehban collect`, started again when it ends by itself, as a service manager does."""

    name = "collector"

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        """What it prints goes into `folder`."""
        super().__init__()
        self.ended_by_itself: list[str] = []
        """The last words of each time."""
        self.said_before = ""
        self._environment = environment
        self._folder = folder
        self._command: Command | None = None
        self._killed = False

    @property
    def pid(self) -> int | None:
        command = self._command
        running = command is not None and command.process.poll() is None
        return command.process.pid if command is not None and running else None

    @property
    def said(self) -> str:
        """All that all of them printed."""
        return self.said_before + (self._command.said if self._command else "")

    async def _kill(self) -> None:
        assert self._command is not None
        self._killed = True
        self._command.process.kill()
        await asyncio.to_thread(self._command.process.wait)

    async def restore(self) -> None:
        self.said_before = self.said
        self._command = Command(["collect"], self._environment, self._folder / "said")
        self._killed = False
        self.note()

    async def watch(self) -> None:
        """Start it again when it ended without having been killed; for ever."""
        while True:
            await asyncio.sleep(0.1)
            if self.pid is None and not self._killed and self._command is not None:
                words = self._command.said.strip().splitlines()
                self.ended_by_itself.append(words[-1] if words else "it said nothing")
                await self.restore()

    async def stop(self) -> None:
        """End it as a service manager does; what does not end is killed."""
        if self._command is not None and self.pid is not None:
            self.note()
            self._command.process.terminate()
            try:
                await until(lambda: self.pid is None, END_LIMIT)
            finally:
                if self.pid is not None:
                    self._command.process.kill()
                    self._command.process.wait()


class EmbeddedVictim(Victim):
    """A server that the collector started for itself, and starts again when it ended."""

    def __init__(
        self, name: str, find: Callable[[], int | None], collector: CollectorVictim
    ) -> None:
        """`find` tells its process id while it runs."""
        super().__init__()
        self.name = name
        self._find = find
        self._collector = collector

    @property
    def pid(self) -> int | None:
        return self._find()

    async def _kill(self) -> None:
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            await until(lambda: self.pid != pid)

    async def restore(self) -> None:
        """Wait until the collector has done it, unless it is away itself."""
        await until(lambda: self.pid or self._collector.pid is None, END_LIMIT)


@dataclass(frozen=True)
class World:
    """All that runs, and where the trackers send to."""

    database: Victim
    broker: Victim
    collector: CollectorVictim
    ports: Ports
    teltonika_port: int
    find_dsn: Callable[[], str | None]
    find_broker: Callable[[], BrokerServer]
    """The broker as tests ask it; it need not be of our process."""

    @property
    def victims(self) -> tuple[Victim, ...]:
        return self.database, self.broker, self.collector

    @property
    def dsn(self) -> str:
        """The database's, while it runs."""
        dsn = self.find_dsn()
        assert dsn is not None
        return dsn


@asynccontextmanager
async def world(say: Callable[[str], None], *, embedded: bool) -> AsyncIterator[World]:
    """Everything running, of which nothing is left behind.

    Database and broker are of our own, or `embedded`: then they die with the collector, and it
    starts them again when they die alone.
    """
    with temporary_folder() as folder:
        started = _embedded(folder, say) if embedded else _apart(folder, say)
        async with started as everything:
            try:
                yield everything
            finally:
                for victim in everything.victims:
                    victim.note()
    end_what_is_left(everything.victims)


@asynccontextmanager
async def _apart(folder: Path, say: Callable[[str], None]) -> AsyncIterator[World]:
    """Three programs that need each other."""
    ports, teltonika_port = Ports(), free_port()
    with ThreadPoolExecutor(1, "database") as thread, ExitStack() as stack:
        servers = ExitStack()
        stack.callback(lambda: thread.submit(servers.close).result())
        opened = partial(servers.enter_context, own_server(kind_of_database(say), {"fsync": "on"}))
        database = await in_thread(thread, opened)
        dsn = database.dsn()
        await asyncio.to_thread(migrate, dsn)
        broker = BrokerServer(BrokerSettings(port=ports.bus, mqtt_port=ports.mqtt), folder)
        addresses = {
            "NIGEHBAN_DATABASE__DSN": dsn,
            "NIGEHBAN_BROKER__URL": broker.url,
            "NIGEHBAN_OWNTRACKS__BROKER": broker.mqtt_url,
        }
        collector = _collector(folder, ports, teltonika_port, addresses)
        victims = DatabaseVictim(database, thread), BrokerVictim(broker), collector
        try:
            await victims[1].restore()
            await collector.restore()
            yield World(*victims, ports, teltonika_port, lambda: dsn, lambda: broker)
        finally:
            await collector.stop()
            await broker.stop()


@asynccontextmanager
async def _embedded(folder: Path, say: Callable[[str], None]) -> AsyncIterator[World]:
    """The collector alone, which has a database and a broker inside."""
    ports, teltonika_port = Ports(), free_port()
    kind = kind_of_database(say)
    share_programs(folder)
    collector = _collector(folder, ports, teltonika_port, {"NIGEHBAN_DATABASE__EMBEDDED": kind})
    cluster = folder / "database" / kind / "cluster"
    database = EmbeddedVictim("database", lambda: postmaster.running(cluster), collector)
    broker = EmbeddedVictim("broker", lambda: _child(collector.pid, "nats-server"), collector)

    def find_broker() -> BrokerServer:
        server = BrokerServer(BrokerSettings(port=ports.bus, mqtt_port=ports.mqtt), folder)
        config = orjson.loads((folder / "broker" / "nats-server.json").read_bytes())
        for user in config["accounts"]["TRACKERS"]["users"]:
            server._passwords[user["user"]] = user["password"]
        return server

    def find_dsn() -> str | None:
        return running_dsn(folder / "database" / kind, DATABASE_NAME)

    try:
        await collector.restore()
        yield World(database, broker, collector, ports, teltonika_port, find_dsn, find_broker)
    finally:
        await collector.stop()


def _child(parent: int | None, program: str) -> int | None:
    """The process id of a child that runs a program."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(parent).children() if parent is not None else ():
            if child.name() == program and child.status() != psutil.STATUS_ZOMBIE:
                return child.pid
    return None


def _collector(
    folder: Path, ports: Ports, teltonika_port: int, addresses: dict[str, str]
) -> CollectorVictim:
    trackers = {
        "NIGEHBAN_TELTONIKA__ENABLED": "true",
        "NIGEHBAN_TELTONIKA__PORT": str(teltonika_port),
    }
    return CollectorVictim(ports.environment(folder, addresses | trackers), folder)


def kind_of_database(say: Callable[[str], None]) -> str:
    """TimescaleDB where it can be had."""
    try:
        timescaledb.programs(programs_folder(), say)
    except DatabaseError as error:
        say(f"plain PostgreSQL, because {error}")
        return "postgresql"
    return "timescaledb"


def end_what_is_left(victims: Iterable[Victim]) -> None:
    """Wait until all that was started has ended. Fails, and kills it, if something has not."""
    processes = {process for victim in victims for process in victim.processes}
    try:
        until_sync(lambda: not any(map(_runs, processes)), END_LIMIT)
    except AssertionError:
        left = [process for process in processes if _runs(process)]
        told = [f"{process.pid} {' '.join(process.cmdline())}" for process in left]
        for process in left:
            process.kill()
        raise AssertionError(f"left behind, and killed now: {told}") from None


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


async def in_thread(thread: ThreadPoolExecutor, action: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, action)
