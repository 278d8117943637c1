//! Every kind of object in the server's catalogs is either modelled or reported as not modelled.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{Place, ROLES};
use crate::support;
use crate::support::cases::Case;

/// Treatment of the contents of a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Part of the model.
    Modelled,
    /// Reported as an object of this kind. [`ONE_OF_EACH`] contains one.
    Named(&'static str),
    /// Covered by the objects of another catalog.
    With(&'static str),
    /// Not part of the schema of one database: objects of the server, or information about rows.
    Outside,
}

use Told::{Modelled, Named, Outside, With};

/// All catalogs of PostgreSQL 12 to 18.
const CATALOGS: &[(&str, Told)] = &[
    ("pg_aggregate", Modelled),
    ("pg_am", Named("access method")),
    ("pg_amop", Named("operator family member")),
    ("pg_amproc", Named("operator family member")),
    ("pg_attrdef", Modelled),
    ("pg_attribute", Modelled),
    ("pg_auth_members", Outside),
    ("pg_authid", Outside),
    ("pg_cast", Named("cast")),
    ("pg_class", Modelled),
    ("pg_collation", Modelled),
    ("pg_constraint", Modelled),
    ("pg_conversion", Named("conversion")),
    ("pg_database", Outside),
    ("pg_db_role_setting", Named("database setting")),
    ("pg_default_acl", Named("default privileges")),
    ("pg_depend", With("pg_class")),
    ("pg_description", Modelled),
    ("pg_enum", Modelled),
    ("pg_event_trigger", Modelled),
    ("pg_extension", Modelled),
    ("pg_foreign_data_wrapper", Named("foreign data wrapper")),
    ("pg_foreign_server", Named("foreign server")),
    ("pg_foreign_table", Named("foreign table")),
    ("pg_index", Modelled),
    ("pg_inherits", Modelled),
    ("pg_init_privs", Outside),
    ("pg_language", Named("language")),
    ("pg_largeobject", Outside),
    ("pg_largeobject_metadata", Named("large objects")),
    ("pg_namespace", Modelled),
    ("pg_opclass", Named("operator class")),
    ("pg_operator", Named("operator")),
    ("pg_opfamily", Named("operator family")),
    ("pg_parameter_acl", Outside),
    ("pg_partitioned_table", Modelled),
    ("pg_pltemplate", Outside),
    ("pg_policy", Modelled),
    ("pg_proc", Modelled),
    ("pg_publication", Named("publication")),
    ("pg_publication_namespace", With("pg_publication")),
    ("pg_publication_rel", With("pg_publication")),
    ("pg_range", Modelled),
    ("pg_replication_origin", Outside),
    ("pg_rewrite", Modelled),
    ("pg_seclabel", Named("security label")),
    ("pg_sequence", Modelled),
    ("pg_shdepend", Outside),
    ("pg_shdescription", Outside),
    ("pg_shseclabel", Outside),
    ("pg_statistic", Outside),
    ("pg_statistic_ext", Named("statistics object")),
    ("pg_statistic_ext_data", Outside),
    ("pg_subscription", Named("subscription")),
    ("pg_subscription_rel", With("pg_subscription")),
    ("pg_tablespace", Outside),
    ("pg_transform", Named("transform")),
    ("pg_trigger", Modelled),
    ("pg_ts_config", Named("text search configuration")),
    ("pg_ts_config_map", With("pg_ts_config")),
    ("pg_ts_dict", Named("text search dictionary")),
    ("pg_ts_parser", Named("text search parser")),
    ("pg_ts_template", Named("text search template")),
    ("pg_type", Modelled),
    ("pg_user_mapping", Named("user mapping")),
];

/// One object of each kind that is not modelled, including kinds whose catalog also holds modelled objects.
const ONE_OF_EACH: &str = "
    CREATE FUNCTION heap_again(internal) RETURNS table_am_handler LANGUAGE internal AS 'heap_tableam_handler';
    CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_again;
    CREATE FUNCTION as_text(box) RETURNS xml LANGUAGE sql IMMUTABLE AS $$ SELECT NULL::xml $$;
    CREATE CAST (box AS xml) WITH FUNCTION as_text(box);
    CREATE CONVERSION from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); END $$;
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO case_reader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO case_reader;
    CREATE FOREIGN DATA WRAPPER wrapper;
    CREATE SERVER \"Far Away\" FOREIGN DATA WRAPPER wrapper;
    CREATE USER MAPPING FOR case_reader SERVER \"Far Away\";
    CREATE FOREIGN TABLE far_table (id integer CHECK (id > 0)) SERVER \"Far Away\";
    CREATE LANGUAGE sql_again HANDLER plpgsql_call_handler;
    SELECT lo_create(0);
    CREATE FUNCTION near(box, box) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
    CREATE OPERATOR ==== (LEFTARG = box, RIGHTARG = box, FUNCTION = near);
    CREATE OPERATOR FAMILY whole USING btree;
    CREATE FUNCTION compared(circle, circle) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 0 $$;
    CREATE OPERATOR CLASS circles FOR TYPE circle USING btree FAMILY whole AS FUNCTION 1 compared(circle, circle);
    CREATE FUNCTION compared(integer, circle) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 0 $$;
    ALTER OPERATOR FAMILY integer_ops USING btree ADD FUNCTION 1 (integer, circle) compared(integer, circle);
    CREATE FUNCTION less(integer, circle) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
    CREATE OPERATOR <<<< (LEFTARG = integer, RIGHTARG = circle, FUNCTION = less);
    ALTER OPERATOR FAMILY integer_ops USING btree ADD OPERATOR 1 <<<< (integer, circle);
    CREATE PUBLICATION everything FOR ALL TABLES;
    CREATE TABLE plain (id integer, twice integer);
    INSERT INTO pg_seclabel VALUES ('plain'::regclass, 'pg_class'::regclass, 0, 'provider', 'secret');
    CREATE STATISTICS two_columns ON id, twice FROM plain;
    CREATE SUBSCRIPTION abroad CONNECTION 'dbname=nowhere' PUBLICATION p
        WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false);
    CREATE TRANSFORM FOR box LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));
    CREATE TEXT SEARCH CONFIGURATION searching (COPY = simple);
    CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple);
    CREATE TEXT SEARCH PARSER parsing (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
    CREATE TEXT SEARCH TEMPLATE template (LEXIZE = dsimple_lexize);
    CREATE TYPE span AS RANGE (subtype = integer);
    CREATE TYPE shell;
    CREATE TYPE base;
    CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
    CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
    CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = integer);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TABLE parts (id integer) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (10);
    CREATE TRIGGER touched AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION touch();
    ALTER TABLE part DISABLE TRIGGER touched;
    CREATE EXTENSION citext;
    ALTER FUNCTION touch() DEPENDS ON EXTENSION citext;
    CREATE TABLE brought (id integer);
    CREATE POLICY mine ON brought;
    ALTER EXTENSION citext ADD TABLE brought;";

