//! Features of newer servers only: named NOT NULL constraints (PostgreSQL 18; on domains 17) and temporal keys. On an
//! older server these tests print that there is nothing to test.

use super::{all_is_well, configure, desiring, generate, same};
use crate::support;
use crate::support::project::{Kind, Project};

const OLD: &str = "CREATE TABLE t (id integer CONSTRAINT t_id_is NOT NULL, n integer NOT NULL, o integer, p integer, q integer);\n\
    COMMENT ON CONSTRAINT t_n_not_null ON t IS 'old';\n\
    ALTER TABLE t ADD CONSTRAINT q_open NOT NULL q NOT VALID;\n\
    CREATE DOMAIN d AS integer CONSTRAINT d_is NOT NULL;\n\
    CREATE DOMAIN e AS integer;\n";

const NEW: &str = "CREATE TABLE t (id integer CONSTRAINT other NOT NULL, n integer NOT NULL NO INHERIT, o integer CONSTRAINT \"o is\" NOT NULL, \
    p integer, q integer CONSTRAINT q_open NOT NULL, r integer CONSTRAINT r_is NOT NULL DEFAULT 1);\n\
    COMMENT ON CONSTRAINT t_n_not_null ON t IS 'new';\n\
    ALTER TABLE t ADD CONSTRAINT p_open NOT NULL p NOT VALID;\n\
    COMMENT ON CONSTRAINT \"o is\" ON t IS 'o''s';\n\
    CREATE DOMAIN d AS integer CONSTRAINT d_other NOT NULL;\n\
    COMMENT ON CONSTRAINT d_other ON DOMAIN d IS 'd';\n\
    CREATE DOMAIN e AS integer CONSTRAINT e_is NOT NULL;\n\
    CREATE TABLE u (id integer PRIMARY KEY, c integer CONSTRAINT c_is NOT NULL);\n";

#[test]
fn names_comments_inheritance_and_validity_lead_there_and_back() {
    let (project, url) = desiring(Kind::Postgres, OLD);
    if !is_at_least(&project, &url, 18, "constraints behind NOT NULL have no names there") {
        return;
    }
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    project.shell(Kind::Postgres, &url, "INSERT INTO t VALUES (1, 2, 3, 4, 5);");
    project.ok(&["revision", "-m", "what it was before", "--rev-id", "feed0001"]);
    project.write("schema.sql", NEW);
    let texts = generate(&project, &[]).concat();
    assert!(texts.contains("RENAME CONSTRAINT t_id_is TO other"), "{texts}");
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    // The inspected schema recreates the same database.
    let other = project.new_database(Kind::Postgres, "anew");
    project.shell(Kind::Postgres, &other, &project.ok(&["inspect"]));
    same(&project, "database", &other);
    project.ok(&["downgrade", "feed0001", "--yes"]);
    project.write("old.sql", OLD);
    same(&project, "database", "old.sql");
    configure(&project, &url, "    schema: old.sql\n");
}

#[test]
fn a_temporal_key_is_made_at_once_where_others_are_built_concurrently() {
    let columns = "id int4range NOT NULL, valid daterange NOT NULL";
    let old = format!("CREATE TABLE t ({columns});\n");
    let (project, url) = desiring(Kind::Postgres, &old);
    if !is_at_least(&project, &url, 18, "there are no temporal keys") {
        return;
    }
    project.revision("aaaa", "", &old, "DROP TABLE t;");
    let keys = "CONSTRAINT t_pkey PRIMARY KEY (id, valid WITHOUT OVERLAPS), CONSTRAINT t_u UNIQUE (valid, id WITHOUT OVERLAPS)";
    project.write("schema.sql", &format!("CREATE TABLE t ({columns}, {keys});\n"));
    let texts = generate(&project, &[]).concat();
    assert!(!texts.contains("FILL IN"), "{texts}");
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    project.ok(&["downgrade", "aaaa", "--yes"]);
    project.write("schema.sql", &old);
    same(&project, "database", "schema");
}

/// Returns `true` if the server has at least this major version; otherwise prints the reason why the test is skipped.
fn is_at_least(project: &Project, url: &str, major: u32, reason: &str) -> bool {
    let number = project.shell(Kind::Postgres, url, "SHOW server_version_num;");
    let found = number.trim().parse::<u32>().unwrap_or_default() / 10_000;
    if found < major {
        support::cases::say(&format!("nothing to prove on PostgreSQL {found}: {reason}"));
    }
    found >= major
}
