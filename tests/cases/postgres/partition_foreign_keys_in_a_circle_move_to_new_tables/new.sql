CREATE TABLE journeys (day integer, bus integer, UNIQUE (day, bus)) PARTITION BY RANGE (day);
CREATE TABLE trips_1 PARTITION OF journeys FOR VALUES FROM (0) TO (10);
CREATE TABLE coaches (day integer, bus integer, UNIQUE (day, bus)) PARTITION BY RANGE (day);
CREATE TABLE buses_1 PARTITION OF coaches FOR VALUES FROM (0) TO (10);
ALTER TABLE coaches ADD CONSTRAINT buses_trip FOREIGN KEY (day, bus) REFERENCES journeys (day, bus);
ALTER TABLE journeys ADD CONSTRAINT trips_bus FOREIGN KEY (day, bus) REFERENCES coaches (day, bus);
