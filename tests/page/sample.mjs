// Makes data of the page: made-up services with histories of any length, always the same for the same arguments.
//
//   node tests/page/sample.mjs small|real|large > sample.json
//   node tests/page/sample.mjs small|real|large FOLDER     the same as a project: aludel.yaml and revision files
//
// `real` has the graph of a public project (tests/conformance/real); what its revisions do is made up.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Random numbers that are the same in every run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const AUTHORS = ["Ada Okafor", "Ben Lindqvist", "Chiara Rossi", "Daniel Novák", "Emi Tanaka", "Farid Haddad"];
const NOUNS = "account address article asset audit badge basket booking campaign card category channel charge comment contract coupon customer delivery device discount document event export feature feed file flag group import invite invoice item job label ledger license link list location login member message metric note offer option order page partner payment payout permission person plan policy post price product profile project promotion quote rating reaction receipt refund region report request reservation review role room route rule schedule segment session shipment slot snapshot source stock store subscription tag task team template ticket token topic tracking transfer user vendor visit voucher warehouse webhook workflow".split(" ");
const FIELDS = "name title status kind state note email phone locale currency amount total quantity position priority score slug url token external_id created_at updated_at deleted_at expires_at started_at finished_at is_active is_default is_public payload settings version checksum".split(" ");
const TYPES = { amount: "numeric(12,2)", total: "numeric(12,2)", quantity: "integer", position: "integer", priority: "smallint", score: "double precision", payload: "jsonb", settings: "jsonb", version: "integer", note: "text" };

const typeOf = (field) => TYPES[field] ?? (field.endsWith("_at") ? "timestamp with time zone" : field.startsWith("is_") ? "boolean" : "character varying(200)");

