//! Rules, triggers, policies and event triggers.

use super::builder::{CatalogAddress, SchemaBuilder, class};
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::dialects::postgres::schema::identifier;
use crate::schema::{Attribute, Key, Kind, Object};

/// The rule `_RETURN` is the view's query, so its address is only an alias of the view.
pub(super) fn rules(ask: &QueryContext) -> String {
    format!(
        "SELECT r.oid, r.ev_class, r.rulename, r.ev_enabled, r.rulename = '_RETURN', \
         CASE WHEN r.rulename <> '_RETURN' THEN pg_get_ruledef(r.oid) END FROM pg_rewrite r \
         JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {}",
        ask.inside
    )
}

pub(super) fn read_rule(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (address, relation, name) = (CatalogAddress::new(class::REWRITE, row.oid()), row.oid(), row.text());
    let enabled = enabled(&row.text());
    if row.is() {
        return draft.alias(address, CatalogAddress::new(class::CLASS, relation));
    }
    let Some(key) = draft.key_within(relation, Kind::Rule, &name) else { return };
    let mut object = Object::new(key);
    object.set_some(Attribute::Enabled, enabled);
    object.set(Attribute::Definition, row.text().trim_end_matches(';'));
    draft.add(address, object);
}

/// Maps `pg_trigger.tgenabled` and its equivalents.
fn enabled(letter: &str) -> Option<&'static str> {
    match letter {
        "D" => Some("disabled"),
        "R" => Some("replica"),
        "A" => Some("always"),
        _ => None,
    }
}

/// Leaves out triggers that a partition inherits from its table: they have a parent (before version 13: are internal).
pub(super) fn triggers(ask: &QueryContext) -> String {
    format!(
        "SELECT t.oid, t.tgrelid, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) FROM pg_trigger t \
         JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE {} AND NOT t.tgisinternal {}",
        ask.inside,
        if ask.version.has_parent_of_trigger() { "AND t.tgparentid = 0" } else { "" }
    )
}

pub(super) fn read_trigger(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (address, relation, name) = (CatalogAddress::new(class::TRIGGER, row.oid()), row.oid(), row.text());
    let Some(key) = draft.key_within(relation, Kind::Trigger, &name) else { return };
    let mut object = Object::new(key);
    object.set_some(Attribute::Enabled, enabled(&row.text()));
    object.set(Attribute::Definition, row.text());
    draft.add(address, object);
}

pub(super) fn policies(ask: &QueryContext) -> String {
    format!(
        "SELECT p.oid, p.polrelid, p.polname, p.polpermissive, p.polcmd, CASE WHEN p.polroles <> '{{0}}' THEN \
         (SELECT string_agg(CASE WHEN x = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x)) END, ', ' \
         ORDER BY pg_get_userbyid(x)::text COLLATE \"C\") FROM unnest(p.polroles) x) END, \
         pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid) FROM pg_policy p \
         JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {}",
        ask.inside
    )
}

pub(super) fn read_policy(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (address, relation, name) = (CatalogAddress::new(class::POLICY, row.oid()), row.oid(), row.text());
    let Some(key) = draft.key_within(relation, Kind::Policy, &name) else {
        // Policies cannot be members of an extension: a user created this one.
        if draft.members.contains_key(&CatalogAddress::new(class::CLASS, relation)) {
            draft.leave("policy of an extension's table", identifier(&name));
        }
        return;
    };
    let mut object = Object::new(key);
    object.set(Attribute::Definition, policy(row));
    draft.add(address, object);
}

/// Returns the part of CREATE POLICY behind the table name.
fn policy(row: &mut CatalogRow) -> String {
    let (is_permissive, command) = (row.is(), row.text());
    let command = match command.as_str() {
        "r" => "SELECT",
        "a" => "INSERT",
        "w" => "UPDATE",
        "d" => "DELETE",
        _ => "ALL",
    };
    let kind = if is_permissive { "PERMISSIVE" } else { "RESTRICTIVE" };
    let roles = row.some().unwrap_or_else(|| "PUBLIC".to_owned());
    let using = row.some().map(|condition| format!(" USING ({condition})")).unwrap_or_default();
    let check = row.some().map(|condition| format!(" WITH CHECK ({condition})")).unwrap_or_default();
    format!("AS {kind} FOR {command} TO {roles}{using}{check}")
}

pub(super) fn event_triggers(ask: &QueryContext) -> String {
    let owner = ask.owner_only("e.evtowner");
    format!(
        "SELECT e.oid, e.evtname, e.evtenabled, 'ON ' || e.evtevent || coalesce(' WHEN TAG IN (' || \
         (SELECT string_agg(quote_literal(x), ', ') FROM unnest(e.evttags) x) || ')', '') || \
         ' EXECUTE FUNCTION ' || e.evtfoid::regproc || '()', {owner}, NULL \
         FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {}",
        ask.inside
    )
}

pub(super) fn read_event_trigger(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, name) = (row.oid(), row.text());
    let mut object = Object::new(Key::new(Kind::EventTrigger, None, &name));
    object.set_some(Attribute::Enabled, enabled(&row.text()));
    object.set(Attribute::Definition, row.text());
    draft.set_owner(&mut object, row);
    draft.add(CatalogAddress::new(class::EVENT_TRIGGER, oid), object);
}
