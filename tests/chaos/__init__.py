"""Chaos: the real collector under load while it, its database and its broker are killed.

Simulated trackers send again until they are acknowledged. Afterwards the database has to hold what
it would hold had nothing happened: each row that was sent, once, and nothing else.
"""
