from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.codec import Command
from telemetry.mavlink.encoder import Encoder


def test_what_we_send_is_mavlink_2_numbered_and_addressed() -> None:
    encoder = Encoder(254, 190)
    chunks = [
        encoder.ground_station_heartbeat(),
        encoder.command(3, 1, Command.SET_MESSAGE_INTERVAL, 33, 250_000, repetition=2),
    ]
    parser = dialect.MAVLink(None)
    heartbeat, command = [parser.parse_buffer(chunk)[0] for chunk in chunks]
    assert [chunk[0] for chunk in chunks] == [0xFD, 0xFD]
    assert (heartbeat.type, heartbeat.autopilot) == (
        dialect.MAV_TYPE_GCS,
        dialect.MAV_AUTOPILOT_INVALID,
    )
    assert (heartbeat.get_srcSystem(), heartbeat.get_srcComponent()) == (254, 190)
    assert [heartbeat.get_seq(), command.get_seq()] == [0, 1]
    assert (command.target_system, command.target_component, command.confirmation) == (3, 1, 2)
    assert (command.command, command.param1, command.param2) == (511, 33, 250_000)


def test_sequence_numbers_of_what_we_send_wrap_at_a_byte() -> None:
    encoder = Encoder(255, 190)
    numbers = [encoder.ground_station_heartbeat()[4] for _ in range(258)]
    assert numbers == [*range(256), 0, 1]
