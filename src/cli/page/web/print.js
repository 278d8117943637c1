// What is printed: the whole list instead of its visible rows, and the chosen revision or table below it.

import { STATES } from "./data.js";
import { revisionDetail } from "./detail.js";
import { el, fill } from "./dom.js";
import { day, duration, firstLine, time } from "./format.js";
import { GraphDrawing, graphOf } from "./graph.js";
import { overview } from "./overview.js";

/** Most rows of a list on paper. */
const MOST_PRINTED = 6000;
/** Most revisions with the graph beside them: drawings of thousands take a browser long to lay out on pages. */
const MOST_DRAWN = 1500;
/** Widest graph on paper, and the height of a row in its drawing, which is stretched to that of the row. */
const PRINTED_GRAPH = 160;
const PRINTED_ROW = 24;

/** Fills the part of the page that only paper shows. */
export function fillPrint(node, app) {
  const { place, model } = app;
  const title = place.service ? `${model.source.project ?? "aludel"}: ${place.service.name}` : (model.source.project ?? "aludel");
  fill(node, el("h1", {}, title), content(place, app));
}

function content(place, app) {
  const { model, links } = app;
  const services = place.service ? [place.service] : model.services;
  if (place.view === "journal") return journalTable(services);
  if (place.view === "schema") return schemaTables(app.schema);
  if (place.view === "overview") return overview(model, links);
  return [historyTable(services), place.revision && revisionDetail(place.revision, model, links)];
}

function table(head, rows) {
  return el("table", { class: "table" }, el("thead", {}, el("tr", {}, head.map((name) => el("th", {}, name)))), el("tbody", {}, rows.slice(0, MOST_PRINTED)));
}

/** A row; ids, dates and other short words stay on one line. */
function cells(...values) {
  const isShort = (value) => typeof value === "string" && value.length < 20;
  return el("tr", {}, values.map((value) => el("td", { class: isShort(value) ? "short" : null }, value)));
}

function historyTable(services) {
  const { rows, lanes } = graphOf(services);
  const drawing = rows.length <= MOST_DRAWN ? new GraphDrawing(lanes, PRINTED_ROW, PRINTED_GRAPH) : null;
  const printed = rows.map((row) => {
    const { id, service, state, message, source, down } = row.revision;
    const shown = cells(services.length > 1 && service.name, id, state === "unknown" ? "" : STATES[state], message, down.join(", "), day(source.committed_at ?? source.created));
    if (drawing) shown.prepend(el("td", { class: "graph-cell", style: { "min-width": `${drawing.width}px` } }, drawing.stretched(row)));
    return shown;
  });
  return table([...(drawing ? [""] : []), services.length > 1 ? "Service" : "", "Revision", "State", "Message", "After", "Date"], printed);
}

function journalTable(services) {
  const rows = services.flatMap((service) => service.journal).map(({ source, service, revision }) =>
    cells(time(source.started_at), service.name, source.operation, source.revision, revision?.message ?? firstLine(source.note), source.state, duration(source.duration_ms), source.error ?? ""),
  );
  return table(["Started (UTC)", "Service", "Operation", "Revision", "Message", "State", "Took", "Error"], rows);
}

function schemaTables(view) {
  const one = (own) => el("section", { class: "print-table" }, el("h3", {}, own.name), table(["Column", "Definition"], [...own.columns.values()].map((column) => cells(column.name, column.definition))));
  return view.tables?.map(one) ?? el("p", {}, "There is no schema to print.");
}
