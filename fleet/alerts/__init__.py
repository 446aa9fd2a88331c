"""Alerts that operators can live with: their life cycle, their groups and the load they make.

`states` is the life cycle of ANSI/ISA-18.2 as a table. `events` are the rows that all is made of,
`alert` is what one alert knows, and `fold` makes alerts of events. `book` holds all that is not
normal and takes what rules and operators do. `filters` keep chattering away from it, and `figures`
say what an operator is asked to bear (EEMUA 191).
"""
