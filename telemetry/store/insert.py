"""One transaction: a few batches of columns become rows, each of them once.

COPY cannot skip rows that are there already, so it fills temporary tables, which then go into
the real ones with ON CONFLICT DO NOTHING.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import psycopg
from psycopg import sql

from fleet.assets import Asset
from fleet.columns import POSITION, STATE_FIELDS, STATUS, Rows
from telemetry.batch import Batch, StatusText
from telemetry.store import pgcopy

_TABLES = {"position": POSITION, "vehicle_status": STATUS}

_MINUS_ONE_IS_NULL = frozenset(name for name in STATE_FIELDS if STATUS[name].kind == "i")

_PUT_ASSETS = """
INSERT INTO nigehban.asset (id, identity, kind)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::smallint[])
ON CONFLICT DO NOTHING
"""

_FIND_COLLISION = """
SELECT known.identity, new.identity
FROM unnest(%s::bigint[], %s::text[]) new (id, identity) JOIN nigehban.asset known USING (id)
WHERE known.identity <> new.identity LIMIT 1
"""

_PUT_TEXTS = """
INSERT INTO nigehban.status_text (asset, received_time, severity, text)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::text[])
ON CONFLICT DO NOTHING
"""


async def prepare(connection: psycopg.AsyncConnection, assets: Sequence[Asset]) -> None:
    """Ready a new connection for `write`, and make `assets` known to the database."""
    for table in _TABLES:
        await connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} (LIKE nigehban.{}) ON COMMIT DELETE ROWS").format(
                sql.Identifier(f"incoming_{table}"), sql.Identifier(table)
            )
        )
    await _put_assets(connection, assets)


async def write(
    connection: psycopg.AsyncConnection, batches: Sequence[Batch], assets: Sequence[Asset]
) -> int:
    """Write all rows of `batches` and the new `assets` in one transaction, and commit.

    Returns how many rows were new. Raises psycopg.DataError or psycopg.IntegrityError if the
    database does not take one of the rows, other psycopg errors if it cannot just now; nothing
    is written then.
    """
    async with connection.transaction():
        await _put_assets(connection, assets)
        await _check_keys(connection, assets)
        new = await _copy(connection, "position", [batch.positions for batch in batches])
        new += await _copy(connection, "vehicle_status", [batch.statuses for batch in batches])
        new += await _put_texts(connection, [text for batch in batches for text in batch.texts])
    return new


async def _put_assets(connection: psycopg.AsyncConnection, assets: Sequence[Asset]) -> None:
    if assets:
        ordered = sorted(assets, key=lambda asset: asset.key)  # two collectors do not deadlock
        await connection.execute(
            _PUT_ASSETS,
            [
                [asset.key for asset in ordered],
                [asset.identity for asset in ordered],
                [int(asset.kind) for asset in ordered],
            ],
        )


async def _check_keys(connection: psycopg.AsyncConnection, assets: Sequence[Asset]) -> None:
    """Two identities with the same key are never merged (docs/decisions/0002-asset-keys.md)."""
    if assets:
        keys, identities = zip(*((asset.key, asset.identity) for asset in assets), strict=True)
        cursor = await connection.execute(_FIND_COLLISION, [list(keys), list(identities)])
        if (found := await cursor.fetchone()) is not None:
            raise psycopg.IntegrityError(f"{found[1]!r} has the key of {found[0]!r}")


async def _copy(connection: psycopg.AsyncConnection, table: str, parts: Sequence[Rows]) -> int:
    rows = np.concatenate(parts)
    if not len(rows):
        return 0
    names = _TABLES[table].names or ()
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    incoming = sql.Identifier(f"incoming_{table}")
    cursor = connection.cursor()
    async with cursor.copy(
        sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(incoming, columns)
    ) as copy:
        await copy.write(pgcopy.pack(rows, columns=names, minus_one_is_null=_MINUS_ONE_IS_NULL))
    await cursor.execute(
        sql.SQL("INSERT INTO nigehban.{} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING").format(
            sql.Identifier(table), columns, columns, incoming
        )
    )
    return cursor.rowcount


async def _put_texts(connection: psycopg.AsyncConnection, texts: Sequence[StatusText]) -> int:
    if not texts:
        return 0
    cursor = await connection.execute(
        _PUT_TEXTS,
        [
            [text.asset for text in texts],
            [text.received_time for text in texts],
            [text.severity for text in texts],
            [text.text for text in texts],
        ],
    )
    return cursor.rowcount
