CREATE TYPE address AS (a varchar(5), c date, d jsonb);
