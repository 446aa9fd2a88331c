"""The mission planner: patterns, checks and the flying of them. Not built yet."""
