"""A small program that stands in for arducopter: the same options, ports and stages of a boot.

Telemetry goes out by UDP (`--serial0 udpclient:…`) and on the TCP port of SERIAL1; what is asked
there is answered, as a copter does that sends nothing but its heartbeat unasked. FAKE_DIES in the
environment makes it end at boot, as a SITL that misses its parameters does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from pathlib import Path

from pymavlink.dialects.v20 import ardupilotmega as mavlink

GPS, POSITION, READY = 10.0, 42.0, 45.0  # seconds from the start, of a real boot
TICK = 0.05


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--model", "--home", "--defaults", "--serial0"):
        parser.add_argument(name, required=name != "--defaults")
    parser.add_argument("-I", type=int, required=True, dest="instance")
    parser.add_argument("--sysid", type=int, required=True)
    parser.add_argument("--speedup", type=float, required=True)
    options = parser.parse_args()
    Path("eeprom.bin").write_bytes(b"\0" * 16)
    if os.environ.get("FAKE_DIES"):
        print("starting sketch", flush=True)
        sys.exit("Failed to load defaults from copter.parm")
    asyncio.run(Fake(options).run())


class Fake:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        _, host, port = options.serial0.split(":")
        self.collector = (host, int(port))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link = mavlink.MAVLink(None, srcSystem=options.sysid, srcComponent=1)
        self.asked: set[int] = set()
        self.client: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        for serial in (2, 3):
            port = 5760 + 10 * self.options.instance + serial
            await asyncio.start_server(self.talk, "127.0.0.1", port)
        for tick in range(10**9):
            self.tell(tick * TICK * self.options.speedup)
            await asyncio.sleep(TICK)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.client = writer
        parser = mavlink.MAVLink(None)
        while data := await reader.read(4096):
            for message in parser.parse_buffer(data) or []:
                if message.get_type() == "COMMAND_LONG":
                    assert message.command == mavlink.MAV_CMD_SET_MESSAGE_INTERVAL
                    self.asked.add(int(message.param1))
        self.client = None

    def tell(self, booted: float) -> None:
        positioned = booted >= POSITION
        flags = mavlink.EKF_POS_HORIZ_ABS if positioned else mavlink.EKF_CONST_POS_MODE
        health = mavlink.MAV_SYS_STATUS_PREARM_CHECK if booted >= READY else 0
        fix = 3 if booted >= GPS else 1
        told = [mavlink.MAVLink_heartbeat_message(2, 3, 81, 0, 3, 3)]
        told += [
            message
            for message in (
                mavlink.MAVLink_gps_raw_int_message(0, fix, 0, 0, 0, 0, 0, 0, 0, 10),
                mavlink.MAVLink_ekf_status_report_message(flags, 0, 0, 0, 0, 0),
                mavlink.MAVLink_sys_status_message(0, 0, health, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
            )
            if message.get_msgId() in self.asked
        ]
        for message in told:
            frame = message.pack(self.link)
            self.udp.sendto(frame, self.collector)
            if self.client is not None:
                self.client.write(frame)


main()
