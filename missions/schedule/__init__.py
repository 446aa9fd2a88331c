"""When plans are flown, as pure data: orders, the sorties that come of them, and their conflicts.

`orders` say when, `flights` what of a plan a schedule has to know; `sorties` joins the two and
`conflicts` tells which of them cannot be. `batteries` says what a battery will have then. No clock
and no database here.
"""
