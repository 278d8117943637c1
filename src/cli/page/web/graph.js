// The graph beside a list of revisions: signs and lines of one row, drawn from the lanes.

import { mergedOrder } from "./data.js";
import { svg } from "./dom.js";
import { lanesOf } from "./lanes.js";

const RADIUS = 4.5;
/** Room left of the first lane and right of the last one. */
const MARGIN = 9;
/** Widest graph on the screen. */
const WIDEST_GRAPH = 260;

/** Rows of services, newest first, each with its lane; and the width in lanes. */
export function graphOf(services) {
  const revisions = mergedOrder(services);
  const colourOf = services.length > 1 ? (row) => row.revision.service.index % 6 : null;
  const lanes = lanesOf(revisions, colourOf);
  return { rows: revisions.map((revision, index) => ({ revision, lane: lanes.rows[index] })), lanes: lanes.width };
}

/** Draws rows of one height with this number of lanes. */
export class GraphDrawing {
  constructor(lanes, height, widest = WIDEST_GRAPH) {
    this.height = height;
    this.spacing = Math.max(6, Math.min(15, widest / lanes));
    this.width = Math.ceil(lanes * this.spacing + MARGIN + 1);
  }

  x(lane) {
    return MARGIN + lane * this.spacing;
  }

  /** Sign and lines of a row. */
  row({ revision, lane }) {
    return this.drawing({ class: "graph" }, this.lines(lane), this.sign(revision, lane));
  }

  /** The sign alone, in the first lane. */
  signOnly({ revision, lane }) {
    return this.drawing({ class: "graph" }, this.sign(revision, { ...lane, column: 0 }));
  }

  /** Lines that become as high as the row, and the sign in its middle. */
  stretched({ revision, lane }) {
    const lines = this.drawing({ class: "graph-lines", viewBox: `0 0 ${this.width} ${this.height}`, preserveAspectRatio: "none" }, this.lines(lane));
    return [lines, this.drawing({ class: "graph-sign" }, this.sign(revision, lane))];
  }

  drawing(attributes, ...content) {
    return svg("svg", { width: this.width, height: this.height, "aria-hidden": "true", ...attributes }, ...content);
  }

  sign(revision, { column, colour }) {
    return svg("g", { class: `lane-${colour}` }, stateSign(this.x(column), this.height / 2, revision.state));
  }

  lines({ above, below }) {
    const { height } = this;
    return [
      above.map(([from, to, colour, isNeed]) => this.line(from, to, 0, height / 2, colour, isNeed)),
      below.map(([from, to, colour, isNeed]) => this.line(from, to, height / 2, height, colour, isNeed)),
    ];
  }

  line(from, to, top, bottom, colour, isNeed) {
    const [start, end] = [this.x(from), this.x(to)];
    const half = (top + bottom) / 2;
    const d = start === end ? `M${start} ${top}V${bottom}` : `M${start} ${top}C${start} ${half + 3} ${end} ${half - 3} ${end} ${bottom}`;
    return svg("path", { d, class: `lane-line lane-${colour}${isNeed ? " need" : ""}` });
  }
}

/** Sign of a revision: filled if it is applied, with a ring if it is current, hollow if it is pending. */
export function stateSign(x, y, state) {
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
