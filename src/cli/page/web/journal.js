// Journal: what ran, when, how long it took and how it ended, as a time line and as a list.

import { entryText } from "./data.js";
import { afterFrame, button, el, fill, inSlices, svg } from "./dom.js";
import { count, day, duration, firstLine, time } from "./format.js";
import { RowList } from "./rows.js";

const ENTRY_ROW = 34;
const CHART_HEIGHT = 96;

/** The view. */
export class JournalView {
  constructor(app) {
    this.app = app;
    this.onlyFailures = false;
    this.list = new RowList({
      label: "Entries of the journal, newest first",
      rowHeight: ENTRY_ROW,
      render: (entry, index) => this.row(entry, index),
      onSelect: (entry) => this.choose(entry),
      className: "journal-rows",
    });
    this.chart = el("div", { class: "chart" });
    this.drawChartSoon = afterFrame(() => this.drawChart());
    this.summary = el("div", { class: "summary", role: "status" });
    this.panel = el("div", { class: "entry" });
    this.node = el("div", { class: "journal" }, this.summary, this.chart, this.list.node, this.panel);
    new ResizeObserver(() => this.chart.clientWidth !== this.drawnWidth && this.drawChartSoon()).observe(this.chart);
  }

  show({ service, query }) {
    if (this.service === service && this.query === query) return;
    Object.assign(this, { service, query });
    this.update();
  }

  /** Finds the entries to show, in slices. Another update replaces one that is under way. */
  async update() {
    const { service, app } = this;
    const services = service ? [service] : app.model.services;
    const updating = {};
    this.updating = updating;
    const entries = await inSlices(this.entries(services), () => this.updating !== updating);
    if (!entries) return;
    this.isMixed = services.length > 1;
    this.longest = entries.reduce((longest, { source }) => Math.max(longest, source.duration_ms ?? 0), 1);
    this.list.setItems(entries);
    this.list.select(-1);
    fill(this.panel);
    this.summarize(entries, services);
    this.drawChartSoon();
  }

