CREATE SCHEMA sqitch;
CREATE TABLE sqitch.changes (
    change_id text NOT NULL,
    script_hash text,
    change text NOT NULL,
    project text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    committed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    committer_name text NOT NULL,
    committer_email text NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    planner_name text NOT NULL,
    planner_email text NOT NULL
);
CREATE TABLE sqitch.dependencies (
    change_id text NOT NULL,
    type text NOT NULL,
    dependency text NOT NULL,
    dependency_id text,
    CONSTRAINT dependencies_check CHECK ((((type = 'require'::text) AND (dependency_id IS NOT NULL)) OR ((type = 'conflict'::text) AND (dependency_id IS NULL))))
);
CREATE TABLE sqitch.events (
    event text NOT NULL,
    change_id text NOT NULL,
    change text NOT NULL,
    project text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    requires text[] DEFAULT '{}'::text[] NOT NULL,
    conflicts text[] DEFAULT '{}'::text[] NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    committed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    committer_name text NOT NULL,
    committer_email text NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    planner_name text NOT NULL,
    planner_email text NOT NULL,
    CONSTRAINT events_event_check CHECK ((event = ANY (ARRAY['deploy'::text, 'revert'::text, 'fail'::text, 'merge'::text])))
);
CREATE TABLE sqitch.projects (
    project text NOT NULL,
    uri text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    creator_name text NOT NULL,
    creator_email text NOT NULL
);
CREATE TABLE sqitch.releases (
    version real NOT NULL,
    installed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    installer_name text NOT NULL,
    installer_email text NOT NULL
);
CREATE TABLE sqitch.tags (
    tag_id text NOT NULL,
    tag text NOT NULL,
    project text NOT NULL,
    change_id text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    committed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    committer_name text NOT NULL,
    committer_email text NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    planner_name text NOT NULL,
    planner_email text NOT NULL
);
INSERT INTO sqitch.changes VALUES ('bd421624cebd1773aa424e9a814d1ba0aee1d1a0', '5c4b2be44e4ed974a8268c671621c7a5904bd2b7', 'appschema', 'flipr', 'Add schema for all flipr objects.', '2024-01-05 12:35:34.270676+00', 'Ada Lovelace', 'ada@example.com', '2024-01-02 03:04:05+00', 'Ada Lovelace', 'ada@example.com');
INSERT INTO sqitch.changes VALUES ('abf081ee1e39a3df4f9d7ed6817c4de628542053', '60bd878efa39eef8bfabdb2d0a6fa11872956f73', 'users', 'flipr', 'Creates table to track our users.', '2024-01-05 12:35:34.385988+00', 'Ada Lovelace', 'ada@example.com', '2024-01-02 03:10:00+00', 'Ada Lovelace', 'ada@example.com');
INSERT INTO sqitch.changes VALUES ('55b47694c3c51f518b2ba00cdd2a0bf7a4621031', '5f11e465f21858162ee0681f3ca7cbe8842bf0bb', 'flips', 'flipr', 'Table of flips; "short" texts # really', '2024-01-05 12:35:34.497355+00', 'Ada Lovelace', 'ada@example.com', '2024-01-02 03:20:00+00', 'Ben O’Neil', 'ben@example.com');
INSERT INTO sqitch.changes VALUES ('627c24e3fe29f289635d9e8e1156ede058d1f0cb', '186f22efdd82279c9bcee7b370967ed03fa06004', 'userflips', 'flipr', 'Joins both', '2024-01-05 12:35:34.588993+00', 'Ada Lovelace', 'ada@example.com', '2024-01-03 03:04:05+00', 'Ben O’Neil', 'ben@example.com');
INSERT INTO sqitch.changes VALUES ('2153691a774bd6f96a953688653291a128ff65c6', '1f583401dfd4347a52d921faa33efff069023792', 'insert_user', 'flipr', 'Function to insert a user.', '2024-01-05 12:35:34.699232+00', 'Ada Lovelace', 'ada@example.com', '2024-01-04 03:04:05+00', 'Ada Lovelace', 'ada@example.com');
INSERT INTO sqitch.changes VALUES ('1cf4b38babdf93db4962cf3c30d9e1f6ed14aee0', '2661372ede25c99cda7f84135c3d9d5d53090e82', 'hashtags', 'flipr', 'Hash tags of flips', '2024-01-05 12:35:34.782871+00', 'Ada Lovelace', 'ada@example.com', '2024-01-04 04:04:05+00', 'Ben O’Neil', 'ben@example.com');
INSERT INTO sqitch.dependencies VALUES ('abf081ee1e39a3df4f9d7ed6817c4de628542053', 'require', 'appschema', 'bd421624cebd1773aa424e9a814d1ba0aee1d1a0');
INSERT INTO sqitch.dependencies VALUES ('55b47694c3c51f518b2ba00cdd2a0bf7a4621031', 'require', 'appschema', 'bd421624cebd1773aa424e9a814d1ba0aee1d1a0');
INSERT INTO sqitch.dependencies VALUES ('627c24e3fe29f289635d9e8e1156ede058d1f0cb', 'require', 'users', 'abf081ee1e39a3df4f9d7ed6817c4de628542053');
INSERT INTO sqitch.dependencies VALUES ('627c24e3fe29f289635d9e8e1156ede058d1f0cb', 'require', 'flips', '55b47694c3c51f518b2ba00cdd2a0bf7a4621031');
INSERT INTO sqitch.dependencies VALUES ('627c24e3fe29f289635d9e8e1156ede058d1f0cb', 'conflict', 'audit:flips', NULL);
INSERT INTO sqitch.dependencies VALUES ('2153691a774bd6f96a953688653291a128ff65c6', 'require', 'users', 'abf081ee1e39a3df4f9d7ed6817c4de628542053');
INSERT INTO sqitch.dependencies VALUES ('2153691a774bd6f96a953688653291a128ff65c6', 'require', 'appschema', 'bd421624cebd1773aa424e9a814d1ba0aee1d1a0');
INSERT INTO sqitch.dependencies VALUES ('1cf4b38babdf93db4962cf3c30d9e1f6ed14aee0', 'require', 'flips', '55b47694c3c51f518b2ba00cdd2a0bf7a4621031');






