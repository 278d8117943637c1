// Schema: the tables at a revision as a list and as a diagram, and for each table which revision made what it is.

import { Diagram } from "./diagram.js";
import { button, el, fill, icon, inSlices } from "./dom.js";
import { byName, count, day, firstLine, time } from "./format.js";
import { RowList } from "./rows.js";
import { schemaAt, tableList } from "./schema.js";

/** Revisions offered on each side of the chosen one: a choice of thousands would take long to open. */
const OFFERED = 100;

/** The view. */
export class SchemaView {
  constructor(app) {
    this.app = app;
    this.list = new RowList({
      label: "Tables and other objects",
      rowHeight: 28,
      render: (item) => this.row(item),
      onSelect: (item) => this.app.go({ view: "schema", table: item.name }, true),
      className: "table-rows",
    });
    this.diagram = new Diagram({ onSelect: (name) => this.app.go({ view: "schema", table: name }, true) });
    this.at = el("select", { "aria-label": "Schema at revision", on: { change: () => this.pick() } });
    this.owner = el("span", { class: "service-name" });
    this.summary = el("span", { class: "summary-text", role: "status" });
    this.warning = el("span", { class: "warn-text summary-text" });
    const step = (label, name, by) => button(label, () => this.step(by), { class: "plain step", title: `${label} (${by > 0 ? "]" : "["})` }, icon(name));
    this.older = step("Older revision", "back", -1);
    this.newer = step("Newer revision", "right", 1);
    const zoom = el(
      "div",
      { class: "zoom" },
      button("Zoom in", () => this.diagram.zoom(1.3), { class: "plain" }, icon("plus")),
      button("Zoom out", () => this.diagram.zoom(1 / 1.3), { class: "plain" }, icon("minus")),
      button("Show all tables", () => this.diagram.fit(), { class: "plain" }, icon("fit")),
    );
    this.bar = el("div", { class: "summary schema-bar" }, this.owner, el("span", { class: "at" }, this.older, this.at, this.newer), this.summary, this.warning);
    this.panel = el("div", { class: "side table-side" });
    this.area = el("div", { class: "schema-area" }, this.list.node, el("div", { class: "canvas-area" }, this.diagram.canvas, zoom), this.panel);
    this.node = el("div", { class: "schema" }, this.bar, this.area);
    this.empty = el("div", { class: "page" });
  }

  /** Returns the node for a place: without an object log, how to get one. */
  show({ service, revision, table, query }) {
    const own = service ?? this.app.model.services.find((other) => other.steps) ?? this.app.model.services[0];
    if (!own?.steps) return this.explain(own);
    const isOther = this.service !== own;
    const failure = own.source.objects_error;
    fill(this.warning, failure && `The replay ends here: ${firstLine(failure.message, 120)}`);
    fill(this.owner, this.app.model.services.length > 1 && own.name);
    if (isOther) this.order = [...own.steps].reverse().map((step) => own.byId.get(step.revision)).filter(Boolean);
    const at = revision?.service === own ? revision : null;
    const isStale = isOther || this.revision !== at;
    const isFiltered = this.query !== query;
    Object.assign(this, { service: own, revision: at, query, table });
    if (isStale) this.load(own, at);
    else if (!this.isLoading) this.present(isFiltered);
    return this.node;
  }

  /** Shows what was read: the list, if `isFiltered`, and the chosen table. */
  present(isFiltered) {
    if (isFiltered) this.filter(this.query);
    this.choose(this.table);
  }

  explain(service) {
    const failure = service?.source.objects_error;
    fill(
      this.empty,
      el("h2", {}, "No schema in this report"),
      failure && el("p", { class: "notice bad" }, failure.message, (failure.hints ?? []).map((hint) => el("div", { class: "hint" }, hint))),
      el("p", {}, `The schema${service ? ` of ${service.name}` : ""} comes from a replay of the revisions in a shadow database. It is left out with --offline and --no-schema, and where no shadow database can be had.`),
      el("p", {}, "Make the report where one can be had: ", el("code", {}, "aludel report --html FILE")),
    );
    return this.empty;
  }

  /** Offers the revisions around the chosen one; those further away are chosen in the history. */
  offer(service, revision) {
    const index = this.order.indexOf(revision);
    const near = this.order.slice(Math.max(0, index - OFFERED), index + OFFERED);
    const heads = service.revisions.filter((revision) => revision.source.is_head);
    const all = el("option", { value: "" }, heads.length > 1 ? "all heads" : "head");
    const options = near.map((revision) => el("option", { value: revision.id }, `${revision.id}  ${firstLine(revision.message, 70)}`));
    fill(this.at, all, options);
    this.at.value = revision?.id ?? "";
    this.older.disabled = index === this.order.length - 1 || this.order.length === 0;
    this.newer.disabled = !revision;
  }

  /** Reads the schema at a revision. Another call replaces one that is under way. */
  async load(service, revision) {
    const loading = {};
    this.isLoading = loading;
    this.offer(service, revision);
    this.node.classList.add("loading");
    const isDone = await inSlices(this.read(service, revision), () => this.isLoading !== loading);
    if (!isDone) return;
    this.isLoading = null;
    this.node.classList.remove("loading");
    this.present(true);
  }

  *read(service, revision) {
    const schema = yield* schemaAt(service, revision);
    const tables = yield* tableList(schema);
    const others = [...schema.others.values()].sort((one, other) => byName(one.kind, other.kind) || byName(one.name, other.name));
    yield* this.diagram.setTables(tables);
    Object.assign(this, { tables, others });
    const changes = revision ? (service.changes.get(revision.id) ?? []) : [];
    const changed = new Map();
    for (const change of changes) {
      const table = change.kind === "table" ? change.name : change.table;
      if (!table) continue;
      if (!changed.has(table)) changed.set(table, new Set());
      if (change.kind === "column") changed.get(table).add(change.name.startsWith(`${table}.`) ? change.name.slice(table.length + 1) : change.name);
    }
    this.diagram.setChanged(changed);
    this.changed = changed;
    return true;
  }

