CREATE TABLE trips (day integer NOT NULL, bus integer NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE trips_1 PARTITION OF trips FOR VALUES FROM (0) TO (10);
ALTER TABLE trips ADD CONSTRAINT trips_day_bus UNIQUE (day, bus);
