-- Needs the extension TimescaleDB, under either licence. Chunks of a day: at 100 assets with 5
-- rows a second a day is some 43 million rows, whose indexes still fit the memory of a server.
-- `migrate_data`: a database that has lived without TimescaleDB keeps its rows.

SELECT create_hypertable(
    'nigehban.position', by_range('fix_time', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true
);

SELECT create_hypertable(
    'nigehban.vehicle_status', by_range('status_time', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true
);
