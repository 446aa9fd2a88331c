-- Needs TimescaleDB's community licence (timescaledb.license = timescale). Raw rows are
-- compressed after 7 days, when hardly any still arrives late, and dropped after 90. What is
-- compressed stays readable and takes late rows.

ALTER TABLE nigehban.position SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'asset',
    timescaledb.compress_orderby = 'fix_time DESC, source'
);
SELECT add_compression_policy('nigehban.position', INTERVAL '7 days');
SELECT add_retention_policy('nigehban.position', INTERVAL '90 days');

ALTER TABLE nigehban.vehicle_status SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'asset',
    timescaledb.compress_orderby = 'status_time DESC'
);
SELECT add_compression_policy('nigehban.vehicle_status', INTERVAL '7 days');
SELECT add_retention_policy('nigehban.vehicle_status', INTERVAL '90 days');
