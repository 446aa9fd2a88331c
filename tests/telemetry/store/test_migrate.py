"""Which migrations a database gets."""

from __future__ import annotations

import re

import pytest

from telemetry.store.migrate import Abilities, Needs, migrations

PLAIN = Abilities(timescaledb=None, license=None)
NOT_MADE = Abilities(timescaledb=None, license=None, available=True)
APACHE = Abilities(timescaledb="2.19.3", license="apache", available=True)
COMMUNITY = Abilities(timescaledb="2.19.3", license="timescale", available=True)


@pytest.mark.parametrize(
    ("abilities", "needs", "lack"),
    [
        (PLAIN, Needs.NOTHING, None),
        (PLAIN, Needs.EXTENSION, "needs TimescaleDB, which this server does not have"),
        (PLAIN, Needs.COMMUNITY, "needs TimescaleDB, which this server does not have"),
        (NOT_MADE, Needs.EXTENSION, ".*an administrator must .* CREATE EXTENSION timescaledb"),
        (APACHE, Needs.NOTHING, None),
        (APACHE, Needs.EXTENSION, None),
        (APACHE, Needs.COMMUNITY, "needs .* community licence, but this one's is 'apache'"),
        (COMMUNITY, Needs.NOTHING, None),
        (COMMUNITY, Needs.EXTENSION, None),
        (COMMUNITY, Needs.COMMUNITY, None),
    ],
)
def test_a_migration_is_applied_where_what_it_needs_exists(
    abilities: Abilities, needs: Needs, lack: str | None
) -> None:
    said = abilities.lacks(needs)
    if lack is None:
        assert said is None
    else:
        assert said is not None
        assert re.fullmatch(lack, said)


def test_the_community_licence_gets_every_migration() -> None:
    assert all(COMMUNITY.lacks(migration.needs) is None for migration in migrations())


def test_each_number_is_used_once_and_in_order() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_what_needs_timescaledb_stands_in_files_that_say_so() -> None:
    words = {
        Needs.NOTHING: ("create_hypertable", "timescaledb", "add_"),
        Needs.EXTENSION: ("compress", "_policy", "continuous", "gapfill"),
        Needs.COMMUNITY: (),
    }
    for migration in migrations():
        statements = re.sub(r"--.*", "", migration.sql)
        assert not [word for word in words[migration.needs] if word in statements], migration.name
