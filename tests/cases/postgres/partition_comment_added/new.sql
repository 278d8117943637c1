CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, what text) PARTITION BY RANGE (at);

CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

COMMENT ON TABLE events_2024 IS 'old';
COMMENT ON COLUMN events_2024.what IS 'older';
