"""One vehicle's ArduPilot: what it does, and the protocols by which it is spoken to.

`autopilot` holds its state and takes orders; it flies by manoeuvres (`copter`, `plane`) of which
its modes and its mission (`mission`) are made, looks after itself (`reactions`, `failsafes`,
`breach`, `arming`, `boot`), and asks the physics for what `aim` says. The wire ends at `drone` and
its `channel`s; `commands`, `parameter_protocol` and `transfer` take the messages, `messages` and
its neighbours make them from a `snapshot`. `life` is the crew on the ground.
"""
