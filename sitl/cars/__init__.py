"""Simulated patrol cars, officers on foot, panic posts and cameras, and how their devices report.

`motor_pool`, `posts` and `cameras` say what happens, step by step, without a socket; `car`, `nmea`,
`teltonika` and `cameras` put it into the words of each protocol; `wires` and `camera_wires` carry
it. Begin with `motor_pool`, then `wires`.
"""
