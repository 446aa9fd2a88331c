"""ArduPilot's own simulation (SITL): its programs found, started, watched and ended.

`binaries` finds the program, `instance` is one process of it, `boot` what it tells while it boots,
`launcher` all of them together.
"""
