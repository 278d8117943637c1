// Everything about one revision.

import { STATES } from "./data.js";
import { button, el, icon } from "./dom.js";
import { count, duration, firstLine, placeText, time } from "./format.js";
import { sqlBlock } from "./sql.js";

/** Panel with a revision. `links` makes links to other revisions, tables and views. */
export function revisionDetail(revision, model, links) {
  return el(
    "article",
    { class: "detail", "aria-label": `Revision ${revision.id}` },
    heading(revision, links),
    halfApplied(revision),
    facts(revision, links),
    runs(revision),
    effect(revision, links),
    risks(revision),
    findings(revision),
    sections(revision, model),
  );
}

/** Marks of a revision: its state if it is special, its place in the graph, its labels. */
export function marks(revision) {
  const { source, labels, service } = revision;
  const shown = [];
  const add = (text, kind) => shown.push(el("span", { class: `mark ${kind}` }, text));
  if (revision.half) add("half-applied", "bad");
  if (revision.isCurrent) add("current", "accent");
  if (revision.source.recorded) add("ahead: no file", "warn");
  if (revision.changed) add("changed", "warn");
  if (source.is_head) add("head", "outline");
  if (source.is_base && service.revisions.filter((other) => other.source.is_base).length > 1) add("base", "outline");
  labels.forEach((label) => add(label, "label"));
  return shown;
}

function heading(revision, links) {
  const { source, service } = revision;
  const kinds = [
    service.isKnown && !revision.isCurrent && !revision.half && !source.recorded && STATES[revision.state],
    source.is_branch_point && "branch point",
    source.is_merge_point && "merge point",
  ].filter(Boolean);
  const copied = (event) => {
    const { currentTarget } = event;
    navigator.clipboard?.writeText(revision.id).then(() => {
      currentTarget.classList.add("done");
      setTimeout(() => currentTarget.classList.remove("done"), 1200);
    });
  };
  return el(
    "header",
    { class: "detail-head" },
    el("h2", { tabindex: "-1" }, revision.message || "(no message)"),
    el(
      "p",
      { class: "identity" },
      el("span", { class: "service-name" }, service.name),
      el("span", { class: "mono id" }, revision.id),
      button("Copy the id", copied, { class: "plain copy" }, icon("copy")),
      marks(revision),
      kinds.map((kind) => el("span", { class: "kind" }, kind)),
      service.steps && el("a", { href: links.schema(revision), class: "to-schema" }, "Schema here"),
    ),
  );
}

function halfApplied(revision) {
  const { half } = revision;
  if (!half) return null;
  const state = half.under_way ? "was running" : "is next";
  const place = half.line ? ` (${placeText({ path: half.path === revision.source.path ? null : half.path, line: half.line })})` : "";
  return el(
    "section",
    { class: "notice bad" },
    el("p", {}, `The ${half.operation} is half-applied: ${half.statements_done} of ${half.statements_total} statements ran. Statement ${half.statement}${place} ${state}.`),
    half.error && el("pre", { class: "output" }, half.error),
    el("div", { class: "hints" }, (half.hints ?? []).map((hint, index) => el("div", {}, index === 0 ? "continue: " : "or: ", el("code", {}, hint)))),
  );
}

