"""What is shown of a database's connection string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from telemetry.store.database import Database, masked

NOT_READ = "a connection string that is neither postgresql://… nor key=value"


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("host=db user=police dbname=x", "host=db user=police dbname=x"),
        (
            "postgresql://police:secret@db:5433/x",
            "user=police password=**** dbname=x host=db port=5433",
        ),
        ("host=db password=secret", "host=db password=****"),
        ("host=db sslpassword='se cret'", "host=db sslpassword=****"),
        ("postgresql://police:secret@db:none:2/x y", NOT_READ),
        ("secret", NOT_READ),
    ],
)
def test_a_connection_string_is_shown_without_its_password(dsn: str, shown: str) -> None:
    assert sorted(masked(dsn).split()) == sorted(shown.split())


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=9))
def test_no_password_is_ever_shown(password: str) -> None:
    assert password not in masked(make_conninfo("", host="db", password=password))


def test_a_database_does_not_show_its_password_when_printed() -> None:
    database = Database("host=db password=secret", "how")
    assert "secret" not in repr(database)
