-- The mission that a vehicle carries, as it was overheard last on its link.

CREATE TABLE nigehban.mission (
    asset bigint PRIMARY KEY,
    told_time timestamptz NOT NULL,
    count integer NOT NULL,  -- of its items, those that are no places too
    items jsonb  -- [[number, command, frame, latitude, longitude, height], …]; NULL: not known
);
