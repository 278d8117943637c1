CREATE TYPE state AS ENUM ('a', 'b', 'c');
CREATE TABLE jobs (id integer, state state) PARTITION BY LIST (state);
CREATE TABLE jobs_a PARTITION OF jobs FOR VALUES IN ('a');
CREATE TABLE jobs_rest PARTITION OF jobs DEFAULT;
