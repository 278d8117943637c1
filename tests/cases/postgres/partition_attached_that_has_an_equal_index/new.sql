CREATE TABLE trips (day integer NOT NULL, bus integer NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE trips_1 PARTITION OF trips FOR VALUES FROM (0) TO (10);
CREATE INDEX trips_bus ON trips (bus);
CREATE INDEX local_bus ON trips_1 (bus);
