"""Reports: what the history says of trips, stops, speeds, flights, visits and days.

Columns in, rows out, without I/O. The same rows in any order, some of them doubled, give the same
report: `fixes` puts them in order first. A report is of what it is given: what began before the
window begins with its first fix.
"""
