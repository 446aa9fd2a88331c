"""Whatever comes in: zones, or a FormError in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.ed269 import read_ed269
from fleet.ed318 import read_ed318
from fleet.forms import FormError
from fleet.geojson_zones import read_geojson_zones
from fleet.zone_documents import read_zones
from fleet.zones import Zone
from tests.fleet.test_ed269 import DOCUMENT
from tests.fleet.test_ed318 import AIRPORT
from tests.fleet.test_zones import JAIL
from tests.mutations import assert_one_line, mutated

READERS = [read_zones, read_ed318, read_ed269, read_geojson_zones]
quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
readers = pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)


def survives(read: Callable[[Any], list[Zone]], document: Any) -> None:
    try:
        found = read(document)
    except FormError as error:
        assert_one_line(error)
    else:
        assert all(isinstance(zone, Zone) for zone in found)


@readers
@quick
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_bytes_and_text(read: Callable[[Any], list[Zone]], document: bytes | str) -> None:
    survives(read, document)


@readers
@quick
@given(document=mutated([AIRPORT, DOCUMENT, {"type": "FeatureCollection", "features": [JAIL]}]))
def test_documents_with_something_changed(
    read: Callable[[Any], list[Zone]], document: dict[str, Any]
) -> None:
    survives(read, document)


@quick
@given(st.data())
def test_documents_with_bytes_changed(data: st.DataObject) -> None:
    whole = bytearray(json.dumps(data.draw(st.sampled_from([AIRPORT, DOCUMENT, JAIL]))).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    survives(read_zones, bytes(whole))
