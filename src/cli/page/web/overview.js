// Overview: where each database is, what needs a person, and which services wait for each other.

import { el } from "./dom.js";
import { count, day, duration, firstLine, time } from "./format.js";

/** The view. `links` makes links to revisions and views. */
export function overview(model, links) {
  const problems = model.services.flatMap((service) => problemsOf(service, links));
  const needs = model.services.flatMap((service) => crossNeeds(service));
  return el(
    "div",
    { class: "page overview" },
    model.source.error && el("p", { class: "notice bad" }, model.source.error.message),
    problems.length > 0 &&
      el("section", { "aria-labelledby": "attention" }, el("h2", { id: "attention" }, "Needs attention"), el("ul", { class: "problems" }, problems)),
    el("section", { "aria-labelledby": "services" }, el("h2", { id: "services" }, "Services"), serviceTable(model, links)),
    needs.length > 0 &&
      el("section", { "aria-labelledby": "between" }, el("h2", { id: "between" }, "Dependencies between services"), needsTable(needs, links)),
    notesOf(model),
    el("p", { class: "faint" }, `Made by aludel ${model.source.tool_version ?? ""} at ${time(model.source.generated_at)}. Times are UTC.`),
  );
}

/** Most notes in the overview. */
const MOST_NOTES = 20;

/** What could not be examined: revisions in Python, templates without their variables. */
function notesOf(model) {
  const notes = model.services.flatMap((service) => (service.source.notes ?? []).map((note) => `${service.name}: ${note}`));
  if (notes.length === 0) return null;
  const rest = notes.length - MOST_NOTES;
  const shown = [...notes.slice(0, MOST_NOTES), ...(rest > 0 ? [`and ${rest.toLocaleString("en")} more`] : [])];
  return el("section", { class: "faint" }, shown.map((note) => el("p", {}, note)));
}

function problem(service, level, links, ...text) {
  return el("li", { class: `problem ${level}` }, el("a", { href: links.history(service), class: "service-name" }, service.name), el("div", {}, ...text));
}

function hints(texts) {
  return (texts ?? []).map((hint) => el("div", { class: "hint" }, hint));
}

function problemsOf(service, links) {
  const { source, database } = service;
  const found = [];
  const add = (level, ...text) => found.push(problem(service, level, links, ...text));
  const failure = source.error ?? database?.error;
  if (failure) {
    const what = source.error ? "The revisions cannot be read: " : "The database cannot be read: ";
    add("bad", `${what}${failure.message}`, ...hints(failure.hints));
  }
  for (const half of database?.incomplete ?? []) {
    const revision = service.byId.get(half.revision);
    const name = revision ? links.revision(revision) : half.revision;
    const text = ` is half-applied: ${half.statements_done} of ${half.statements_total} statements of the ${half.operation} ran.`;
    add("bad", name, text, half.error && el("div", { class: "output" }, firstLine(half.error, 300)), ...hints(half.hints));
  }
  if (database?.version_rows_lost) {
    add("bad", `The version table has no rows, but its journal records ${database.version_rows_lost.join(" and ")} as applied.`);
  }
  if (database?.unknown?.length > 0) {
    add("bad", `The version table contains ${database.unknown.join(", ")}, which has no revision file.`);
  }
  for (const changed of database?.changed ?? []) {
    const revision = service.byId.get(changed.revision);
    add("warn", revision ? links.revision(revision) : changed.revision, ` was applied, and does not match its file any more (${changed.what}).`);
  }
  return found;
}

function serviceTable(model, links) {
  const head = ["Service", "Database", "Current", "Pending", "Revisions", "Last run"];
  const rows = model.services.map((service) => serviceRow(service, links));
  return el(
    "div",
    { class: "table-scroll" },
    el(
      "table",
      { class: "table services" },
      el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows),
    ),
  );
}

