// History: the graph of one service or of all of them, and the chosen revision beside it.

import { STATES, haystack } from "./data.js";
import { marks, revisionDetail, severityMark } from "./detail.js";
import { button, el, fill, icon, inSlices, svg } from "./dom.js";
import { count, day } from "./format.js";
import { GraphDrawing, graphOf, stateSign } from "./graph.js";
import { RowList } from "./rows.js";

const HISTORY_ROW = 32;

/** The view; `app` has the model, the links and the way to other places. */
export class HistoryView {
  constructor(app) {
    this.app = app;
    this.list = new RowList({
      label: "Revisions, newest first",
      rowHeight: HISTORY_ROW,
      render: (row) => this.row(row),
      onSelect: (row) => app.go({ view: "history", revision: row.revision }, true),
      onOpen: () => this.open(),
      className: "history-rows",
    });
    this.summary = el("div", { class: "summary", role: "status" });
    this.panel = el("div", { class: "side", "aria-live": "off" });
    this.node = el("div", { class: "split" }, el("div", { class: "main-side" }, this.summary, this.list.node), this.panel);
    this.cache = new Map();
  }

  /** Shows the revisions of a service, or of all, that match `query`, and one of them. */
  show({ service, revision, query }) {
    if (this.service !== service || this.query !== query) this.search(service, query);
    else if (!this.searching) this.showRevision(revision);
  }

  /** Finds the rows to show, in slices. Another search replaces one that is under way. */
  async search(service, query) {
    const searching = {};
    Object.assign(this, { service, query, searching });
    const rows = await inSlices(this.rows(service, query), () => this.searching !== searching);
    if (!rows) return;
    this.searching = null;
    this.list.setItems(rows);
    this.list.scrollTo(0);
    this.summarize(query);
    this.showRevision(this.app.place.revision);
  }

  showRevision(revision) {
    this.node.classList.toggle("has-side", Boolean(revision));
    const index = this.list.items.findIndex((row) => row.revision === revision);
    this.list.select(index);
    if (this.shown !== revision) {
      this.shown = revision;
      this.draw(revision);
    }
  }

  draw(revision) {
    if (!revision) return fill(this.panel, el("p", { class: "empty" }, "Choose a revision."));
    const close = button("Back to the list", () => this.close(), { class: "plain back" }, icon("back"), "Back");
    fill(this.panel, close, revisionDetail(revision, this.app.model, this.app.links));
    this.panel.scrollTop = 0;
  }

  /** Moves into the panel, where it covers the list. */
  open() {
    if (getComputedStyle(this.panel).position === "fixed") this.panel.querySelector("h2")?.focus({ preventScroll: true });
  }

  close() {
    this.app.go({ view: "history", revision: null });
    this.list.node.focus();
  }

  *rows(service, query) {
    const services = service ? [service] : this.app.model.services;
    const key = service?.name ?? "";
    if (!this.cache.has(key)) this.cache.set(key, graphOf(services));
    const { rows, lanes } = this.cache.get(key);
    this.list.node.classList.toggle("no-authors", !rows.some((row) => row.revision.source.author));
    this.isFiltered = query !== "";
    this.drawing = new GraphDrawing(this.isFiltered ? 1 : lanes, HISTORY_ROW);
    this.list.node.style.setProperty("--graph", `${this.drawing.width}px`);
    if (!this.isFiltered) return rows;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const row of rows) {
      const text = haystack(row.revision);
      if (words.every((word) => text.includes(word))) found.push(row);
      yield;
    }
    return found;
  }

  summarize(query) {
    const { items } = this.list;
    const total = count(items.length, "revision");
    // A half-applied revision is pending too, as `status` counts it.
    const isIn = { pending: ["pending", "half"], half: ["half"], ahead: ["ahead"] };
    const states = Object.entries(isIn).map(([state, own]) => [state, items.filter((row) => own.includes(row.revision.state)).length]);
    const counted = states.filter(([, number]) => number > 0).map(([state, number]) => el("span", { class: `count-${state}` }, `${number} ${STATES[state].split(":")[0]}`));
    fill(this.summary, query ? `${total} with “${query}”` : total, counted, this.legend());
  }

  legend() {
    const service = this.service ?? this.app.model.services[0];
    if (!service?.isKnown) return null;
    const signs = ["current", "applied", "pending"].map((state) => {
      const drawing = svg("svg", { width: 12, height: 12, "aria-hidden": "true", class: "lane-0" }, stateSign(6, 6, state));
      return el("span", { class: "sign" }, drawing, STATES[state]);
    });
    return el("span", { class: "legend" }, signs);
  }

  row(row) {
    const { revision } = row;
    const { source } = revision;
    const needs = revision.needs.filter((need) => need.service !== revision.service);
    const worst = ["error", "warning"].find((severity) => revision.findings.some((finding) => finding.severity === severity));
    const found = worst && revision.findings.filter((finding) => finding.severity === worst).length;
    return [
      this.isFiltered ? this.drawing.signOnly(row) : this.drawing.row(row),
      el("span", { class: "mono id" }, revision.id),
      el(
        "span",
        { class: `message state-${revision.state}` },
        !this.service && this.app.model.services.length > 1 && el("span", { class: `service-tag lane-${revision.service.index % 6}` }, revision.service.name),
        marks(revision),
        el("span", { class: "text" }, revision.message || "(no message)"),
        needs.map((need) => el("span", { class: "needs" }, `needs ${need.text}`)),
      ),
      el("span", { class: "lint" }, worst && el("span", { class: `mark ${severityMark(worst)}`, title: `lint: ${count(found, worst)}` }, count(found, worst))),
      el("span", { class: "author" }, source.author ?? ""),
      el("span", { class: "date" }, day(source.committed_at ?? source.created ?? source.recorded?.applied_at)),
      el("span", { class: "unseen" }, `, ${STATES[revision.state]}`),
    ];
  }
}
