//! Steps of a column: NOT NULL through a validated check, identities, and defaults that are dropped while an object
//! they use changes.

use super::action::ObjectAction;
use super::build::Builder;
use super::make::made;
use super::order::Number;
use super::ownership::{follows, same_above, tables_above};
use super::step::{PlannedStatement, StepMode, StepPhase};
use crate::dialects::postgres::schema::temporary_name::{temporary_constraint_name, temporary_relation_name};
use crate::dialects::postgres::schema::{alter, name};
use crate::schema::{Attribute, Key, Kind, Object, Script, StatementNote};

impl<'s> Builder<'_, 's> {
    /// Adds the steps for a new column of an existing table, which may have rows.
    pub(super) fn make_column(&mut self, object: &'s Object) {
        let key = &object.key;
        if object.has(Attribute::Identity) && self.has_tables_below(key) {
            let lines = self.numbered_column(object);
            self.made_only(key, lines);
            return;
        }
        if !has_to_be_filled(object) {
            let lines = made(object, self.actions.to);
            self.made_only(key, lines);
            return;
        }
        // NOT NULL without a default: add the column as nullable, backfill it, then set NOT NULL.
        let mut open = object.clone();
        open.attributes.remove(&Attribute::NotNull);
        let lines = made(&open, self.actions.to);
        let added = self.made_only(key, lines);
        let placeholder = StatementNote::Placeholder(format!("a value of {key} for the existing rows"));
        let filled = self.fill(key, Script::PLACEHOLDER, placeholder, added);
        let last = self.not_null(object, added, Some(filled));
        self.complete_at.insert(key, last);
    }

    fn has_tables_below(&self, column: &Key) -> bool {
        let table = super::links::parent(column, self.actions.from);
        table.is_some_and(|table| {
            let above = self.actions.old_links.above(&table.key);
            above.iter().filter_map(|key| self.actions.from.get(key)).any(|below| {
                below.key.kind == Kind::Table
                    && tables_above(below, self.actions.from).iter().any(|above| above.key == table.key)
            })
        })
    }

    /// Adds an identity column to a table with children, which the server cannot do in one statement ("cannot
    /// recursively add identity column"): the rows are numbered from a sequence that is dropped again.
    fn numbered_column(&self, object: &'s Object) -> Vec<PlannedStatement> {
        let key = &object.key;
        let stem = format!("{}_{}", key.table.as_deref().unwrap_or_default(), key.name);
        let schemas = [self.actions.from, self.actions.to];
        let numbers = temporary_relation_name(key.namespace.as_deref(), &stem, "__numbers", &schemas);
        let numbers = name::qualified(key.namespace.as_deref(), &numbers);
        let mut plain = object.clone();
        plain.attributes.remove(&Attribute::Identity);
        plain.attributes.remove(&Attribute::IdentityOptions);
        plain.set(Attribute::Default, format!("nextval({}::regclass)", name::literal(&numbers)));
        let mut lines = vec![PlannedStatement::new(format!("CREATE SEQUENCE {numbers}"))];
        lines.extend(made(&plain, self.actions.to));
        lines.push(alter::default(object, None));
        lines.extend(alter::add_identity(object));
        lines.push(PlannedStatement::new(format!("DROP SEQUENCE {numbers}")));
        lines.push(alter::identity_continues(object));
        lines
    }

    /// Applies the own settings of new columns that are added by a statement on the parent.
    pub(super) fn settle_carried(&mut self) {
        let carried: Vec<&'s Key> =
            self.actions.iter().map(|(key, _)| key).filter(|key| self.actions.is_created(key)).collect();
        for key in carried {
            let whole = self.groups.created_with(key);
            let made = self
                .created_at
                .get(whole)
                .copied()
                .filter(|_| whole != key && key.kind == Kind::Column && whole.kind == Kind::Column);
            if let (Some(made), Some(object)) = (made, self.actions.to.get(key)) {
                self.settle(object, made);
            }
        }
    }

    fn settle(&mut self, object: &'s Object, made: Number) {
        use Attribute as A;
        let key = &object.key;
        let Some(above) = same_above(object, self.actions.to).next() else { return };
        let mut lines = Vec::new();
        if above.text(A::Default) != object.text(A::Default) && !object.has(A::Generated) {
            lines.push(alter::default(object, object.text(A::Default)));
        }
        // The server creates the column with all settings of the parent's.
        let mut bare = above.clone();
        bare.key = key.clone();
        lines.extend(alter::lines(&bare, object, false));
        let mut last = made;
        if !lines.is_empty() {
            last = self.steps.add(StepMode::Plain, StepPhase::Tables, key, lines);
            self.steps.order(made, last);
        }
        if object.has(A::NotNull) && !above.has(A::NotNull) {
            let placeholder = StatementNote::Placeholder(format!("a value of {key} for the existing rows"));
            let filled = self.fill(key, object.text(A::Default).unwrap_or(Script::PLACEHOLDER), placeholder, last);
            last = self.not_null(object, last, Some(filled));
        }
        if last != made {
            self.complete_at.insert(key, last);
        }
    }

    fn made_only(&mut self, key: &'s Key, lines: Vec<PlannedStatement>) -> Number {
        let number = self.steps.add(StepMode::Plain, StepPhase::Tables, key, lines);
        self.create_starts_at.insert(key, number);
        self.created_at.insert(key, number);
        number
    }

    /// Sets NOT NULL without a long lock: add a check that applies to new rows only, validate it for the existing rows,
    /// and SET NOT NULL, which relies on the check and skips the scan (since version 12). Returns the last step.
    fn not_null(&mut self, object: &'s Object, after: Number, filled: Option<Number>) -> Number {
        let key = &object.key;
        if !self.is_online(key) {
            let set = self.steps.add(StepMode::Plain, StepPhase::Tables, key, alter::set_not_null(object));
            self.steps.order(filled.unwrap_or(after), set);
            return set;
        }
        let table = name::table(key);
        let own = name::identifier(&key.name);
        let check = name::identifier(&self.check_name(key));
        let added = format!("ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({own} IS NOT NULL) NOT VALID");
        let added = self.steps.add(StepMode::Plain, StepPhase::Tables, key, vec![PlannedStatement::new(added)]);
        let proved = PlannedStatement::new(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {check}"));
        let proved = self.steps.add(StepMode::Validate, StepPhase::Finish, key, vec![proved]);
        let dropped = PlannedStatement::new(format!("ALTER TABLE {table} DROP CONSTRAINT {check}"));
        let mut set = alter::set_not_null(object);
        if let Some(first) = set.first_mut() {
            first.notes.push(self.moment(key));
        }
        set.push(dropped);
        let set = self.steps.add(StepMode::Plain, StepPhase::Finish, key, set);
        self.steps.order(after, added);
        self.steps.order(added, proved);
        // Backfill only after the check exists: otherwise a session could insert NULL between backfill and check.
        if let Some(filled) = filled {
            self.steps.order(added, filled);
            self.steps.order(filled, proved);
        }
        self.steps.order(proved, set);
        set
    }

    /// Returns the lock note of SET NOT NULL, which needs no scan because of the validated check.
    fn moment(&self, column: &Key) -> StatementNote {
        let table =
            super::links::parent(column, self.actions.to).map(|table| table.key.to_string()).unwrap_or_default();
        StatementNote::Locks(format!("ACCESS EXCLUSIVE on {table}, for a moment"))
    }

    fn check_name(&self, column: &Key) -> String {
        let schemas = [self.actions.from, self.actions.to];
        temporary_constraint_name(column.namespace.as_deref(), &column.name, "_not_null", &schemas)
    }

    /// Orders a primary key after its columns are NOT NULL. It would otherwise scan the table to set that itself.
    pub(super) fn after_not_null(&mut self, key: &'s Object, step: Number) {
        let columns: Vec<&'s Key> =
            self.actions.new_links.below(key).into_iter().filter(|need| need.kind == Kind::Column).collect();
        for column in columns {
            if self.actions.get(column).is_some() {
                self.waits_for_done.push((column, step));
            }
        }
    }

    /// Adds the steps for a changed column.
    pub(super) fn change_column(&mut self, before: &'s Object, after: &'s Object) {
        use Attribute as A;
        let key = &after.key;
        let above = self.changed_above(before, after);
        let retyped = self.actions.is_retyped(key) && !above;
        let lets_go = self.actions.detached.contains(key);
        // Since version 17 partitions share the identity of their parent.
        let is_own_identity = !same_above(after, self.actions.to).any(|above| above.has(A::Identity))
            && !same_above(before, self.actions.from).any(|above| above.has(A::Identity));
        let had_identity = before.has(A::Identity) && is_own_identity;
        let gets_identity = after.has(A::Identity) && !before.has(A::Identity) && is_own_identity;

        // Released early: an identity, whose sequence would keep its name, and a default that uses an object to be
        // dropped.
        let mut first = Vec::new();
        if had_identity && !after.has(A::Identity) {
            first.push(alter::drop_identity(before));
        }
        if lets_go && before.has(A::Default) {
            first.push(alter::default(before, None));
        }
        // The column after the statements on its parents, which recurse. Only the remaining differences need
        // statements.
        let now = self.actions.changed_from_above(before, after);
        let mut lines = self.column_lines(&now, after, retyped, lets_go);
        let sets_not_null = after.has(A::NotNull) && !now.has(A::NotNull);
        if is_own_identity {
            lines.extend(alter::identity_lines(before, after));
        }
        let number = self.single(key, StepPhase::Tables, lines);
        if !first.is_empty() {
            let leave = self.steps.add(StepMode::Plain, StepPhase::DropBlockers, key, first);
            self.detached_at.insert(key, leave);
            self.steps.order(leave, number);
        }
        let mut last = number;
        if sets_not_null {
            let filled = self.fill_nulls(after, number);
            last = self.not_null(after, number, filled);
            self.complete_at.insert(key, last);
        }
        // The server adds an identity only to a NOT NULL column.
        if gets_identity {
            let mut lines: Vec<PlannedStatement> = alter::add_identity(after).into_iter().collect();
            lines.push(alter::identity_continues(after));
            let identity = self.steps.add(StepMode::Plain, StepPhase::Finish, key, lines);
            self.steps.order(last, identity);
            self.complete_at.insert(key, identity);
            self.identities.push((key, identity));
        }
    }

    fn column_lines(&self, before: &Object, after: &'s Object, retyped: bool, lets_go: bool) -> Vec<PlannedStatement> {
        use Attribute as A;
        let mut lines = Vec::new();
        let generated = after.has(A::Generated);
        let default = after.text(A::Default);
        if retyped {
            let mut old = before.clone();
            if lets_go {
                old.attributes.remove(&A::Default);
            }
            let anew = self.has_swapped_type(before);
            lines.push(alter::retyped(&old, after, &self.cast_of(before, after, anew)));
        }
        // Other settings come after the type: DROP EXPRESSION must precede a new default.
        let mut now = before.clone();
        if retyped {
            alter::forget_storage(&mut now);
        }
        lines.extend(alter::lines(&now, after, self.options.owners));
        // A released default is set again, even if it did not change.
        let changes = before.text(A::Default) != default || (lets_go && default.is_some());
        if changes && !retyped && !generated && (!lets_go || default.is_some()) {
            lines.push(alter::default(after, default));
        }
        lines
    }

    /// Returns whether a type that the column uses is swapped, so that its values have to be converted. A swapped
    /// collation leaves them as they are.
    pub(super) fn has_swapped_type(&self, before: &Object) -> bool {
        let is_swapped = |need: &Key| self.actions.get(need) == Some(ObjectAction::Swap);
        before.needs.iter().any(|need| need.kind != Kind::Collation && is_swapped(need))
    }

    /// Returns the cast to the new type. Values of a swapped composite type are converted attribute by attribute.
    pub(super) fn cast_of(&self, before: &Object, after: &Object, anew: bool) -> alter::Cast {
        let mut cast = alter::cast_of(before, after, anew);
        let of_type =
            after.text(Attribute::Type).filter(|of_type| anew && before.text(Attribute::Type) == Some(of_type));
        let Some(of_type) = of_type else { return cast };
        let is_it = |need: &&Key| need.kind == Kind::Composite && name::own(need) == of_type;
        let Some(whole) = before.needs.iter().find(is_it) else { return cast };
        let column = name::identifier(&after.key.name);
        let fields: Vec<String> =
            self.actions.to.columns(whole).iter().map(|field| self.field(&column, field)).collect();
        // Tested by its text, because `IS NOT NULL` is false for a row with a NULL attribute.
        let row = format!("ROW({})::{of_type}", fields.join(", "));
        cast.using = Some(format!("CASE WHEN {column}::text IS NOT NULL THEN {row} END"));
        cast
    }

    fn field(&self, column: &str, field: &Object) -> String {
        let Some(before) = self.actions.from.get(&field.key) else { return "NULL".to_owned() };
        let value = format!("({column}).{}", name::identifier(&field.key.name));
        let is_swapped = |need: &Key| self.actions.get(need) == Some(ObjectAction::Swap);
        let of_type = |object: &Object| object.text(Attribute::Type).unwrap_or_default().to_owned();
        if of_type(before) == of_type(field) && !before.needs.iter().any(is_swapped) {
            return value;
        }
        let new = of_type(field);
        format!("{value}::text{}::{new}", if new.ends_with("[]") { "[]" } else { "" })
    }

    /// Backfills NULLs of a column that gets NOT NULL and has a default: existing rows take the default.
    fn fill_nulls(&mut self, after: &'s Object, made: Number) -> Option<Number> {
        let key = &after.key;
        // Not in a primary key, where one value for all these rows would not be unique.
        let is_key = self.actions.new_links.above(key).iter().any(|above| above.kind == Kind::PrimaryKey);
        if is_key || after.has(Attribute::Identity) {
            return None;
        }
        let default = after.text(Attribute::Default)?;
        let note = StatementNote::Remark(format!("the rows with NULL in {key} get its default"));
        Some(self.fill(key, default, note, made))
    }

    /// Backfills NULLs in the column after the step `made`. All columns of a table share one statement, because each
    /// updated row must satisfy the NOT NULL checks of all of them.
    fn fill(&mut self, key: &'s Key, value: &str, note: StatementNote, made: Number) -> Number {
        let mode = if self.is_online(key) { StepMode::Backfill } else { StepMode::Plain };
        let (steps, table) = (&mut self.steps, name::table(key));
        let fill = self.fills.entry(table).or_insert_with(|| Fill {
            step: steps.add(mode, StepPhase::Tables, key, Vec::new()),
            columns: Vec::new(),
            notes: Vec::new(),
        });
        fill.columns.push((name::identifier(&key.name), value.to_owned()));
        fill.notes.push(note);
        self.steps.order(made, fill.step);
        fill.step
    }

    /// Adds the backfill statements to their steps.
    pub(super) fn write_fills(&mut self) {
        for (table, fill) in std::mem::take(&mut self.fills) {
            let line = PlannedStatement::new(fill.sql(&table)).notes(fill.notes);
            self.steps.extend(fill.step, [line]);
        }
    }

    /// Returns whether the same column or check changes in a parent, whose ALTER TABLE recurses to this one.
    pub(super) fn changed_above(&self, before: &'s Object, after: &'s Object) -> bool {
        let changes =
            |above: &Object| self.actions.get(&above.key).is_some() && !self.actions.is_of_swapped_type(&above.key);
        (follows(after, self.actions.to) || after.key.kind == Kind::Column)
            && same_above(before, self.actions.from)
                .any(|above| changes(above) && self.actions.stays_below(&before.key, &above.key))
            && same_above(after, self.actions.to).next().is_some()
    }
}

/// Columns of a table to be backfilled with their values, and the step that does it.
pub(super) struct Fill {
    pub(super) step: Number,
    columns: Vec<(String, String)>,
    notes: Vec<StatementNote>,
}

impl Fill {
    fn sql(&self, table: &str) -> String {
        if let [(column, value)] = self.columns.as_slice() {
            return format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL");
        }
        let joined = |each: fn(&(String, String)) -> String, by: &str| {
            self.columns.iter().map(each).collect::<Vec<_>>().join(by)
        };
        let values = joined(|(column, value)| format!("{column} = coalesce({column}, {value})"), ", ");
        let holes = joined(|(column, _)| format!("{column} IS NULL"), " OR ");
        format!("UPDATE {table} SET {values} WHERE {holes}")
    }
}

/// Returns whether existing rows would have no value for the NOT NULL column.
fn has_to_be_filled(column: &Object) -> bool {
    use Attribute as A;
    column.has(A::NotNull) && ![A::Default, A::Identity, A::Generated].iter().any(|source| column.has(*source))
}
