"""What is really drawn on the map, from the pixels of a screenshot."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.browser.screen import Screen

Image = NDArray[np.uint8]

DRONE_BLUE = (86, 180, 233)
ENOUGH = 20
"""CSS pixels of its colour that show that a mark is there."""


def mark_is_drawn(screen: Screen, name: str) -> bool:
    """Whether a fresh drone in the air is drawn where the page says that it is."""
    to_one_of_css = float(screen.page.evaluate("devicePixelRatio")) ** 2
    return is_close(pixels(screen, name), DRONE_BLUE) > ENOUGH * to_one_of_css


def pixels(screen: Screen, name: str, half: int = 6) -> Image:
    """What is drawn around a mark: (height, width, 3)."""
    mark = screen.mark(name)
    clip: Any = {
        "x": mark["x"] - half,
        "y": mark["y"] - half,
        "width": 2 * half,
        "height": 2 * half,
    }
    return decoded(screen.page.screenshot(clip=clip))


def is_close(image: Image, colour: tuple[int, int, int]) -> int:
    """How many pixels have nearly this colour."""
    return int((np.abs(image.astype(int) - colour).max(axis=2) < 40).sum())


def decoded(png: bytes) -> Image:
    """The pixels of a PNG with eight bits a channel, as Chromium writes it."""
    width, height, _, colour = struct.unpack(">IIBB", png[16:26])
    channels = {2: 3, 6: 4}[colour]
    data = zlib.decompress(b"".join(chunks(png, b"IDAT")))
    rows = np.frombuffer(data, np.uint8).reshape(height, 1 + width * channels)
    image = np.zeros((height, width * channels), np.uint8)
    above = np.zeros(width * channels, np.uint8)
    for y, row in enumerate(rows):
        above = image[y] = unfiltered(row[0], row[1:], above, channels)
    return image.reshape(height, width, channels)[:, :, :3]


def chunks(png: bytes, kind: bytes) -> Iterator[bytes]:
    stream = io.BytesIO(png[8:])
    while head := stream.read(8):
        length, name = struct.unpack(">I4s", head)
        body = stream.read(length)
        stream.read(4)
        if name == kind:
            yield body


def unfiltered(kind: int, row: Image, above: Image, step: int) -> Image:
    """One line of a PNG, its filter undone (PNG specification, section 9)."""
    out = np.zeros(len(row) + step, int)
    up = np.concatenate([np.zeros(step, int), above.astype(int)])
    for i, value in enumerate(row.astype(int), step):
        left, top, corner = out[i - step], up[i], up[i - step]
        near = left + top - corner
        distances = [abs(near - left), abs(near - top), abs(near - corner)]
        paeth = (left, top, corner)[int(np.argmin(distances))]
        out[i] = (value + (0, left, top, (left + top) // 2, paeth)[kind]) & 255
    return out[step:].astype(np.uint8)
