"""From what is asked to a plan: one module a kind of mission, the same for command line and page.

Each takes what it needs of its kind and a `common.Common` of what all have, and gives a
`plan.Plan`. Nothing here proves the plan: that is `missions.check`.
"""
