"""History: which database it is kept in, how rows come into it and what is asked of it.

Begin with `database.open_database`, which finds the one that the settings name or runs an embedded
one (`timescaledb` and `postgresql` bring the programs, `server` runs them). `migrate` brings the
schema up to date from `migrations/*.sql`. `writer.Writer` takes batches in and commits them,
`queries` answers in columns. `housekeeping` keeps tracks in coarser steps (`rollups`) and drops
what is older than the settings keep it (`retention`).
"""
