"""Rules: when something is worth an alert.

Each is a small pure function: over the columns of the picture (`battery`, `link`, `gps`, `movement`,
`flight`), over pairs of drones (`closing`) or over what happened (`happenings`). `registry` is how a
rule is declared, `settings` holds every threshold by asset group, `view` is what a rule sees, and
`watch` runs them all and raises, updates and clears the alerts of a book. `speeding` is for the history.
"""
