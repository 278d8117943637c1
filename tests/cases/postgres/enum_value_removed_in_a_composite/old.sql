CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');

CREATE TYPE pair AS (a mood, b integer);
