//! Numbers that columns take from sequences: the next one must not be taken by a row already.

use std::collections::BTreeSet;

use aludel::database::Database;

/// Query for each column with a default that takes numbers from a sequence, or with an identity: its name, and a query
/// for the rows that have the next number.
const COLUMNS: &str = "
    SELECT a.attrelid::regclass || '.' || a.attname, format(
        'SELECT count(*) FROM %s WHERE %I = (SELECT last_value + CASE WHEN is_called THEN %s ELSE 0 END FROM %s)',
        a.attrelid::regclass, a.attname, s.seqincrement, d.objid_of::regclass)
    FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p')
    JOIN (
        SELECT d.adrelid AS of_table, d.adnum AS of_column, n.refobjid AS objid_of
        FROM pg_attrdef d JOIN pg_depend n ON n.classid = 'pg_attrdef'::regclass AND n.objid = d.oid
        AND n.refclassid = 'pg_class'::regclass
        WHERE pg_get_expr(d.adbin, d.adrelid) ~ '^nextval\\(''[^'']+''::regclass\\)$'
        UNION ALL
        SELECT refobjid, refobjsubid, objid FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype = 'i'
    ) d ON d.of_table = a.attrelid AND d.of_column = a.attnum
    JOIN pg_sequence s ON s.seqrelid = d.objid_of
    WHERE t.relnamespace = 'public'::regnamespace AND a.atttypid IN
        ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)";

/// Returns the columns whose next number a row has.
pub fn taken(database: &mut dyn Database) -> Result<BTreeSet<String>, String> {
    let mut run = |query: &str| database.execute(query).map_err(|error| format!("{query}: {error:?}"));
    let columns = run(COLUMNS)?.pop().unwrap_or_default();
    let mut taken = BTreeSet::new();
    for row in columns {
        let [Some(column), Some(query)] = row.as_slice() else { return Err(format!("no column: {row:?}")) };
        let found = run(query)?;
        if found[0][0][0].as_deref() != Some("0") {
            taken.insert(column.clone());
        }
    }
    Ok(taken)
}

/// Checks that no column has its next number taken that had not before.
pub fn free(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Result<(), String> {
    let new: Vec<&String> = after.difference(before).collect();
    if new.is_empty() { Ok(()) } else { Err(format!("the next number is taken: {new:?}")) }
}
