CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    display_name text NOT NULL
);

CREATE TABLE canvases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id bigint NOT NULL REFERENCES users (id),
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz
);

CREATE TABLE tiles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    canvas_id bigint NOT NULL REFERENCES canvases (id) ON DELETE CASCADE,
    made_by bigint NOT NULL REFERENCES users (id),
    content text NOT NULL DEFAULT ''
);