function facts(revision, links) {
  const { source, service } = revision;
  const ids = (list) => list.map((id) => (service.byId.has(id) ? links.revision(service.byId.get(id)) : el("span", { class: "mono" }, id)));
  const named = (list) => list.map((other) => [other.service !== service && `${other.service.name}:`, links.revision(other)]);
  const needs = revision.needs.map((need) =>
    need.revision ? [need.service !== service && `${need.service.name}:`, links.revision(need.revision)] : el("span", { class: "mono" }, need.text),
  );
  const list = (items) => items.map((item) => el("span", { class: "item" }, item));
  const rows = [
    ["Author", source.author && [source.author, el("span", { class: "faint" }, ` ${time(source.committed_at)}, commit `), el("span", { class: "mono" }, source.commit)]],
    ["Created", source.created && source.created !== source.committed_at && time(source.created)],
    ["File", source.path && el("span", { class: "mono break" }, source.path)],
    ["Applied", source.recorded && `${time(source.recorded.applied_at)} by ${source.recorded.os_user}@${source.recorded.host}, by a newer release: there is no file here`],
    ["Down revision", revision.down.length > 0 ? list(ids(revision.down)) : "none: a base"],
    ["Followed by", revision.children.length > 0 && list(named(revision.children))],
    ["Needs", needs.length > 0 && list(needs)],
    ["Needed by", revision.neededBy.length > 0 && list(named(revision.neededBy))],
    ["Replaces", source.replaces && list(ids(source.replaces))],
    ["Replaced by", source.replaced_by && list(ids([source.replaced_by]))],
    ["Phase", source.phase],
    ["Transaction", source.no_transaction && "none: statement by statement"],
    ["Timeouts", timeouts(source)],
    ["Template", source.is_template && "its sections are templates"],
    ["Language", source.is_python && "Python: its SQL is not shown"],
    ["Allowed", source.allowances && source.allowances.map((text) => el("div", {}, text))],
  ];
  const shown = rows.filter(([, value]) => value);
  return el("dl", { class: "facts" }, shown.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function timeouts({ lock_timeout: lock, statement_timeout: statement }) {
  return [lock && `lock ${lock}`, statement && `statement ${statement}`].filter(Boolean).join(", ");
}

function section(title, note, ...content) {
  return el("section", { class: "part" }, el("h3", {}, title, note && el("span", { class: "note" }, note)), ...content);
}

/** Runs of the revision, newest first, as the journal has them. */
function runs(revision) {
  if (revision.runs.length === 0) return null;
  const rows = revision.runs.map(({ source, isFailure }) =>
    el(
      "li",
      { class: isFailure ? "run failed" : "run" },
      el("span", { class: "mono when" }, time(source.started_at)),
      el("span", { class: "what" }, source.operation),
      el("span", { class: isFailure ? "bad-text" : "faint" }, source.state),
      el("span", { class: "took" }, duration(source.duration_ms)),
      el("span", { class: "faint who" }, `${source.os_user}@${source.host}`),
      source.error && el("pre", { class: "output" }, source.error),
      source.note && el("div", { class: "output" }, source.note),
    ),
  );
  return section("Ran", revision.service.database?.product, el("ul", { class: "runs" }, rows));
}

const SIGNS = { create: "+", change: "~", drop: "−" };

/** What the revision changes in the schema. */
function effect(revision, links) {
  const changes = revision.service.changes.get(revision.id);
  if (!changes) return null;
  if (changes.length === 0) return section("Effect", null, el("p", { class: "faint" }, "Changes nothing in the schema."));
  const row = (change) =>
    el(
      "li",
      { class: `change is-${change.action}` },
      el("span", { class: "sign", role: "img", "aria-label": change.action }, SIGNS[change.action] ?? "~"),
      el(
        "span",
        {},
        el("span", { class: "kind" }, change.kind),
        " ",
        change.action !== "drop" && (change.table || change.kind === "table")
          ? links.table(revision, change.table ?? change.name, change.name)
          : el("span", { class: "mono" }, change.name),
        change.renamed_from && el("span", { class: "faint" }, ` was ${change.renamed_from}`),
        (change.details ?? []).map((detail) => el("span", { class: "mono definition" }, firstLine(detail, 400))),
        change.definition && !change.details && el("span", { class: "mono definition" }, firstLine(change.definition, 400)),
        change.was && !change.details && el("span", { class: "mono definition was" }, firstLine(change.was, 400)),
      ),
    );
  return section("Effect", count(changes.length, "change"), el("ul", { class: "changes" }, changes.map(row)));
}

const WORK = { catalog: "only the catalog changes", rows: "works on rows", scan: "reads the whole table", rewrite: "rewrites the whole table" };

/** Locks and losses of the statements. */
function risks(revision) {
  const statements = revision.source.statements ?? [];
  if (statements.length === 0) return null;
  const up = statements.filter((statement) => !statement.is_downgrade);
  const down = statements.filter((statement) => statement.is_downgrade);
  const losses = (statement) => (statement.losses ?? []).map((loss) => el("div", { class: "loss" }, `${loss.loss} ${loss.table}${loss.column ? `: ${loss.column}` : ""}`));
  const lock = (own) =>
    el(
      "div",
      { class: `lock blocks-${own.blocks}` },
      el("span", { class: "mono" }, own.table),
      el("span", {}, own.lock || "lock"),
      el("span", { class: "faint" }, `blocks ${own.blocks}, ${WORK[own.work]}`),
    );
  const row = (statement) =>
    el(
      "li",
      {},
      el("span", { class: "faint place" }, placeText(statement)),
      el("div", {}, el("span", { class: "verb" }, statement.verb), (statement.locks ?? []).map(lock), losses(statement), statement.is_opaque && el("div", { class: "faint" }, "its text does not show what it does")),
    );
  return [
    up.length > 0 && section("Locks and losses", null, el("ul", { class: "statements" }, up.map(row))),
    down.length > 0 && section("A downgrade loses", null, el("ul", { class: "statements" }, down.map(row))),
  ];
}

/** Findings of lint. */
function findings(revision) {
  if (revision.findings.length === 0) return null;
  const row = (finding) =>
    el(
      "li",
      { class: `finding ${finding.severity}` },
      el("div", { class: "finding-head" }, el("span", { class: `mark ${severityMark(finding.severity)}` }, finding.severity), el("span", { class: "mono rule" }, finding.rule), el("span", { class: "faint" }, placeText(finding))),
      el("p", {}, finding.text),
      (finding.notes ?? []).map((note) => el("p", { class: "faint" }, note)),
      finding.safe && el("details", {}, el("summary", {}, "The safe way"), sqlBlock(finding.safe)),
    );
  return section("Lint", count(revision.findings.length, "finding"), el("ul", { class: "findings" }, revision.findings.map(row)));
}

/** Class of the mark of a severity. */
export function severityMark(severity) {
  return { error: "bad", warning: "warn" }[severity] ?? "outline";
}

const ORDER = ["require", "upgrade", "verify", "downgrade"];

/** The sections with their SQL. */
function sections(revision, model) {
  const { source } = revision;
  if (!model.hasSql) return el("p", { class: "faint part" }, "The SQL was left out of this report (--no-sql).");
  const marked = new Map(revision.findings.map((finding) => [placeText(finding), { severity: finding.severity, title: `${finding.rule}: ${finding.text}` }]));
  const shown = ORDER.filter((name) => source.sections?.[name]);
  return shown.map((name) => {
    const { text, line, files } = source.sections[name];
    return section(name[0].toUpperCase() + name.slice(1), null, sqlBlock(text, files ?? [{ at: 0, line }], name === "upgrade" ? marked : new Map()));
  });
}
