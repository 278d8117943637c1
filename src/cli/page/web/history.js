// History: the graph of one service or of all of them, and the chosen revision beside it.

import { STATES, haystack, mergedOrder } from "./data.js";
import { marks, revisionDetail, severityMark } from "./detail.js";
import { button, el, fill, icon, svg } from "./dom.js";
import { count, day } from "./format.js";
import { lanesOf } from "./lanes.js";
import { RowList } from "./rows.js";

const HISTORY_ROW = 32;
const MIDDLE = HISTORY_ROW / 2;
const RADIUS = 4.5;

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
    if (this.service !== service || this.query !== query) {
      Object.assign(this, { service, query });
      this.list.setItems(this.rows(service, query));
      this.summarize(query);
      this.list.node.scrollTop = 0;
    }
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

  rows(service, query) {
    const services = service ? [service] : this.app.model.services;
    const key = service?.name ?? "";
    if (!this.cache.has(key)) {
      const revisions = mergedOrder(services);
      const colourOf = services.length > 1 ? (row) => row.revision.service.index % 6 : null;
      const lanes = lanesOf(revisions, colourOf);
      const rows = revisions.map((revision, index) => ({ revision, lane: lanes.rows[index] }));
      this.cache.set(key, { rows, width: lanes.width });
    }
    const { rows, width } = this.cache.get(key);
    this.list.node.classList.toggle("no-authors", !rows.some((row) => row.revision.source.author));
    this.isFiltered = query !== "";
    this.lanes = this.isFiltered ? 1 : width;
    this.spacing = Math.max(6, Math.min(15, 260 / this.lanes));
    this.graphWidth = Math.ceil(this.lanes * this.spacing + 10);
    this.list.node.style.setProperty("--graph", `${this.graphWidth}px`);
    if (!this.isFiltered) return rows;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return rows.filter(({ revision }) => {
      const text = haystack(revision, true);
      const name = revision.service.name.toLowerCase();
      return words.every((word) => text.includes(word) || name.includes(word));
    });
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
      const drawing = svg("svg", { width: 12, height: 12, "aria-hidden": "true", class: "lane-0" }, node(6, 6, state));
      return el("span", { class: "sign" }, drawing, STATES[state]);
    });
    return el("span", { class: "legend" }, signs);
  }

  row({ revision, lane }) {
    const { source } = revision;
    const needs = revision.needs.filter((need) => need.service !== revision.service);
    const worst = ["error", "warning"].find((severity) => revision.findings.some((finding) => finding.severity === severity));
    const found = worst && revision.findings.filter((finding) => finding.severity === worst).length;
    return [
      this.graph(revision, lane),
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

  graph(revision, lane) {
    const drawing = svg("svg", { class: "graph", width: this.graphWidth, height: HISTORY_ROW, "aria-hidden": "true" });
    if (this.isFiltered) {
      drawing.append(svg("g", { class: `lane-${lane.colour}` }, node(this.x(0), MIDDLE, revision.state)));
      return drawing;
    }
    for (const [from, to, colour, isNeed] of lane.above) drawing.append(this.line(from, to, 0, MIDDLE, colour, isNeed));
    for (const [from, to, colour, isNeed] of lane.below) drawing.append(this.line(from, to, MIDDLE, HISTORY_ROW, colour, isNeed));
    const place = svg("g", { class: `lane-${lane.colour}` }, node(this.x(lane.column), MIDDLE, revision.state));
    drawing.append(place);
    return drawing;
  }

  x(lane) {
    return 9 + lane * this.spacing;
  }

  line(from, to, top, bottom, colour, isNeed) {
    const [start, end] = [this.x(from), this.x(to)];
    const half = (top + bottom) / 2;
    const d = start === end ? `M${start} ${top}V${bottom}` : `M${start} ${top}C${start} ${half + 3} ${end} ${half - 3} ${end} ${bottom}`;
    return svg("path", { d, class: `lane-line lane-${colour}${isNeed ? " need" : ""}` });
  }
}

/** Sign of a revision: filled if it is applied, with a ring if it is current, hollow if it is pending. */
function node(x, y, state) {
  const circle = (radius, kind) => svg("circle", { cx: x, cy: y, r: radius, class: kind });
  switch (state) {
    case "current":
      return [circle(RADIUS + 1.2, "node ring"), circle(2.4, "node dot")];
    case "pending":
      return circle(RADIUS - 0.4, "node hollow");
    case "half":
      return [circle(RADIUS, "node hollow bad"), svg("path", { d: `M${x} ${y - RADIUS}A${RADIUS} ${RADIUS} 0 0 0 ${x} ${y + RADIUS}z`, class: "node half" })];
    case "ahead":
      return circle(RADIUS - 0.4, "node hollow ahead");
    default:
      return circle(RADIUS, "node dot");
  }
}
