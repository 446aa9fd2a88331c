"""Geofences in the files of other programs: GeoJSON, KML, ED-318, ED-269, QGroundControl plans.

Each module reads and writes one form; with the fences, or the document, comes a list of what could
not be carried, one sentence each. Begin with `documents`.
"""
