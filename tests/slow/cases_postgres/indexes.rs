//! Definitions of indexes and keys, most of which aludel builds from the catalog: they equal those of the server
//! literally.

use aludel::database::CatalogRequest;
use aludel::schema::{Attribute, Kind};

use super::place::{Place, ROLES};
use crate::support;

const TABLES: &str = r#"
    CREATE DOMAIN word AS varchar(40) COLLATE "C";
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TYPE pair AS (a int, b int);
    CREATE TABLE t (id int PRIMARY KEY, big bigint, small smallint, o oid, re regclass, v varchar(9), v_c varchar COLLATE "C",
        t text, t_de text COLLATE "de-x-icu", c char(5), n name, ch "char", w word, m mood, p pair, xs int[], vs varchar[], r int4range, i inet,
        ci cidr, j jsonb, b bytea, u uuid, at timestamptz, d date, money numeric(9, 2), pt point, ts tsvector, bits varbit,
        "Odd name" text, "select" text, UNIQUE (big, small));
    CREATE TABLE parts (id int, k text) PARTITION BY LIST (k);
    CREATE TABLE part_a PARTITION OF parts FOR VALUES IN ('a');"#;

/// Text after `USING`, with and without details that the definition has to contain.
const INDEXES: &[&str] = &[
    "btree (big)",
    "btree (big, small DESC)",
    "btree (big NULLS FIRST)",
    "btree (small oid_ops)",
    "btree (id oid_ops)",
    "btree (o)",
    "btree (re)",
    "btree (v)",
    "btree (v varchar_pattern_ops)",
    "btree (v text_pattern_ops)",
    "btree (v COLLATE \"C\")",
    "btree (v_c)",
    "btree (v_c COLLATE \"default\")",
    "btree (t, t_de, c, n, ch)",
    "btree (c bpchar_pattern_ops)",
    "btree (n COLLATE \"default\")",
    "btree (t_de COLLATE \"C\")",
    "btree (w, m, p)",
    "btree (w COLLATE \"default\")",
    "btree (xs, vs, r, i, ci)",
    "btree (j, b, u, at, d, money, bits)",
    "btree (\"Odd name\", \"select\")",
    "btree (lower(t), id)",
    "btree (id) WHERE id > 3",
    "btree (id) INCLUDE (t)",
    "hash (v)",
    "hash (xs)",
    "gin (j)",
    "gin (j jsonb_path_ops)",
    "gin (xs)",
    "gin (ts)",
    "gist (ts)",
    "gist (ts tsvector_ops (siglen = 100))",
    "gist (r)",
    "gist (i inet_ops)",
    "gist (ci inet_ops)",
    "gist (pt)",
    "spgist (pt)",
    "spgist (pt kd_point_ops)",
    "spgist (t)",
    "brin (at)",
    "brin (at timestamptz_minmax_multi_ops)",
    "brin (id) WITH (pages_per_range = 4)",
    "btree (d) WITH (fillfactor = 70)",
];

#[test]
fn an_index_reads_as_the_server_writes_it() {
    let _ = support::postgres().try_shell("", ROLES);
    let mut place = Place::new();
    place.run(TABLES).unwrap();
    let mut made = 0;
    for (number, rest) in INDEXES.iter().enumerate() {
        // Some combinations are not valid indexes.
        made += u32::from(place.run(&format!("CREATE INDEX i{number} ON t USING {rest}")).is_ok());
    }
    // Older servers do not support some of them.
    assert!(made >= 30, "{made}");
    let _ = place.run("CREATE UNIQUE INDEX \"I\"\"101\" ON t (m) NULLS NOT DISTINCT");
    let others = "CREATE UNIQUE INDEX i100 ON t (t, v); \
                  CREATE INDEX i102 ON parts (k, id); CREATE EXTENSION citext; ALTER TABLE t ADD ct citext; \
                  CREATE INDEX i103 ON t (ct); CREATE INDEX i104 ON t (ct text_ops); \
                  CREATE OPERATOR CLASS mine FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, \
                  OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int); CREATE INDEX i105 ON t (id mine)";
    place.run(others).unwrap();
    let written = "SET search_path = ''; SELECT c.relname, regexp_replace(pg_get_indexdef(c.oid), ' WITH \\(.*', '') \
                   FROM pg_class c WHERE c.relkind IN ('i', 'I') AND c.relname ~* '^i' AND c.oid >= 16384";
    let written = place.database().execute(written).unwrap().pop().unwrap();
    place.run("RESET search_path").unwrap();
    let schema = place.database().catalog(&CatalogRequest::default()).unwrap();
    let mut seen = 0;
    for row in &written {
        let [Some(name), Some(text)] = row.as_slice() else { panic!("{row:?}") };
        let index = schema.objects().find(|object| object.key.kind == Kind::Index && object.key.name == *name).unwrap();
        let definition = index.text(Attribute::Definition).unwrap();
        assert!(text.ends_with(&format!(" {definition}")), "{definition}\n{text}");
        assert!(definition.starts_with("USING "), "{definition}");
        seen += 1;
    }
    assert!(seen > made);
}

#[test]
fn a_key_reads_as_the_server_writes_it() {
    let _ = support::postgres().try_shell("", ROLES);
    let mut place = Place::new();
    let keys = r#"
        CREATE TABLE t (a int, b int, "Odd, name" text, "select" int, id int, PRIMARY KEY (b, a) INCLUDE (id), UNIQUE (id),
            UNIQUE ("select", "Odd, name"), UNIQUE (b) DEFERRABLE INITIALLY DEFERRED,
            UNIQUE (a, id) WITH (fillfactor = 60), EXCLUDE USING btree (a WITH =));
        CREATE TABLE parts (k int, id int, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
        CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)"#;
    place.run(keys).unwrap();
    // Servers without NULLS NOT DISTINCT have one key less.
    let is_known = place.run("ALTER TABLE t ADD CONSTRAINT n UNIQUE NULLS NOT DISTINCT (a)").is_ok();
    let written = "SELECT conname, conrelid::regclass, regexp_replace(pg_get_constraintdef(oid), ' DEFERRABLE.*', '') \
                   FROM pg_constraint WHERE oid >= 16384 AND contype IN ('p', 'u', 'x')";
    let written = place.database().execute(written).unwrap().pop().unwrap();
    let schema = place.database().catalog(&CatalogRequest::default()).unwrap();
    assert_eq!(written.len(), if is_known { 9 } else { 8 });
    for row in &written {
        let [Some(name), Some(table), Some(text)] = row.as_slice() else { panic!("{row:?}") };
        let is_it = |key: &aludel::schema::Key| key.name == *name && key.table.as_ref() == Some(table);
        let key = schema.objects().find(|object| is_it(&object.key)).unwrap();
        assert_eq!(key.text(Attribute::Definition), Some(text.as_str()));
    }
}