  filter(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.includes(word));
    const tableText = (table) => [table.name, ...table.columns.keys()].join("\n").toLowerCase();
    const tables = this.tables.filter((table) => fits(tableText(table)));
    const others = this.others.filter((object) => fits(`${object.kind} ${object.name}`.toLowerCase()));
    this.list.setItems([...tables, ...others]);
    const links = this.tables.reduce((sum, table) => sum + table.references.length, 0);
    const columns = this.tables.reduce((sum, table) => sum + table.columns.size, 0);
    fill(this.summary, query
      ? `${count(tables.length + others.length, "object")} with “${query}”`
      : `${count(this.tables.length, "table")}, ${count(columns, "column")}, ${count(links, "foreign key")}${others.length > 0 ? `, ${count(this.others.length, "other object")}` : ""}`);
  }

  choose(name) {
    const item = this.list.items.find((own) => own.name === name) ?? this.tables.find((own) => own.name === name);
    this.list.selectItem(item);
    this.area.classList.toggle("has-side", Boolean(item));
    fill(this.panel, item && this.detail(item));
    this.panel.scrollTop = 0;
    // With the panel the diagram has less room, in which the table should be.
    this.diagram.select(item?.columns ? name : null);
  }

  pick() {
    const revision = this.service.byId.get(this.at.value) ?? null;
    this.app.go({ view: "schema", service: this.service, revision });
  }

  /** Goes to the next older (-1) or newer (1) revision. */
  step(by) {
    const index = this.order.indexOf(this.revision) - by;
    if (index >= this.order.length) return;
    this.app.go({ view: "schema", service: this.service, revision: this.order[index] ?? null });
  }

  row(item) {
    const isTable = Boolean(item.columns);
    return [
      el("span", { class: "text" }, item.name),
      this.changed.has(item.name) && el("span", { class: "mark warn" }, "changed"),
      el("span", { class: "faint" }, isTable ? String(item.columns.size) : item.kind),
    ];
  }

  detail(item) {
    const close = button("Close", () => this.app.go({ view: "schema", table: null }), { class: "plain close" }, icon("close"));
    const parts = [
      item.columns && this.part("Columns", [...item.columns.values()], item),
      item.keys?.size > 0 && this.part("Keys and checks", [...item.keys.values()]),
      item.indexes?.size > 0 && this.part("Indexes", [...item.indexes.values()]),
      item.others?.size > 0 && this.part("Others", [...item.others.values()]),
      !item.columns && item.definition && el("pre", { class: "output note" }, item.definition),
    ];
    return el(
      "article",
      { class: "detail", "aria-label": `${item.kind} ${item.name}` },
      el("header", { class: "detail-head" }, close, el("h2", {}, item.name), el("p", { class: "faint" }, item.kind)),
      this.blame(item, true),
      item.columns && this.referencedBy(item),
      parts,
    );
  }

  referencedBy(table) {
    const users = this.tables.filter((other) => other !== table && other.references.some((key) => key.references.table === table.name));
    if (users.length === 0) return null;
    return el("p", { class: "referenced" }, "Referenced by ", users.map((other, index) => [index > 0 && ", ", this.app.links.table(this.revision, other.name, other.name, this.service)]));
  }

  part(title, objects, table) {
    const row = (object) => {
      const facts = table?.rows.find((own) => own.column === object);
      const sign = facts?.isPrimary ? "PK" : facts?.isForeign ? "FK" : "";
      return el(
        "details",
        { class: "object" },
        el(
          "summary",
          {},
          el("span", { class: "mono name" }, object.name, sign && el("span", { class: "key" }, sign)),
          el("span", { class: "mono definition" }, object.definition),
          el("span", { class: "blame-short faint" }, day(when(object.latest.revision)), " ", author(object.latest.revision)),
        ),
        this.blame(object),
      );
    };
    return el("section", { class: "part" }, el("h3", {}, title, el("span", { class: "note" }, String(objects.length))), objects.map(row));
  }

  /** The revisions that made an object what it is, newest first, and when each ran. */
  blame(object, isWhole = false) {
    const words = { create: "created by", change: "changed by", drop: "dropped by" };
    const shown = [...object.history].reverse();
    if (isWhole && object.latest.id !== shown[0].id) shown.unshift({ ...object.latest, isPart: true });
    const row = ({ revision, id, change, isPart }) =>
      el(
        "li",
        {},
        el("span", { class: "faint" }, isPart ? "last changed by" : change.renamed_from ? `renamed from ${change.renamed_from} by` : words[change.action], " "),
        revision ? this.app.links.revision(revision) : el("span", { class: "mono" }, id),
        " ",
        revision?.message ?? "",
        el("div", { class: "faint" }, [author(revision), day(when(revision)), ran(revision)].filter(Boolean).join(", ")),
        change.was && !isPart && el("div", { class: "mono definition was" }, change.was),
      );
    return el("ul", { class: "blame" }, shown.map(row));
  }
}

function author(revision) {
  return revision?.source.author ?? "";
}

function when(revision) {
  return revision?.source.committed_at ?? revision?.source.created;
}

/** When a revision ran on the database of its service. */
function ran(revision) {
  const run = revision?.runs.find((entry) => entry.source.operation === "upgrade" && entry.state === "done");
  if (run) return `ran ${time(run.source.started_at)}`;
  return revision?.state === "pending" ? "not applied" : "";
}
