"""Serial lines, played by a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import tty
from pathlib import Path

import pytest

from telemetry.mavlink.links.opening import new_link
from telemetry.mavlink.links.serial import SerialLink
from telemetry.mavlink.links.urls import check_url
from tests.telemetry.mavlink.links.draining import bytes_of, drained

pytestmark = pytest.mark.integration


def test_bytes_go_both_ways_unchanged() -> None:
    radio, line = pty.openpty()
    tty.setraw(line)
    link = new_link(f"serial:{os.ttyname(line)}:57600", shared=False, chance=lambda: 0.0)
    link.open()
    link.receive(0)
    everything = bytes(range(256)) * 8
    os.write(radio, everything)
    arrived = drained(link, lambda got: len(bytes_of(got)) == len(everything))
    assert bytes_of(arrived) == everything
    assert link.send(arrived.peers[0], b"\xfd\x00\n\r\x11\x13")
    assert os.read(radio, 100) == b"\xfd\x00\n\r\x11\x13"
    link.close()
    os.close(radio)
    os.close(line)


def test_a_radio_that_was_pulled_out_is_opened_again(tmp_path: Path) -> None:
    device = tmp_path / "radio"
    link = SerialLink(f"serial:{device}:57600", str(device), 57_600, lambda: 0.0)
    link.open()
    link.receive(0)
    assert "radio" in link.statistics.last_error
    now = 0.0
    for words in (b"hello", b"again"):
        radio, line = pty.openpty()
        tty.setraw(line)
        device.unlink(missing_ok=True)
        device.symlink_to(os.ttyname(line))
        now += 100
        link.receive(now)
        os.close(line)
        os.write(radio, words)
        arrived = drained(link, lambda got: len(bytes_of(got)) == 5, now=now)
        os.close(radio)
        drained(link, lambda _: not link.statistics.connected, now=now)
        assert bytes_of(arrived) == words
        assert not link.send(arrived.peers[0], b"gone")
    assert link.statistics.connections == 2
    link.close()


@pytest.mark.parametrize(
    "url",
    [
        "udpin:127.0.0.1:14550",
        "udpout:10.0.0.7:14550",
        "tcpin:0.0.0.0:5760",
        "tcp:drone.lan:5760",
        "serial:/dev/ttyUSB0:57600",
        "serial:COM3:115200",
    ],
)
def test_each_form_of_address_is_a_link(url: str) -> None:
    assert check_url(url) == url
    assert new_link(url, shared=False, chance=lambda: 0.0).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "udpin:127.0.0.1",
        "udpin:127.0.0.1:0",
        "udpin:127.0.0.1:65536",
        "tcp::1",
        "http://x:1",
        "serial:ttyUSB0:57600",
        "serial:/dev/ttyUSB0",
        "udp:127.0.0.1:14550",
        "tcp:a b:5",
    ],
)
def test_another_form_is_refused_with_the_forms_that_are(url: str) -> None:
    with pytest.raises(ValueError, match="of none of the forms udpin:HOST:PORT"):
        new_link(url, shared=False, chance=lambda: 0.0)
