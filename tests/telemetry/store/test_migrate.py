"""Which migrations a database gets."""

from __future__ import annotations

import re
from itertools import pairwise

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


def test_numbers_have_no_gap_and_only_what_needs_more_stands_beside_another_of_its_number() -> None:
    known = migrations()
    numbers = [migration.number for migration in known]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, max(numbers) + 1))
    assert len({(migration.number, migration.needs) for migration in known}) == len(known)
    for before, after in pairwise(known):
        assert after.number > before.number or after.needs is not Needs.NOTHING


def test_what_needs_timescaledb_stands_in_files_that_say_so() -> None:
    words = {
        Needs.NOTHING: ("create_hypertable", "timescaledb", "add_"),
        Needs.EXTENSION: ("compress", "_policy", "continuous", "gapfill"),
        Needs.COMMUNITY: (),
    }
    for migration in migrations():
        statements = re.sub(r"--.*", "", migration.sql)
        assert not [word for word in words[migration.needs] if word in statements], migration.name
