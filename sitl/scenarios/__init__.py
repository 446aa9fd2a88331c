"""Scenarios: a file that says what flies, drives and goes wrong, when, and what is to come of it.

`model` is what such a file may hold, `reading` reads one and says what is wrong with which line,
`building` makes a world of it, `timeline` lets its events happen, `outcomes` judges what came of it.
The files that come with the package are in `shipped`.
"""
