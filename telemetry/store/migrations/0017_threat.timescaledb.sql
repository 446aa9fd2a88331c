-- Needs the extension TimescaleDB, under either licence: what is too old is dropped by chunks.

SELECT create_hypertable(
    'nigehban.contact_threat', by_range('time', INTERVAL '1 day'),
    create_default_indexes => false, migrate_data => true
);
