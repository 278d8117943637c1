// The schema at a revision: the changes of all revisions below it, in the order of the replay, one after another. Each
// object keeps the changes that made it what it is: its blame.

import { withAncestors } from "./data.js";
import { byName } from "./format.js";

/** Kinds that belong to a table and are shown with it; others are listed by themselves. */
const PARTS = { column: "columns", index: "indexes" };
const TABLES = new Set(["table", "virtual table"]);
const KEY_KINDS = new Set(["primary key", "unique constraint", "foreign key", "check constraint", "exclusion constraint"]);

/** Changes after which the page may do something else. */
const PAUSE = 64;

/** Returns the tables and the other objects of a service at a revision; at its heads without one. A generator, because a
 * long history takes longer than a frame. */
export function* schemaAt(service, revision) {
  const wanted = revision ? withAncestors([revision]) : null;
  const schema = { tables: new Map(), others: new Map() };
  let applied = 0;
  for (const step of service.steps ?? []) {
    const made = service.byId.get(step.revision);
    if (wanted && !wanted.has(made)) continue;
    for (const change of step.changes) {
      apply(schema, change, { revision: made, id: step.revision, change });
      applied += 1;
      if (applied % PAUSE === 0) yield;
    }
  }
  return schema;
}

function apply(schema, change, blame) {
  if (TABLES.has(change.kind)) return applyTo(schema.tables, change.name, change, blame, () => newTable(change.name));
  const table = change.table && schema.tables.get(change.table);
  if (!table) return applyTo(schema.others, `${change.kind}\n${change.name}`, change, blame, () => ({}));
  table.latest = blame;
  if (change.kind === "column") return applyTo(table.columns, partName(change, change.name), change, blame, () => ({}));
  const list = KEY_KINDS.has(change.kind) ? table.keys : (table[PARTS[change.kind]] ?? table.others);
  return applyTo(list, `${change.kind}\n${change.name}`, change, blame, () => ({}));
}

function newTable(name) {
  return { name, columns: new Map(), keys: new Map(), indexes: new Map(), others: new Map() };
}

function applyTo(list, key, change, blame, make) {
  if (change.action === "drop") return list.delete(key);
  const from = change.renamed_from && renamedKey(change, key);
  const known = list.get(from ?? key);
  const object = known ?? Object.assign(make(), { history: [] });
  if (from && known) {
    // A renamed object stays where it was among the others.
    const entries = [...list].map(([own, value]) => [own === from ? key : own, value]);
    list.clear();
    entries.forEach(([own, value]) => list.set(own, value));
  } else {
    list.set(key, object);
  }
  object.kind = change.kind;
  object.name = change.table ? partName(change, change.name) : change.name;
  object.definition = change.definition ?? object.definition ?? "";
  object.keyColumns = change.columns ?? object.keyColumns ?? [];
  object.references = change.references ?? object.references ?? null;
  object.latest = blame;
  object.history.push(blame);
  return object;
}

function renamedKey(change, key) {
  if (TABLES.has(change.kind)) return change.renamed_from;
  if (change.kind === "column") return partName(change, change.renamed_from);
  return `${key.split("\n", 1)[0]}\n${change.renamed_from}`;
}

/** `email` of `users.email`: the name of a part without that of its table. */
function partName(change, name) {
  const prefix = `${change.table}.`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Tables with what the diagram draws: sorted by name, each column with its keys. */
export function* tableList(schema) {
  const tables = [...schema.tables.values()].sort((one, other) => byName(one.name, other.name));
  yield;
  for (const [index, table] of tables.entries()) {
    if (index % PAUSE === 0) yield;
    const keys = [...table.keys.values()];
    const inKey = (kind) => new Set(keys.filter((key) => key.kind === kind).flatMap((key) => key.keyColumns));
    const [primary, foreign, unique] = ["primary key", "foreign key", "unique constraint"].map(inKey);
    table.rows = [...table.columns.values()].map((column) => ({
      column,
      name: column.name,
      type: shortType(column.definition),
      isPrimary: primary.has(column.name),
      isForeign: foreign.has(column.name),
      isUnique: unique.has(column.name),
      isRequired: /\bNOT NULL\b/i.test(column.definition),
    }));
    table.references = keys.filter((key) => key.kind === "foreign key" && key.references);
  }
  return tables;
}

/** The type of a column's definition: what is before `not null`, `default` and the like. */
export function shortType(definition) {
  const end = /,?\s+(?:not null|default|generated|collate|identity|on update)\b/i;
  return definition.split(end, 1)[0];
}
