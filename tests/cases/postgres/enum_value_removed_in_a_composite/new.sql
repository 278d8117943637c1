CREATE TYPE mood AS ENUM ('sad', 'ok');

CREATE TYPE pair AS (a mood, b integer);
