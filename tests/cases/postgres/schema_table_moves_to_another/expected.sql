-- up
CREATE TABLE b.t (
    id integer
);

-- LOSES all rows of a.t
-- Locks: ACCESS EXCLUSIVE on a.t, for a moment
DROP TABLE a.t;

-- down
CREATE TABLE a.t (
    id integer
);

-- LOSES all rows of b.t
-- Locks: ACCESS EXCLUSIVE on b.t, for a moment
DROP TABLE b.t;
