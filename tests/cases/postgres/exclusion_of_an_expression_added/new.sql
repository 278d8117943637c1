CREATE TABLE spans (a timestamp, b timestamp);

ALTER TABLE spans ADD CONSTRAINT spans_x EXCLUDE USING gist (tsrange(a, b) WITH &&);
