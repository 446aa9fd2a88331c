-- Plans, when they are flown, and who did what to both. Few rows: none of these tables needs chunks.

-- What is so of a plan now. `revision` grows with each change of it.
CREATE TABLE nigehban.plan (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    version integer NOT NULL,  -- the newest of plan_version
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    changed_time timestamptz NOT NULL,
    deleted_time timestamptz  -- NULL: it is there
);
CREATE INDEX ON nigehban.plan (changed_time, id);

-- All versions of all plans as they were made; they do not change.
CREATE TABLE nigehban.plan_version (
    id uuid NOT NULL REFERENCES nigehban.plan,
    version integer NOT NULL CHECK (version >= 1),
    kind text NOT NULL,
    request jsonb,  -- what was asked for; NULL: the plan came as a file
    plan bytea NOT NULL,  -- the plan's file, `missions.files.plan_json`
    result bytea NOT NULL,  -- what is shown of it: `dashboard.planning.result`, as JSON
    summary jsonb NOT NULL,  -- what a list shows of it
    flights jsonb NOT NULL,  -- what a schedule has to know: `missions.schedule.flights`
    passed boolean NOT NULL,  -- the checker found nothing that must not fly
    made_by text NOT NULL,
    made_time timestamptz NOT NULL,
    PRIMARY KEY (id, version)
);

-- When a plan is flown. What is past stays as it was: `since` is from when this form of it holds;
-- what came before stands in `sortie`.
CREATE TABLE nigehban.sortie_order (
    id uuid PRIMARY KEY,
    revision integer NOT NULL DEFAULT 1,
    plan uuid NOT NULL,
    plan_version integer NOT NULL,
    "order" jsonb NOT NULL,  -- `dashboard.planning.ordering.OrderForm`
    since timestamptz NOT NULL,
    changed_time timestamptz NOT NULL,
    deleted_time timestamptz,
    FOREIGN KEY (plan, plan_version) REFERENCES nigehban.plan_version
);
CREATE INDEX ON nigehban.sortie_order (changed_time, id);
CREATE INDEX ON nigehban.sortie_order (plan);

-- One run of a plan by an order, where more is known of it than the order tells: it was flown or
-- cancelled, or it is past and the order was changed since.
CREATE TABLE nigehban.sortie (
    "order" uuid NOT NULL REFERENCES nigehban.sortie_order,
    planned_time timestamptz NOT NULL,
    plan uuid NOT NULL,
    plan_version integer NOT NULL,
    form jsonb NOT NULL,  -- the order as it was then
    state text NOT NULL CHECK (state IN ('planned', 'cancelled', 'flown')),
    changed_time timestamptz NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    PRIMARY KEY ("order", planned_time)
);
CREATE INDEX ON nigehban.sortie (planned_time);

-- Each change of a plan, an order or a sortie, and whose it was.
CREATE TABLE nigehban.planning_change (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,  -- plan, order, sortie
    id uuid NOT NULL,  -- of the plan or the order
    planned_time timestamptz,  -- of the sortie
    change_time timestamptz NOT NULL,
    who text NOT NULL,
    what text NOT NULL,  -- made, renamed, deleted, restored, changed, cancelled, …
    why text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ON nigehban.planning_change (id, number);
