//! Clauses of one table's ALTER TABLE, and their grouping into statements.

use crate::dialects::mysql::schema::algorithm::{Algorithm, Means};
use crate::dialects::mysql::schema::create;
use crate::dialects::mysql::schema::names::{quoted, table_name};
use crate::schema::{Attribute, Kind, Object, Statement, StatementNote};

/// A clause with the algorithm it needs.
#[derive(Debug)]
struct Clause {
    way: Algorithm,
    sql: String,
    notes: Vec<StatementNote>,
    stage: AlterStage,
}

/// Group of clauses that share a statement, in execution order. A copy takes all clauses in one statement instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum AlterStage {
    /// Drop of a functional index: MySQL drops it, with its hidden virtual columns, only in a statement of its own.
    SingleDrop(usize),
    /// Drops of checks and indexes that use dropped columns. Merged with [`AlterStage::Cut`] unless a virtual column is
    /// dropped.
    Loose,
    /// Drops of virtual columns, which the server combines with nothing else.
    CutVirtual,
    /// Drops of other columns, with their indexes.
    Cut,
    /// Changes of metadata only.
    Instant,
    /// Column and option changes that write rows. Merged with [`AlterStage::InPlace`] unless a virtual column is added in
    /// between.
    Columns,
    /// Additions of virtual columns.
    AddVirtual,
    /// Index builds and other changes that allow concurrent reads and writes.
    InPlace,
    /// An index build that needs a statement of its own.
    Single(usize),
}

#[derive(Debug)]
pub(super) struct Clauses {
    pub(super) means: Means,
    clauses: Vec<Clause>,
    /// All clauses share one statement, except indexes that need their own. Set where drops cannot go first: a table
    /// must keep a column, an AUTO_INCREMENT column its key.
    pub(super) is_whole: bool,
}

impl Clauses {
    pub(super) const fn new(means: Means) -> Self {
        Self { means, clauses: Vec::new(), is_whole: false }
    }

    fn push(&mut self, stage: AlterStage, way: Algorithm, sql: String, notes: Vec<StatementNote>) {
        self.clauses.push(Clause { way, sql, notes, stage });
    }

    pub(super) fn add(&mut self, way: Algorithm, sql: String, notes: impl IntoIterator<Item = StatementNote>) {
        let stage = if way == Algorithm::Instant { AlterStage::Instant } else { AlterStage::Columns };
        self.push(stage, way, sql, notes.into_iter().collect());
    }

    pub(super) fn add_column(&mut self, column: &Object, sql: String) {
        let way = self.means.add_column(column);
        if is_virtual(column) {
            self.push(AlterStage::AddVirtual, way, sql, Vec::new());
        } else {
            self.add(way, sql, None);
        }
    }

    pub(super) fn drop_column(&mut self, column: &Object) {
        let note = StatementNote::Loses(format!("the values of {}", column.key));
        let notes = if column.has(Attribute::Generated) { Vec::new() } else { vec![note] };
        self.cut_column(column, notes);
    }

    /// Drops a column, which may be re-created afterwards.
    pub(super) fn cut_column(&mut self, column: &Object, notes: Vec<StatementNote>) {
        let stage = if is_virtual(column) { AlterStage::CutVirtual } else { AlterStage::Cut };
        self.push(stage, self.means.drop_column(column), format!("DROP COLUMN {}", quoted(&column.key.name)), notes);
    }

    /// Drops a check. It goes before the columns it uses.
    pub(super) fn drop_check(&mut self, sql: String) {
        self.push(AlterStage::Loose, Algorithm::Instant, sql, Vec::new());
    }

    pub(super) fn drop_index(&mut self, index: &Object, with_column: bool, is_replaced: bool) {
        let is_primary = index.key.kind == Kind::PrimaryKey;
        let sql =
            if is_primary { "DROP PRIMARY KEY".to_owned() } else { format!("DROP INDEX {}", quoted(&index.key.name)) };
        let way = match (is_primary, is_replaced) {
            // Dropping a primary key copies the table, unless the same statement adds another.
            (true, false) => Algorithm::Copy,
            (true, true) => self.means.rebuild(),
            _ if create::is_functional(index) && index.has(Attribute::IsUnique) => Algorithm::Copy,
            _ if index.text(Attribute::Method) == Some("vector") => Algorithm::Copy,
            _ => Algorithm::InPlace,
        };
        let stage = match with_column {
            _ if create::is_functional(index) => AlterStage::SingleDrop(self.clauses.len()),
            true => AlterStage::Loose,
            false => AlterStage::InPlace,
        };
        self.push(stage, way, sql, Vec::new());
    }

