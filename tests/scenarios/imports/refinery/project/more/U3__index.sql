CREATE INDEX cars_name ON cars (name);
