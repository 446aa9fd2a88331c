"""What flies, as the sensors tell it: one track an object, who it is, and what it threatens.

Begin with `columns` (a detection, a contact) and `tracks` (from the one to the other, step by step).
Below it: `scans` orders what came, `names` knows who is who, `association` pairs detections with tracks,
`states` holds the tracks (`motion` is the filter, `vertical` their altitude, `notes` what else is told),
`claims` doubts what objects say of themselves, `lifecycle` and `mergers` let tracks begin and end;
`tuning` has the figures. `own` puts our drones among the detections.

Above it: `threat` judges contacts against protected zones, `conditions` says what an operator is to be
told (in the `words` of both languages), `operators` which patrol cars are near a pilot.
"""