const EXPECTED: &[(&str, &str)] = &[
    ("access method", "heap_again"),
    ("base type", "public.base"),
    ("cast", "(box AS xml)"),
    ("conversion", "public.from_latin"),
    ("database setting", "work_mem"),
    ("default privileges", "for role case_owner in schema public on sequences"),
    ("default privileges", "for role case_owner on tables"),
    ("foreign data wrapper", "wrapper"),
    ("foreign server", "\"Far Away\""),
    ("foreign table", "public.far_table"),
    ("language", "sql_again"),
    ("large objects", "in this database"),
    ("operator", "public.<<<<(integer,circle)"),
    ("operator", "public.====(box,box)"),
    ("operator class", "public.circles USING btree"),
    ("operator family", "public.whole USING btree"),
    ("policy of an extension's table", "mine"),
    ("publication", "everything"),
    ("security label", "table public.plain provider"),
    ("shell type", "public.shell"),
    ("state of a partition's trigger", "public.part.touched"),
    ("statistics object", "public.two_columns"),
    ("subscription", "abroad"),
    ("text search configuration", "public.searching"),
    ("text search dictionary", "public.words"),
    ("text search parser", "public.parsing"),
    ("text search template", "public.template"),
    ("tie to an extension", "function public.touch() to citext"),
    ("transform", "for box language plpgsql"),
    ("user mapping", "case_reader on server Far Away"),
];

#[test]
fn what_is_not_modelled_is_named_whatever_its_kind() {
    let _ = support::postgres().try_shell("", ROLES);
    let mut place = Place::new();
    place.run(ONE_OF_EACH).unwrap();
    let found = place.read(&Case::default(), false);
    place.run("DROP SUBSCRIPTION abroad").unwrap();
    let found: BTreeSet<(String, String)> =
        // PostgreSQL up to 17 prints "for box on language".
        found.unwrap().unmodelled.into_iter().map(|object| (object.kind, object.name.replace(" on language", " language"))).collect();
    let (members, found): (BTreeSet<_>, BTreeSet<_>) =
        found.into_iter().partition(|(kind, _)| kind == "operator family member");
    assert_eq!(members.len(), 2, "{members:?}");
    assert!(members.iter().all(|(_, name)| name.contains("integer_ops")), "{members:?}");
    let expected = EXPECTED.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_catalog_of_the_server_is_modelled_or_named_or_none_of_a_schema() {
    let mut place = Place::new();
    let query = "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'";
    let rows = place.database().execute(query).unwrap();
    let catalogs: BTreeMap<&str, Told> = CATALOGS.iter().copied().collect();
    let unknown: Vec<String> =
        rows[0].iter().filter_map(|row| row[0].clone()).filter(|name| !catalogs.contains_key(name.as_str())).collect();
    assert!(unknown.is_empty(), "nobody says what becomes of what is in {unknown:?}");
    for (catalog, told) in CATALOGS {
        match told {
            Named(kind) => {
                let is_made = *kind == "operator family member" || EXPECTED.iter().any(|(named, _)| named == kind);
                assert!(is_made, "no {kind} (of {catalog}) is made");
            }
            With(other) => assert!(catalogs.contains_key(other), "{catalog}: {other}"),
            Modelled | Outside => {}
        }
    }
}
