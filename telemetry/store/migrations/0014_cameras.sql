-- What people say of an asset's camera: where a fixed one looks, or what a vehicle does not tell.

ALTER TABLE nigehban.asset
    ADD COLUMN camera jsonb CHECK (jsonb_typeof(camera) = 'object');
