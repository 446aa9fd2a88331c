"""Physics of simulated aircraft, all of them at once in columns: how they move, what it costs."""
