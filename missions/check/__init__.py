"""The checker: proves a plan, or says what is wrong with it, where and by how much.

It shares no code with the planners: it reads the `missions.plan` they write and the figures of
`missions.drones`, and reckons everything else anew. `check` runs it; `rules` lists what is judged.

The way of a check: `geodesy` lays a plane around the plan, `track` turns each sortie into all it
flies (legs, circles, holds, climb and landing, with time and energy), sampled each metre,
`case` joins these with the area, the people and the zones, and each judge (`structure`, `bounds`,
`height`, `people`, …) looks at one thing and gives `report.Finding`s.
"""

from missions.check.checker import check
from missions.check.report import Finding, Report
from missions.check.rules import RULES, Rule

__all__ = ["RULES", "Finding", "Report", "Rule", "check"]