  *entries(services) {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const entry of services.flatMap((own) => own.journal)) {
      const isWanted = !this.onlyFailures || entry.isFailure;
      if (isWanted && words.every((word) => entryText(entry).includes(word))) found.push(entry);
      // Without a search it is quick, and done before the next key.
      if (words.length > 0) yield;
    }
    // Within a service the journal's own order counts, not a clock that was set back.
    if (services.length > 1) found.sort((one, other) => other.start - one.start);
    return found;
  }

  summarize(entries, services) {
    const failures = entries.filter((entry) => entry.isFailure).length;
    const silent = services.filter((service) => !service.isKnown).map((service) => service.name);
    const toggle = button("Show failures only", () => {
      this.onlyFailures = !this.onlyFailures;
      this.update();
    }, { class: "plain toggle", "aria-pressed": String(this.onlyFailures), title: null }, "Failures only");
    fill(
      this.summary,
      count(entries.length, "entry", "entries"),
      failures > 0 && el("span", { class: "count-half" }, count(failures, "failure")),
      silent.length > 0 && el("span", { class: "faint" }, `no journal of ${silent.join(", ")}`),
      toggle,
    );
  }

  choose(entry) {
    const { source, revision, service } = entry;
    fill(
      this.panel,
      el(
        "div",
        { class: "entry-head" },
        el("span", { class: "service-name" }, service.name),
        revision ? this.app.links.revision(revision) : el("span", { class: "mono" }, source.revision),
        el("span", {}, revision?.message ?? source.note ?? ""),
      ),
      el(
        "p",
        { class: "faint" },
        `${source.operation} ${source.state}, started ${time(source.started_at)} UTC, took ${duration(source.duration_ms) || "an unknown time"}; `,
        `${source.statements_done} of ${count(source.statements_total, "statement")}; ${source.os_user}@${source.host}, aludel ${source.tool_version}`,
      ),
      source.error && el("pre", { class: "output" }, source.error),
      source.note && el("pre", { class: "output note" }, source.note),
    );
    this.mark(entry);
  }

  row(entry, index) {
    const { source, revision, service } = entry;
    const before = this.list.items[index - 1];
    const isNewDay = !before || day(before.source.started_at) !== day(source.started_at);
    const share = Math.log1p(source.duration_ms ?? 0) / Math.log1p(this.longest);
    return [
      el("span", { class: `day ${isNewDay ? "" : "again"}` }, day(source.started_at)),
      el("span", { class: "mono clock" }, time(source.started_at).slice(11)),
      this.isMixed && el("span", { class: `service-tag lane-${service.index % 6}` }, service.name),
      el("span", { class: "operation" }, source.operation),
      el("span", { class: "mono id" }, source.revision.startsWith("(") ? "" : source.revision),
      el("span", { class: entry.isFailure ? "message bad-text" : "message" }, el("span", { class: "text" }, entry.isFailure && source.error ? firstLine(source.error) : (revision?.message ?? source.note ?? ""))),
      el("span", { class: entry.isFailure ? "state bad-text" : "state faint" }, source.state),
      el("span", { class: "bar", "aria-hidden": "true" }, el("span", { class: entry.isFailure ? "fill bad" : "fill", style: { width: `${Math.round(share * 100)}%` } })),
      el("span", { class: "took" }, duration(source.duration_ms)),
      el("span", { class: "who faint" }, `${source.os_user}@${source.host}`),
    ];
  }

  /** The time line: each entry at its time, as high as it was long (on a logarithmic scale), failures in red. */
  drawChart() {
    const width = this.chart.clientWidth;
    this.drawnWidth = width;
    const entries = this.list.items.filter((entry) => !Number.isNaN(entry.start));
    if (width < 50 || entries.length === 0) return fill(this.chart);
    const [first, last] = entries.reduce(([low, high], { start }) => [Math.min(low, start), Math.max(high, start)], [Infinity, -Infinity]);
    const inner = width - 24;
    this.xOf = (start) => 12 + (last === first ? inner / 2 : ((start - first) / (last - first)) * inner);
    const base = CHART_HEIGHT - 22;
    const columns = new Map();
    for (const entry of entries) {
      const x = Math.round(this.xOf(entry.start) / 4) * 4;
      const column = columns.get(x) ?? { x, done: -1, failed: -1, failures: 0, entries: [] };
      const kind = entry.isFailure ? "failed" : "done";
      column[kind] = Math.max(column[kind], Math.log1p(entry.source.duration_ms ?? 0) / Math.log1p(this.longest));
      column.failures += entry.isFailure ? 1 : 0;
      column.entries.push(entry);
      columns.set(x, column);
    }
    const drawing = svg("svg", { width, height: CHART_HEIGHT, role: "img", "aria-label": `Time line of ${count(entries.length, "entry", "entries")} from ${day(entries[entries.length - 1].source.started_at)} to ${day(entries[0].source.started_at)}` });
    drawing.append(svg("line", { x1: 12, x2: width - 12, y1: base + 0.5, y2: base + 0.5, class: "axis" }));
    for (const { at, text } of ticks(first, last, width)) {
      const x = this.xOf(at);
      drawing.append(svg("line", { x1: x, x2: x, y1: base, y2: base + 5, class: "axis" }));
      const anchor = x < 50 ? "start" : x > width - 50 ? "end" : "middle";
      drawing.append(svg("text", { x, y: base + 17, "text-anchor": anchor, class: "tick" }, text));
    }
    // One path for all of a kind: a thousand elements would take longer than a frame.
    const stems = { done: "", failed: "", heads: "" };
    for (const column of columns.values()) {
      for (const kind of ["done", "failed"]) {
        if (column[kind] >= 0) stems[kind] += `M${column.x} ${base}V${base - 4 - column[kind] * (base - 26)}`;
      }
      if (column.failures > 0) stems.heads += `M${column.x - 2.6} 9a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0z`;
    }
    drawing.append(svg("path", { d: stems.done, class: "stem" }), svg("path", { d: stems.failed, class: "stem failed" }), svg("path", { d: stems.heads, class: "head" }));
    this.cursor = svg("line", { y1: 4, y2: base, class: "cursor", visibility: "hidden" });
    const title = svg("title", {});
    const nearest = (event) => nearestColumn(columns, event.clientX - drawing.getBoundingClientRect().left);
    drawing.addEventListener("pointermove", (event) => { title.textContent = columnTitle(nearest(event)); });
    drawing.addEventListener("click", (event) => {
      const { entries: own } = nearest(event);
      this.list.choose(this.list.items.indexOf(own.find((entry) => entry.isFailure) ?? own[0]));
    });
    drawing.append(this.cursor, title);
    fill(this.chart, drawing);
  }

  mark(entry) {
    if (!this.cursor || Number.isNaN(entry.start)) return;
    const x = this.xOf(entry.start);
    for (const name of ["x1", "x2"]) this.cursor.setAttribute(name, x);
    this.cursor.setAttribute("visibility", "visible");
  }
}

function nearestColumn(columns, x) {
  return [...columns.values()].reduce((best, column) => (Math.abs(column.x - x) < Math.abs(best.x - x) ? column : best));
}

function columnTitle({ entries, failures }) {
  const failed = failures > 0 ? `, ${count(failures, "failure")}` : "";
  return `${time(entries[0].source.started_at)}: ${count(entries.length, "entry", "entries")}${failed}`;
}

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const STEPS = [1000, 10_000, MINUTE, 10 * MINUTE, 60 * MINUTE, 360 * MINUTE, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
const MONTHS = [1, 3, 6, 12, 24, 60, 120];

/** Ticks of the axis: round times, as many as fit. */
function ticks(first, last, width) {
  const most = Math.max(1, Math.floor(width / 120));
  const found = [];
  const step = STEPS.find((own) => (last - first) / own <= most);
  if (step) {
    for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
      const text = new Date(at).toISOString();
      found.push({ at, text: step >= DAY ? text.slice(0, 10) : step >= MINUTE ? text.slice(5, 16).replace("T", " ") : text.slice(11, 19) });
    }
  } else {
    const months = MONTHS.find((own) => (last - first) / (own * 30 * DAY) <= most) ?? 1200;
    const start = new Date(first);
    let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth() + 1) / months) * months;
    for (let at = utcMonth(month); at <= last; month += months, at = utcMonth(month)) {
      if (at >= first) found.push({ at, text: new Date(at).toISOString().slice(0, 7) });
    }
  }
  return found.length > 0 ? found : [{ at: first, text: new Date(first).toISOString().slice(0, 16).replace("T", " ") }];
}

function utcMonth(month) {
  return Date.UTC(Math.floor(month / 12), month % 12);
}
