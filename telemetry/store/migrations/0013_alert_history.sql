-- The history of alerts is asked by rule and by asset, and of each event the raising that it is of.
CREATE INDEX ON nigehban.alert_event (split_part(alert, '/', 1), id);
CREATE INDEX ON nigehban.alert_event (alert, id) WHERE what = 'activate';
CREATE INDEX ON nigehban.alert_event USING gin (("values"->'assets') jsonb_path_ops)
    WHERE what = 'activate';
