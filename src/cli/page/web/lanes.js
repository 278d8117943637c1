// Lanes of the graph, as git clients draw them: one pass over the rows from the newest to the oldest. A lane is a place
// beside the rows that waits for a revision further down.

const LANE_COLOURS = 6;

/**
 * Assigns lanes. `rows` have a `key` and `parents`: `{ key, isNeed }`. Returns for each row the lane of its node, its
 * colour, and lines `[fromLane, toLane, colour, isNeed]` above and below the middle of the row; and the number of lanes.
 */
export function assignLanes(rows, colourOf) {
  const present = new Set(rows.map((row) => row.key));
  const lanes = [];
  const state = { width: 0, colours: 0 };
  const laidOut = rows.map((row) => layRow(row, lanes, present, colourOf, state));
  return { rows: laidOut, width: state.width };
}

function layRow(row, lanes, present, colourOf, state) {
  const waits = (lane) => lane && lane.key === row.key;
  const solid = lanes.findIndex((lane) => waits(lane) && !lane.isNeed);
  const any = lanes.findIndex(waits);
  let column = solid >= 0 ? solid : any;
  const colour = solid >= 0 ? lanes[solid].colour : (colourOf?.(row) ?? state.colours++ % LANE_COLOURS);
  if (column < 0) column = freeLane(lanes);
  const above = [];
  lanes.forEach((lane, index) => {
    if (!lane) return;
    above.push([index, waits(lane) ? column : index, lane.colour, lane.isNeed]);
    if (waits(lane)) lanes[index] = null;
  });
  const below = [];
  lanes.forEach((lane, index) => lane && below.push([index, index, lane.colour, lane.isNeed]));
  // The first parent keeps the lane, so that a line of revisions is straight.
  let isLaneTaken = false;
  for (const parent of row.parents.filter((parent) => present.has(parent.key))) {
    const isShared = (lane) => lane && lane.key === parent.key && lane.isNeed === parent.isNeed;
    let target = isLaneTaken || parent.isNeed ? lanes.findIndex(isShared) : -1;
    let line = target >= 0 ? lanes[target].colour : colour;
    if (target < 0) {
      target = isLaneTaken || parent.isNeed ? freeLane(lanes, column) : column;
      if (target !== column && !parent.isNeed) line = colourOf?.(row) ?? state.colours++ % LANE_COLOURS;
      lanes[target] = { key: parent.key, colour: line, isNeed: parent.isNeed };
      isLaneTaken ||= target === column;
    }
    below.push([column, target, line, parent.isNeed]);
  }
  state.width = Math.max(state.width, lanes.length, column + 1);
  while (lanes.length > 0 && !lanes[lanes.length - 1]) lanes.pop();
  return { column, colour, above, below };
}

/** The first lane that is free, other than `except`. */
function freeLane(lanes, except = -1) {
  for (let index = 0; ; index += 1) {
    if (!lanes[index] && index !== except) return index;
  }
}

/** Rows for `assignLanes` of revisions, with the dependencies or without. */
export function graphRows(revisions, withNeeds) {
  return revisions.map((revision) => {
    const down = revision.down.map((id) => ({ key: revision.service.byId.get(id)?.key, isNeed: false }));
    const needs = withNeeds ? revision.needs.map((need) => ({ key: need.revision?.key, isNeed: true })) : [];
    return { key: revision.key, revision, parents: [...down, ...needs].filter((parent) => parent.key) };
  });
}

/** Most lanes with which dependencies are drawn as lines too; the rows name them in any case. */
const WIDEST = 18;

/** Lanes of revisions: with the dependencies, unless that makes the graph too wide. */
export function lanesOf(revisions, colourOf) {
  const whole = assignLanes(graphRows(revisions, true), colourOf);
  return whole.width <= WIDEST ? whole : assignLanes(graphRows(revisions, false), colourOf);
}
