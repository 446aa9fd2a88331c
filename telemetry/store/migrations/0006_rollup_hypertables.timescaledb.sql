-- Needs the extension TimescaleDB, under either licence: what is too old is dropped by chunks.

SELECT create_hypertable(
    'nigehban.track_1s', by_range('bucket', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true
);
SELECT create_hypertable(
    'nigehban.track_10s', by_range('bucket', INTERVAL '7 days'),
    create_default_indexes => false, migrate_data => true
);
SELECT create_hypertable(
    'nigehban.track_1min', by_range('bucket', INTERVAL '30 days'),
    create_default_indexes => false, migrate_data => true
);
SELECT create_hypertable(
    'nigehban.track_10min', by_range('bucket', INTERVAL '365 days'),
    create_default_indexes => false, migrate_data => true
);
