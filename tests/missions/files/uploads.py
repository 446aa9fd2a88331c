"""The items of real uploads to an ArduPilot, from the recordings. Read in place, never copied."""

from __future__ import annotations

import json
from typing import Any

import pytest

from missions.files.mission import MissionItem
from tests.recordings import RECORDINGS


def first_upload(name: str) -> list[MissionItem]:
    """What the ground sent first; skips the test where the recordings are not at hand."""
    recording = RECORDINGS / name
    if not recording.exists():
        pytest.skip(f"{name} is not in ../shared/data/ardupilot")
    sent: dict[int, MissionItem] = {}
    notes = 0
    for line in map(json.loads, recording.read_text().splitlines()):
        notes += "note" in line
        if notes == 1 and line.get("dir") == "gcs->veh" and line["msg"] == "MISSION_ITEM_INT":
            sent[line["fields"]["seq"]] = _item(line["fields"])
    return [sent[seq] for seq in sorted(sent)]


def _item(fields: dict[str, Any]) -> MissionItem:
    """Of a MISSION_ITEM_INT."""
    parameters = (float(fields[f"param{number}"]) for number in range(1, 5))
    p1, p2, p3, p4 = parameters
    return MissionItem(
        fields["seq"],
        fields["frame"],
        fields["command"],
        p1,
        p2,
        p3,
        p4,
        latitude=fields["x"] / 1e7,
        longitude=fields["y"] / 1e7,
        altitude=fields["z"],
        autocontinue=bool(fields["autocontinue"]),
        current=bool(fields["current"]),
    )
