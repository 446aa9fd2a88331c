"""What all tests share: real servers, started when a test first asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from telemetry.bus.server import BrokerServer
from telemetry.settings import BrokerSettings
from telemetry.store.server import EmbeddedServer
from tests.commands import Ports
from tests.databases import KINDS, Servers, fresh_database, migrated_database, temporary_folder

# No deadline: a busy machine makes nothing wrong. Few examples: the whole suite has a quarter of an
# hour, and `--hypothesis-profile=thorough` looks for longer.
hypothesis_settings.register_profile("nigehban", deadline=None, max_examples=25)
hypothesis_settings.register_profile("thorough", deadline=None, max_examples=500)
hypothesis_settings.load_profile("nigehban")


@pytest.hookimpl(trylast=True)  # after the order was made random
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits longest comes first, or one worker sits on it at the end while others are idle.

    Browsers want a core each and other programs mostly wait: their files are spread evenly among
    each other, so that workers seldom run two browsers at once.
    """
    kinds: dict[str, dict[Path, list[pytest.Item]]] = {"browser": {}, "integration": {}, "": {}}
    for item in items:
        kind = next(filter(item.get_closest_marker, ("browser", "integration")), "")
        kinds[kind].setdefault(item.path, []).append(item)
    placed = [
        ((number + 0.5) / len(files) if kind else 1.0, tests)
        for kind, files in kinds.items()
        for number, tests in enumerate(files.values())
    ]
    items[:] = [item for _, tests in sorted(placed, key=itemgetter(0)) for item in tests]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Database servers by kind, for tests that leave them as they are."""
    with Servers() as servers:
        yield servers


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each test that uses it runs on TimescaleDB and on plain PostgreSQL."""
    return str(request.param)


@pytest.fixture
def server(kind: str, servers: Servers) -> EmbeddedServer:
    """A running server of `kind`."""
    return servers[kind]


@pytest.fixture
def empty_database(server: EmbeddedServer) -> Iterator[str]:
    """The DSN of a database with nothing in it."""
    with fresh_database(server) as dsn:
        yield dsn


@pytest.fixture
def database(server: EmbeddedServer) -> Iterator[str]:
    """The DSN of a database whose schema is up to date."""
    with migrated_database(server) as dsn:
        yield dsn


@pytest.fixture
def timescale_database(servers: Servers) -> Iterator[str]:
    """As `database`, on TimescaleDB only: for tests of what stands above the store."""
    with migrated_database(servers["timescaledb"]) as dsn:
        yield dsn


@pytest.fixture
def ports() -> Ports:
    """Free ports for the programs of one test."""
    return Ports()


@pytest.fixture
async def broker(ports: Ports) -> AsyncIterator[BrokerServer]:
    """A running broker on these ports."""
    with temporary_folder() as folder:
        server = BrokerServer(BrokerSettings(port=ports.bus, mqtt_port=ports.mqtt), folder)
        await server.start()
        yield server
        await server.stop()
