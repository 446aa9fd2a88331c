"""What comes in about the airspace: each protocol's words become rows of `fleet.airspace.columns`.

`heard` is what one arrival brings. `remote_id` joins what drones broadcast piece by piece; it comes
through `mavlink` (receiver bridges), `scout` (JSON over MQTT, taken by `scout_tracker`) and `capture`
(files of radio frames, read by `wifi` and `bluetooth`). `mavlink` and `sbs` (from `sbs_client`) tell of
aircraft. `sapient_server` serves radars and other sensors: `sapient_session` is the talk on a
connection, `sapient_nodes` who is there, `sapient_reports` what they see, `sapient_flood` how much
each may say. `replaying` reads again what was kept of all of them.

`lookout` takes what all of them heard and runs the `sky`, which makes contacts of it; `sensors` is how
the sensors are, `shown` what is shown and alerted of.
"""