    pub(super) fn add_index(&mut self, index: &Object) {
        let is_primary = index.key.kind == Kind::PrimaryKey;
        let way = if is_primary { self.means.rebuild() } else { Means::add_index(index) };
        let is_single = way == Algorithm::InPlaceShared && !is_primary;
        let stage = if is_single { AlterStage::Single(self.clauses.len()) } else { AlterStage::InPlace };
        self.push(stage, way, format!("ADD {}", create::clause(index)), create::warning(index).into_iter().collect());
    }

    /// Returns the statements: a single one if the table is copied anyway, otherwise one for each stage.
    pub(super) fn statements(self, table: &Object, online: bool) -> Vec<Statement> {
        // A single clause that needs a copy makes the whole statement copy. Then one statement for everything copies
        // only once; without one, separate stages keep the cheap clauses cheap, each with the algorithm it asserts.
        let copies = self.means.copies || self.clauses.iter().any(|clause| clause.way == Algorithm::Copy);
        let mut groups: Vec<(AlterStage, Vec<Clause>)> = Vec::new();
        let mut clauses = self.clauses;
        for (apart, stage, instead) in [
            (AlterStage::CutVirtual, AlterStage::Loose, AlterStage::Cut),
            (AlterStage::AddVirtual, AlterStage::Columns, AlterStage::InPlace),
        ] {
            if !clauses.iter().any(|clause| clause.stage == apart) {
                clauses.iter_mut().filter(|clause| clause.stage == stage).for_each(|clause| clause.stage = instead);
            }
        }
        if !copies && !self.is_whole && self.means.full_text_rebuilds() {
            join_rebuild(&mut clauses);
        }
        if !copies && !self.is_whole {
            clauses.sort_by_key(|clause| clause.stage);
        }
        for clause in clauses {
            let is_one =
                copies || self.is_whole && !matches!(clause.stage, AlterStage::Single(_) | AlterStage::SingleDrop(_));
            let stage = if is_one { AlterStage::Cut } else { clause.stage };
            match groups.iter_mut().find(|(other, _)| *other == stage) {
                Some((_, group)) => group.push(clause),
                None => groups.push((stage, vec![clause])),
            }
        }
        groups.into_iter().map(|(_, group)| statement(table, group, copies, online)).collect()
    }
}

/// Moves changes that rebuild the table into the statement that adds the table's first full-text index, which rebuilds
/// it too. Does nothing if other changes come between them.
fn join_rebuild(clauses: &mut [Clause]) {
    let is_first_index =
        |clause: &Clause| matches!(clause.stage, AlterStage::Single(_)) && clause.sql.starts_with("ADD FULLTEXT ");
    let late = || clauses.iter().filter(|clause| clause.stage > AlterStage::Instant);
    let mut indexes = late().filter(|clause| is_first_index(clause)).map(|clause| clause.stage);
    let (Some(stage), None) = (indexes.next(), indexes.next()) else { return };
    if late().all(|clause| clause.way == Algorithm::InPlaceShared) {
        let moved = clauses.iter_mut().filter(|clause| clause.stage > AlterStage::Instant);
        moved.for_each(|clause| clause.stage = stage);
    }
}

fn is_virtual(column: &Object) -> bool {
    column.text(Attribute::GeneratedKind) == Some("virtual")
}

fn statement(table: &Object, clauses: Vec<Clause>, copies: bool, online: bool) -> Statement {
    let name = quoted(table_name(&table.key));
    let way = clauses.iter().map(|clause| clause.way).max().unwrap_or(Algorithm::Instant);
    let way = if copies { Algorithm::Copy } else { way };
    let parts: Vec<&str> = clauses.iter().map(|clause| clause.sql.as_str()).collect();
    let join = if parts.len() > 1 { ",\n  " } else { ", " };
    let lead = if parts.len() > 1 { "\n  " } else { " " };
    let asserted = if online { way.asserted() } else { "" };
    let mut statement = Statement::new(format!("ALTER TABLE {name}{lead}{}{asserted}", parts.join(join)));
    statement.notes = clauses.iter().flat_map(|clause| clause.notes.iter().cloned()).collect();
    if online {
        statement.notes.extend(way.notes(table_name(&table.key)));
    }
    statement
}
