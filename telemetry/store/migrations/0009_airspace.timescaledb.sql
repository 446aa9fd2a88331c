-- Needs the extension TimescaleDB, under either licence: what is too old is dropped by chunks.

SELECT create_hypertable(
    'nigehban.sensor_message', by_range('received_time', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true
);
SELECT create_hypertable(
    'nigehban.detection', by_range('time', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true
);
SELECT create_hypertable(
    'nigehban.contact_state', by_range('time', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true
);