/** A service under construction: its tables, so that each revision changes what is there. */
class Writer {
  constructor(name, random) {
    Object.assign(this, { name, random, tables: new Map(), revisions: [], steps: [], journal: [] });
    this.clock = Date.UTC(2021, 1, 3, 9);
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  chance(share) {
    return this.random() < share;
  }

  tableName() {
    const plural = (word) => (word.endsWith("y") ? `${word.slice(0, -1)}ies` : word.endsWith("s") ? `${word}es` : `${word}s`);
    for (;;) {
      const words = this.tables.size < 40 ? [this.pick(NOUNS)] : [this.pick(NOUNS), this.pick(NOUNS)];
      const name = [...words.slice(0, -1), plural(words[words.length - 1])].join("_");
      if (!this.tables.has(name)) return name;
    }
  }

  createTable() {
    const name = this.tableName();
    const columns = ["id"];
    const changes = [{ kind: "table", name, table: null, action: "create", definition: null, was: null }];
    const add = (change) => changes.push({ table: name, action: "create", was: null, ...change });
    const lines = ["    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"];
    add({ kind: "column", name: `${name}.id`, definition: "bigint GENERATED ALWAYS AS IDENTITY NOT NULL" });
    const targets = [...new Set([0, 0, 0].map(() => this.target()).filter((target) => target && this.chance(0.7)))];
    for (const target of targets) {
      const column = `${target.replace(/s$/, "")}_id`;
      columns.push(column);
      lines.push(`    ${column} bigint NOT NULL REFERENCES ${target} (id)`);
      add({ kind: "column", name: `${name}.${column}`, definition: "bigint NOT NULL" });
    }
    while (columns.length < 3 + this.random() * 7) {
      const field = this.pick(FIELDS);
      if (columns.includes(field)) continue;
      columns.push(field);
      const definition = `${typeOf(field)}${this.chance(0.6) ? " NOT NULL" : ""}`;
      lines.push(`    ${field} ${definition}`);
      add({ kind: "column", name: `${name}.${field}`, definition });
    }
    add({ kind: "primary key", name: `${name}_pkey`, definition: "PRIMARY KEY (id)", columns: ["id"] });
    for (const target of targets) {
      const column = `${target.replace(/s$/, "")}_id`;
      add({ kind: "foreign key", name: `${name}_${column}_fkey`, definition: `FOREIGN KEY (${column}) REFERENCES ${target} (id)`, columns: [column], references: { table: target, columns: ["id"] } });
    }
    this.tables.set(name, columns);
    const message = `Create ${name.replaceAll("_", " ")}`;
    return { message, changes, upgrade: `CREATE TABLE ${name} (\n${lines.join(",\n")}\n);`, downgrade: `DROP TABLE ${name};`, losses: [{ loss: "drops", table: name }] };
  }

  /** A table to refer to; old ones are preferred, as in a real schema. */
  target() {
    const names = [...this.tables.keys()];
    return names[Math.floor(this.random() ** 2.5 * names.length)];
  }

  addColumn() {
    const table = this.pick([...this.tables.keys()]);
    const columns = this.tables.get(table);
    const field = this.pick(FIELDS.filter((name) => !columns.includes(name)).concat(`${this.pick(NOUNS)}_${this.pick(FIELDS)}`));
    columns.push(field);
    const isRequired = this.chance(0.25);
    const definition = `${typeOf(field)}${isRequired ? " NOT NULL" : ""}`;
    return {
      message: `Add ${field} to ${table.replaceAll("_", " ")}`,
      changes: [{ kind: "column", name: `${table}.${field}`, table, action: "create", definition, was: null }],
      upgrade: `ALTER TABLE ${table} ADD COLUMN ${field} ${definition};`,
      downgrade: `ALTER TABLE ${table} DROP COLUMN ${field};`,
      locks: [{ table, lock: "ACCESS EXCLUSIVE", blocks: "everything", work: "catalog" }],
      losses: [{ loss: "drops a column of", table, column: field }],
      finding: isRequired && { rule: "required-column-without-default", severity: "error", text: `${table}.${field} is NOT NULL and has no default: the statement fails if the table has rows`, safe: `ALTER TABLE ${table} ADD COLUMN ${field} ${typeOf(field)};\n-- fill it in batches, then:\nALTER TABLE ${table} ALTER COLUMN ${field} SET NOT NULL;` },
    };
  }

  dropColumn() {
    const table = this.pick([...this.tables.keys()].filter((name) => this.tables.get(name).length > 4));
    if (!table) return this.createTable();
    const columns = this.tables.get(table);
    const index = columns.findIndex((name, at) => at > 0 && !name.endsWith("_id"));
    if (index < 0) return this.addColumn();
    const [field] = columns.splice(index, 1);
    return {
      message: `Remove ${field} from ${table.replaceAll("_", " ")}`,
      changes: [{ kind: "column", name: `${table}.${field}`, table, action: "drop", definition: null, was: typeOf(field) }],
      upgrade: `-- No release reads it since 2 weeks.\nALTER TABLE ${table} DROP COLUMN ${field};`,
      downgrade: `ALTER TABLE ${table} ADD COLUMN ${field} ${typeOf(field)};`,
      locks: [{ table, lock: "ACCESS EXCLUSIVE", blocks: "everything", work: "catalog" }],
      upLosses: [{ loss: "drops a column of", table, column: field }],
      finding: { rule: "drop-column", severity: "warning", text: `the values of ${table}.${field} are lost, and releases that still read it fail` },
    };
  }

  changeColumn() {
    const table = this.pick([...this.tables.keys()]);
    const field = this.pick(this.tables.get(table).slice(1)) ?? "id";
    const isRename = this.chance(0.3) && !field.endsWith("_id");
    const columns = this.tables.get(table);
    if (isRename && field !== "id") {
      const name = `${field}_v2`;
      columns[columns.indexOf(field)] = name;
      return {
        message: `Rename ${table}.${field}`,
        changes: [{ kind: "column", name: `${table}.${name}`, table, action: "change", definition: typeOf(field), was: typeOf(field), renamed_from: `${table}.${field}` }],
        upgrade: `ALTER TABLE ${table} RENAME COLUMN ${field} TO ${name};`,
        downgrade: `ALTER TABLE ${table} RENAME COLUMN ${name} TO ${field};`,
        locks: [{ table, lock: "ACCESS EXCLUSIVE", blocks: "everything", work: "catalog" }],
        finding: { rule: "rename-column", severity: "warning", text: `releases that know ${table}.${field} fail as soon as it is renamed` },
      };
    }
    return {
      message: `Widen ${field} of ${table.replaceAll("_", " ")}`,
      changes: [{ kind: "column", name: `${table}.${field}`, table, action: "change", definition: "text NOT NULL", was: typeOf(field) }],
      upgrade: `ALTER TABLE ${table} ALTER COLUMN ${field} TYPE text USING ${field}::text;`,
      downgrade: `ALTER TABLE ${table} ALTER COLUMN ${field} TYPE ${typeOf(field)};`,
      locks: [{ table, lock: "ACCESS EXCLUSIVE", blocks: "everything", work: "rewrite" }],
      finding: this.chance(0.5) && { rule: "type-change-rewrites", severity: "error", text: `the whole table ${table} is rewritten, and nothing can read it meanwhile`, notes: ["ACCESS EXCLUSIVE until the end of the transaction"] },
    };
  }

  addIndex() {
    const table = this.pick([...this.tables.keys()]);
    const field = this.pick(this.tables.get(table));
    const name = `${table}_${field}_idx_${this.revisions.length}`;
    const isConcurrent = this.chance(0.6);
    return {
      message: `Index ${table.replaceAll("_", " ")} by ${field.replaceAll("_", " ")}`,
      changes: [{ kind: "index", name, table, action: "create", definition: `btree (${field})`, was: null, columns: [field] }],
      upgrade: `CREATE INDEX ${isConcurrent ? "CONCURRENTLY " : ""}${name} ON ${table} (${field});`,
      downgrade: `DROP INDEX ${name};`,
      locks: [{ table, lock: isConcurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE", blocks: isConcurrent ? "ddl" : "writes", work: "scan" }],
      noTransaction: isConcurrent,
      finding: !isConcurrent && { rule: "index-blocks-writes", severity: "warning", text: `nothing can write to ${table} while the index is built`, safe: `CREATE INDEX CONCURRENTLY ${name} ON ${table} (${field});` },
    };
  }

  backfill() {
    const table = this.pick([...this.tables.keys()]);
    const field = this.pick(this.tables.get(table));
    return {
      message: `Backfill ${field.replaceAll("_", " ")} of ${table.replaceAll("_", " ")}`,
      changes: [],
      upgrade: `-- aludel: batch 1000 by id\nUPDATE ${table}\n   SET ${field} = DEFAULT\n WHERE ${field} IS NULL;`,
      downgrade: "SELECT 1;",
      verify: `SELECT id FROM ${table} WHERE ${field} IS NULL;`,
      locks: [{ table, lock: "ROW EXCLUSIVE", blocks: "nothing", work: "rows" }],
      phase: "migrate",
    };
  }

  work(tablesWanted, share) {
    if (this.tables.size < 3 || (this.tables.size < tablesWanted && this.chance(share))) return this.createTable();
    const works = [this.addColumn, this.addColumn, this.addIndex, this.changeColumn, this.dropColumn, this.backfill];
    return this.pick(works).call(this);
  }

  revision(id, down, work, extra = {}) {
    this.clock += Math.floor((2 + this.random() ** 3 * 160) * 3_600_000 * (this.pace ?? 1));
    const date = new Date(this.clock).toISOString().replace(/\.\d+/, "");
    const { message, upgrade = "SELECT 1;", downgrade, verify, finding } = work;
    const sections = { upgrade: { line: 7, text: upgrade } };
    if (downgrade) sections.downgrade = { line: 9 + upgrade.split("\n").length, text: downgrade };
    if (verify) sections.verify = { line: 12 + upgrade.split("\n").length, text: verify };
    const statements = [];
    if (work.locks || work.upLosses) statements.push({ verb: upgrade.replace(/^--.*\n/, "").split(" ", 2).join(" "), line: 7, locks: work.locks, losses: work.upLosses });
    if (work.losses) statements.push({ verb: downgrade.split(" ", 2).join(" "), line: sections.downgrade.line, losses: work.losses, is_downgrade: true });
    const author = this.pick(AUTHORS);
    this.revisions.push({
      revision: id,
      down_revision: down,
      message,
      created: date,
      path: `revisions/${this.name}/${date.slice(0, 10).replaceAll("-", "")}_${id}_${message.toLowerCase().replaceAll(/\W+/g, "_")}.sql`,
      author,
      committed_at: date,
      commit: id.padEnd(12, "0").slice(0, 12),
      no_transaction: work.noTransaction || undefined,
      phase: work.phase,
      sections,
      statements: statements.length > 0 ? statements : undefined,
      findings: finding ? [{ line: 7, ...finding }] : undefined,
      ...extra,
    });
    this.steps.push({ revision: id, changes: work.changes ?? [] });
  }

  id() {
    return Array.from({ length: 12 }, () => Math.floor(this.random() * 16).toString(16)).join("");
  }

  /** A line with branches of a few revisions that are merged again. */
  grow(length, tables, { branches = 0.04 } = {}) {
    let head = null;
    while (this.revisions.length < length) {
      if (head && this.chance(branches)) {
        const sides = [0, 0].map(() => {
          let tip = head;
          for (let left = 1 + Math.floor(this.random() * 4); left > 0; left -= 1) tip = this.next(tip, length, tables);
          return tip;
        });
        const id = this.id();
        this.revision(id, sides, { message: "Merge branches", upgrade: "" });
        delete this.revisions[this.revisions.length - 1].sections;
        head = id;
      } else {
        head = this.next(head, length, tables);
      }
    }
    return head;
  }

  next(down, length, tables) {
    const id = this.id();
    this.revision(id, down ? [down] : [], this.work(tables, Math.min(0.9, (1.6 * tables) / length)));
    return id;
  }

  /** The journal of a database in which all but the last `pending` are applied, deployed a few at a time. */
  run(pending) {
    const applied = this.revisions.slice(0, this.revisions.length - pending);
    let at = 0;
    const entry = (revision, more) => this.journal.unshift({ id: this.journal.length + 1, revision: revision.revision, operation: "upgrade", state: "done", started_at: new Date(at).toISOString(), duration_ms: Math.floor(3 + this.random() ** 6 * 90_000), checksum: null, statements_done: 1, statements_total: 1, os_user: "deploy", host: this.pick(["ci-runner-3", "ci-runner-7"]), tool_version: "0.1.0", error: null, note: null, ...more });
    for (const revision of applied) {
      const created = Date.parse(revision.created);
      at = created > at + 86_400_000 ? created + 36_000_000 : at + 4_000 + Math.floor(this.random() * 3000);
      if (this.chance(0.025)) {
        entry(revision, { state: "failed", statements_done: 0, error: "canceling statement due to lock timeout\nSQLSTATE 55P03" });
        at += 600_000;
      }
      entry(revision);
    }
    return applied;
  }

  document({ pending = 0, half = null, url, product = "PostgreSQL", version = "17.2" }) {
    const applied = this.run(pending);
    const names = new Set(applied.map((revision) => revision.revision));
    const down = new Set(applied.flatMap((revision) => revision.down_revision));
    const children = new Map();
    for (const revision of this.revisions) for (const id of revision.down_revision) children.set(id, (children.get(id) ?? 0) + 1);
    for (const revision of this.revisions) {
      const followers = children.get(revision.revision) ?? 0;
      Object.assign(revision, {
        is_head: followers === 0 || undefined,
        is_base: revision.down_revision.length === 0 || undefined,
        is_branch_point: followers > 1 || undefined,
        is_merge_point: revision.down_revision.length > 1 || undefined,
      });
    }
    const waiting = this.revisions.filter((revision) => !names.has(revision.revision)).map((revision) => revision.revision);
    const incomplete = [];
    if (half) {
      const error = "could not create unique index: Key (email)=(ada@example.com) is duplicated.";
      const revision = waiting[0];
      incomplete.push({ revision, operation: "upgrade", error, statement: 2, statements_done: 1, statements_total: 3, under_way: false, line: 9, hints: [`aludel upgrade head -s ${this.name}`, `revert by hand what ran, then aludel stamp current -s ${this.name}`] });
      this.journal.unshift({ ...this.journal[0], revision, state: "failed", started_at: new Date(Date.parse(this.journal[0].started_at) + 7_200_000).toISOString(), statements_done: 1, statements_total: 3, error });
    }
    return {
      service: this.name,
      dialect: "postgres",
      version_table: "alembic_version",
      revisions: [...this.revisions].reverse(),
      notes: [],
      database: {
        url: url ?? `postgres://deploy@db.internal/${this.name}`,
        product,
        version,
        rows: [],
        current: applied.map((revision) => revision.revision).filter((id) => !down.has(id)),
        unknown: [],
        is_head: waiting.length === 0,
        pending: waiting,
        phases: {},
        ahead: [],
        incomplete,
        changed: [],
      },
      journal: this.journal,
      objects: { steps: this.steps },
    };
  }
}

function whole(project, services) {
  return { format: 1, tool_version: "0.1.0", generated_at: "2026-11-29T19:00:00Z", project, has_sql: true, services };
}

/** Two services, few revisions, everything that can be wrong, and hostile names. */
export function small() {
  const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";
  const auth = new Writer("auth", randomNumbers(5));
  auth.pace = 12;
  auth.grow(5, 4, { branches: 0 });
  const chat = new Writer("chat2chart", randomNumbers(11));
  chat.pace = 6;
  chat.grow(9, 5, { branches: 0.2 });
  chat.revisions[3].depends_on = [`auth:${auth.revisions[2].revision}`];
  chat.revisions[1].branch_labels = ["chat"];
  chat.revisions[4].message = hostile;
  chat.steps[4].changes.push({ kind: "table", name: hostile, table: null, action: "create", definition: null, was: null });
  const { upgrade } = chat.revisions[2].sections;
  upgrade.text = `${upgrade.text}\n\nCREATE TABLE parts ();`;
  upgrade.files = [{ at: 0, path: null, line: upgrade.line }, { at: upgrade.text.split("\n").length - 1, path: "parts/parts.sql", line: 3 }];
  chat.revisions[2].findings = [{ rule: "example", severity: "warning", path: "parts/parts.sql", line: 3, text: "Something about the included file." }];
  const lost = new Writer("billing", randomNumbers(2));
  lost.grow(3, 3, { branches: 0 });
  const billing = lost.document({});
  billing.database = { url: "postgres://deploy@db.internal/billing", error: { code: "connection-failed", message: "cannot connect to db.internal:5432: connection refused", hints: ["is the server running, and is it reachable from here?"] } };
  Object.assign(billing, { journal: [], objects: null });
  const half = chat.document({ pending: 3, half: true });
  half.objects_error = { code: "statement-failed", message: "relation \"nowhere\" does not exist", hints: [] };
  return whole("shop", [auth.document({}), half, billing]);
}

/** The graph of a public project. */
export function real(name = "superset-2021", limit = 150) {
  const file = fileURLToPath(new URL(`../conformance/real/${name}.json`, import.meta.url));
  const shape = JSON.parse(readFileSync(file, "utf8"));
  const byId = new Map(shape.revisions.map((revision) => [revision.revision, revision]));
  const writer = new Writer(name.replace(/-\d+$/, ""), randomNumbers(9));
  for (const id of shape.upgrade_all.plan.slice(-limit)) {
    const { down_revision: down, branch_labels: labels } = byId.get(id);
    const work = down.length > 1 ? { message: "Merge branches", upgrade: "" } : writer.work(60, 0.4);
    writer.revision(id, down, work, { branch_labels: labels.length > 0 ? labels : undefined });
  }
  const known = new Set(writer.revisions.map((revision) => revision.revision));
  for (const revision of writer.revisions) revision.down_revision = revision.down_revision.filter((id) => known.has(id));
  return whole(writer.name, [writer.document({ pending: 4 })]);
}

/** 5,000 revisions and 1,000 tables. */
export function large(length = 5000, tables = 1000) {
  const writer = new Writer("monolith", randomNumbers(3));
  writer.pace = 0.25;
  writer.grow(length, tables);
  return whole("monolith", [writer.document({ pending: 12 })]);
}

export const SAMPLES = { small, real, large };

/** Writes the revisions of a sample as a project for PostgreSQL. */
export function writeProject(sample, folder) {
  const services = sample.services.map(({ service, revisions }) => {
    for (const revision of revisions) {
      const list = (ids) => (ids.length === 0 ? "null" : ids.length === 1 ? ids[0] : `[${ids.join(", ")}]`);
      const header = [`revision: ${revision.revision}`, `down_revision: ${list(revision.down_revision)}`, `message: '${revision.message.replaceAll("'", "''")}'`, `created: ${revision.created}`];
      if (revision.branch_labels) header.push(`branch_labels: [${revision.branch_labels.join(", ")}]`);
      if (revision.depends_on) header.push(`depends_on: ['${revision.depends_on.join("', '")}']`);
      if (revision.no_transaction) header.push("transaction: false");
      const sections = Object.entries(revision.sections ?? { upgrade: { text: "" } }).map(([name, { text }]) => `-- @${name}\n${text}\n`);
      mkdirSync(join(folder, service), { recursive: true });
      const lines = header.map((line) => `-- ${line}\n`).join("");
      writeFileSync(join(folder, service, `${revision.revision}.sql`), `${lines}\n${sections.join("\n")}`);
    }
    return `  ${service}:\n    url: postgres://localhost/${service}\n    revisions: ${service}\n`;
  });
  writeFileSync(join(folder, "aludel.yaml"), `services:\n${services.join("")}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name, folder] = process.argv;
  if (!SAMPLES[name]) throw new Error("which sample? small, real, large");
  if (folder) writeProject(SAMPLES[name](), folder);
  else process.stdout.write(JSON.stringify(SAMPLES[name]()));
}