function serviceRow(service, links) {
  const cell = (label, ...content) => el("td", { "data-label": label }, ...content);
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, el("a", { href: links.history(service), class: "service-name" }, service.name)),
    cell("Database", databaseCell(service)),
    cell("Current", currentCell(service, links)),
    cell("Pending", pendingCell(service)),
    cell("Revisions", el("span", { class: "number-cell" }, service.revisions.length.toLocaleString("en")), headsNote(service)),
    cell("Last run", lastRun(service, links)),
  );
}

function databaseCell(service) {
  const { database } = service;
  if (!database) return el("span", { class: "faint" }, "not asked");
  const product = database.product ? `${database.product} ${firstLine(database.version, 24)}` : "cannot be read";
  return [
    el("div", { class: database.error ? "bad-text" : null }, product),
    el("div", { class: "faint mono url" }, database.url ?? ""),
  ];
}

function currentCell(service, links) {
  if (!service.isKnown) return el("span", { class: "faint" }, "not known");
  const { current, unknown, ahead } = service.database;
  if (current.length === 0 && unknown.length === 0) return el("span", { class: "faint" }, "base: nothing is applied");
  const known = current.map((id) => service.byId.get(id)).filter(Boolean);
  return [
    known.map((revision) => el("div", { class: "current-row" }, links.revision(revision), " ", firstLine(revision.message, 60))),
    unknown.map((id) => el("div", { class: "bad-text mono" }, `${id} (unknown)`)),
    ahead.length > 0 && el("div", { class: "warn-text" }, `${count(ahead.length, "revision")} ahead: without a file here`),
  ];
}

function pendingCell(service) {
  if (!service.isKnown) return el("span", { class: "faint" }, "not known");
  const { pending, incomplete } = service.database;
  return [
    pending.length === 0 ? el("span", { class: "faint" }, "nothing") : el("span", { class: "strong" }, pending.length.toLocaleString("en")),
    incomplete.length > 0 && el("div", { class: "bad-text" }, `${incomplete.length} half-applied`),
  ];
}

function headsNote(service) {
  const heads = service.revisions.filter((revision) => revision.source.is_head).length;
  return heads > 1 && el("div", { class: "faint" }, count(heads, "head"));
}

function lastRun(service, links) {
  const last = service.journal.find((entry) => entry.source.operation !== "stamp") ?? service.journal[0];
  if (!last) return el("span", { class: "faint" }, "never");
  const { source } = last;
  const text = `${source.operation} ${source.state}`;
  return [
    el("div", { class: last.isFailure ? "bad-text" : null }, `${day(source.started_at)} ${text}`),
    el("div", { class: "faint" }, last.revision ? links.revision(last.revision) : source.revision, " ", duration(source.duration_ms)),
  ];
}

function crossNeeds(service) {
  return service.revisions.flatMap((revision) =>
    revision.needs.filter((need) => need.service !== service || !need.revision).map((need) => ({ revision, need })),
  );
}

/** Most dependencies in the table; the graph has all of them. */
const MOST_NEEDS = 200;

function needsTable(needs, links) {
  const row = ({ revision, need }) =>
    el(
      "tr",
      {},
      el("td", { "data-label": "Revision" }, el("span", { class: "service-name" }, revision.service.name), " ", links.revision(revision), " ", firstLine(revision.message, 60)),
      el("td", { "data-label": "Needs" }, need.revision
        ? [el("span", { class: "service-name" }, need.service.name), " ", links.revision(need.revision), " ", firstLine(need.revision.message, 60)]
        : el("span", { class: "mono" }, need.text)),
    );
  const head = ["Revision", "Needs"].map((name) => el("th", { scope: "col" }, name));
  const table = el("table", { class: "table" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, needs.slice(0, MOST_NEEDS).map(row)));
  const more = needs.length > MOST_NEEDS && el("p", { class: "faint" }, `${count(needs.length - MOST_NEEDS, "more", "more")}: see the graph of all services.`);
  return [el("div", { class: "table-scroll" }, table), more];
}
