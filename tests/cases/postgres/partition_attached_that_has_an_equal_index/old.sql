CREATE TABLE trips (day integer NOT NULL, bus integer NOT NULL) PARTITION BY RANGE (day);
CREATE INDEX trips_bus ON trips (bus);
CREATE TABLE trips_1 (day integer NOT NULL, bus integer NOT NULL);
CREATE INDEX local_bus ON trips_1 (bus);
