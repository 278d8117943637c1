//! Order of the statements of a script. Their text comes from the neighbouring modules.

mod programs;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use self::programs::ScriptSession;
use super::names::table_name;
use super::{program, rename};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::schema::{
    Change, Key, Kind, Object, Options, Schema, Script, Statement, StatementNote, difference, in_order,
};

/// Returns the statements that turn `from` into `to`.
pub(super) fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    let (before, renames) = rename::renamed(from, &options.renames);
    let mut script = Script::default();
    for statement in renames {
        script.push(true, statement);
    }
    let found = difference(&before, to);
    // An object that either side does not model may exist there under this name: nothing is planned for it.
    let unknown: BTreeSet<_> = found.unmodelled.iter().map(|other| (class(&other.kind), other.name.as_str())).collect();
    // A trigger counts as a part of its table.
    let class_of = |key: &Key| if key.table.is_some() { "relation" } else { class(key.kind.words()) };
    let is_known = |key: &Key| !unknown.contains(&(class_of(key), table_name(key)));
    let changes = found.changes.iter().filter(|change| is_known(change.key()));
    let changes: BTreeMap<_, _> = changes.map(|change| (change.key(), *change)).collect();
    let columns = changes.keys().filter(|key| key.kind == Kind::Column);
    let mut plan = MysqlPlanner {
        from: &before,
        to,
        options,
        reshaped: columns.filter_map(|key| key.table.as_deref()).collect(),
        changes,
        session: ScriptSession::default(),
        replaces: [&before, to]
            .iter()
            .all(|schema| MysqlFlavour::from_handle(schema.flavour).has_create_or_replace_program()),
        statements: Vec::new(),
    };
    plan.all();
    for statement in plan.statements {
        script.push(true, statement);
    }
    script
}

/// Returns the name space of a kind: routines of each kind and events have their own; tables and everything that
/// belongs to a table share one.
fn class(kind: &str) -> &'static str {
    let apart = ["function", "procedure", "package", "event", "trigger", "table option", "privileges"];
    apart.into_iter().find(|class| kind.starts_with(class)).unwrap_or("relation")
}

struct MysqlPlanner<'s> {
    from: &'s Schema,
    to: &'s Schema,
    options: &'s Options,
    changes: BTreeMap<&'s Key, Change<'s>>,
    session: ScriptSession,
    /// The server can replace routines, triggers and events in one statement, which keeps their privileges.
    replaces: bool,
    /// Tables with added, dropped or altered columns.
    reshaped: BTreeSet<&'s str>,
    statements: Vec<Statement>,
}

impl<'s> MysqlPlanner<'s> {
    fn all(&mut self) {
        // Dependents are dropped before the tables change and created afterwards. Foreign keys follow the same pattern,
        // because the server refuses to alter columns and keys that they use. A sequence outlives the tables, whose
        // defaults may use it.
        let triggers = self.triggers_anew();
        self.drop_kind(Kind::Event, &BTreeSet::new());
        self.drop_triggers(&triggers);
        self.drop_kind(Kind::View, &BTreeSet::new());
        let keys = self.foreign_keys_anew();
        self.drop_foreign_keys(&keys);
        self.drop_routines();
        self.drop_tables();
        self.sequences();
        self.make_routines();
        self.drop_checks_whose_names_move();
        let waiting = self.make_tables();
        self.alter_tables();
        self.add_foreign_keys(&keys, &waiting);
        self.drop_kind(Kind::Sequence, &BTreeSet::new());
        self.make_views();
        self.make_triggers(&triggers);
        self.events();
        self.session.restore(&mut self.statements);
    }

    fn of_kind(&self, kind: Kind) -> Vec<Change<'s>> {
        self.changes.values().filter(|change| change.key().kind == kind).copied().collect()
    }

    fn added(&self, kind: Kind) -> Vec<&'s Object> {
        let added = |change: Change<'s>| match change {
            Change::Add(object) => Some(object),
            _ => None,
        };
        self.of_kind(kind).into_iter().filter_map(added).collect()
    }

    fn dropped(&self, kind: Kind) -> Vec<&'s Object> {
        let dropped = |change: Change<'s>| match change {
            Change::Drop(object) => Some(object),
            _ => None,
        };
        self.of_kind(kind).into_iter().filter_map(dropped).collect()
    }

    /// Returns whether the object's table is created or dropped as a whole.
    fn is_whole(&self, key: &Key) -> bool {
        let change = key.parent(Kind::Table).and_then(|table| self.changes.get(&table));
        matches!(change, Some(Change::Add(_) | Change::Drop(_)))
    }

    fn drop_kind(&mut self, kind: Kind, but: &BTreeSet<&Key>) {
        let gone = self.dropped(kind);
        for object in in_order(gone).into_iter().rev().filter(|object| !but.contains(&object.key)) {
            let statement = program::drop(object);
            self.statements.push(match kind {
                Kind::Sequence => statement.note(StatementNote::Loses(format!("the count of {}", object.key))),
                _ => statement,
            });
        }
    }

    fn sequences(&mut self) {
        for change in self.of_kind(Kind::Sequence) {
            match change {
                Change::Add(object) => self.statements.push(program::create(object, None, self.options.owners, false)),
                Change::Alter { before, after } => {
                    self.statements.extend(program::alter_sequence(after, before));
                }
                Change::Drop(_) => {}
            }
        }
    }
}
