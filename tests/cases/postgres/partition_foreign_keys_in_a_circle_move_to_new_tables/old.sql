CREATE TABLE trips (day integer, bus integer, UNIQUE (day, bus)) PARTITION BY RANGE (day);
CREATE TABLE trips_1 PARTITION OF trips FOR VALUES FROM (0) TO (10);
CREATE TABLE buses (day integer, bus integer, UNIQUE (day, bus)) PARTITION BY RANGE (day);
CREATE TABLE buses_1 PARTITION OF buses FOR VALUES FROM (0) TO (10);
ALTER TABLE buses ADD CONSTRAINT buses_trip FOREIGN KEY (day, bus) REFERENCES trips (day, bus);
ALTER TABLE trips ADD CONSTRAINT trips_bus FOREIGN KEY (day, bus) REFERENCES buses (day, bus);