INSERT INTO sqitch.projects VALUES ('flipr', 'https://github.com/example/flipr/', '2024-01-05 12:35:34.153548+00', 'Ada Lovelace', 'ada@example.com');
INSERT INTO sqitch.releases VALUES (1.1, '2024-01-05 12:35:34.152109+00', 'Ada Lovelace', 'ada@example.com');
INSERT INTO sqitch.tags VALUES ('579bf7c3b7fa5267b9c3108e5cc2c52d46ff506f', '@v1.0.0-dev1', 'flipr', '627c24e3fe29f289635d9e8e1156ede058d1f0cb', 'Tag v1.0.0-dev1.', '2024-01-05 12:35:34.591869+00', 'Ada Lovelace', 'ada@example.com', '2024-01-03 04:04:05+00', 'Ada Lovelace', 'ada@example.com');
INSERT INTO sqitch.tags VALUES ('a2ec15d763458e7b9e959999cc9d8a63d24125ce', '@v1.0.0-dev2', 'flipr', '1cf4b38babdf93db4962cf3c30d9e1f6ed14aee0', 'Tag v1.0.0-dev2.', '2024-01-05 12:35:34.785705+00', 'Ada Lovelace', 'ada@example.com', '2024-01-05 04:04:05+00', 'Ada Lovelace', 'ada@example.com');
ALTER TABLE ONLY sqitch.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (change_id);
ALTER TABLE ONLY sqitch.changes
    ADD CONSTRAINT changes_project_script_hash_key UNIQUE (project, script_hash);
ALTER TABLE ONLY sqitch.dependencies
    ADD CONSTRAINT dependencies_pkey PRIMARY KEY (change_id, dependency);
ALTER TABLE ONLY sqitch.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (change_id, committed_at);
ALTER TABLE ONLY sqitch.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (project);
ALTER TABLE ONLY sqitch.projects
    ADD CONSTRAINT projects_uri_key UNIQUE (uri);
ALTER TABLE ONLY sqitch.releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (version);
ALTER TABLE ONLY sqitch.tags
    ADD CONSTRAINT tags_pkey PRIMARY KEY (tag_id);
ALTER TABLE ONLY sqitch.tags
    ADD CONSTRAINT tags_project_tag_key UNIQUE (project, tag);
ALTER TABLE ONLY sqitch.changes
    ADD CONSTRAINT changes_project_fkey FOREIGN KEY (project) REFERENCES sqitch.projects(project) ON UPDATE CASCADE;
ALTER TABLE ONLY sqitch.dependencies
    ADD CONSTRAINT dependencies_change_id_fkey FOREIGN KEY (change_id) REFERENCES sqitch.changes(change_id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY sqitch.dependencies
    ADD CONSTRAINT dependencies_dependency_id_fkey FOREIGN KEY (dependency_id) REFERENCES sqitch.changes(change_id) ON UPDATE CASCADE;
ALTER TABLE ONLY sqitch.events
    ADD CONSTRAINT events_project_fkey FOREIGN KEY (project) REFERENCES sqitch.projects(project) ON UPDATE CASCADE;
ALTER TABLE ONLY sqitch.tags
    ADD CONSTRAINT tags_change_id_fkey FOREIGN KEY (change_id) REFERENCES sqitch.changes(change_id) ON UPDATE CASCADE;
ALTER TABLE ONLY sqitch.tags
    ADD CONSTRAINT tags_project_fkey FOREIGN KEY (project) REFERENCES sqitch.projects(project) ON UPDATE CASCADE;
