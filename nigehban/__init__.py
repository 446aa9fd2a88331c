"""The command line, and the only place that joins the rooms: settings, programs, demo, doctor."""
