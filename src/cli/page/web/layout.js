// Places of tables in the diagram: tables that refer to each other in layers, what is referred to on the left; groups
// that have nothing to do with each other beside and below one another.

const GAP_X = 96;
const GAP_Y = 28;
const GROUP_GAP = 64;

/** Places nodes `{ id, width, height }` with `links` `[from, to]`; sets `x` and `y`, returns the size of all of it. A
 * generator, because a thousand tables take longer than a frame. */
export function* placeTables(nodes, links) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const to = new Map(nodes.map((node) => [node, new Set()]));
  const from = new Map(nodes.map((node) => [node, new Set()]));
  for (const [source, target] of links) {
    const [one, other] = [byId.get(source), byId.get(target)];
    if (!one || !other || one === other) continue;
    to.get(one).add(other);
    from.get(other).add(one);
  }
  yield;
  const groups = [];
  for (const group of groupsOf(nodes, to, from)) {
    yield;
    groups.push(yield* placeGroup(group, to, from));
  }
  return pack(groups);
}

function groupsOf(nodes, to, from) {
  const seen = new Set();
  const groups = [];
  for (const node of nodes) {
    if (seen.has(node)) continue;
    seen.add(node);
    const group = [node];
    for (let index = 0; index < group.length; index += 1) {
      for (const other of [...to.get(group[index]), ...from.get(group[index])]) {
        if (seen.has(other)) continue;
        seen.add(other);
        group.push(other);
      }
    }
    groups.push(group);
  }
  return groups;
}

/** Layers of a group: a table is to the right of every table that it refers to, unless they refer to each other. */
function layers(group, to) {
  const depth = new Map();
  const open = new Set();
  const visit = (root) => {
    const stack = [[root, [...to.get(root)]]];
    open.add(root);
    while (stack.length > 0) {
      const [node, rest] = stack[stack.length - 1];
      const next = rest.pop();
      if (next === undefined) {
        const below = [...to.get(node)].filter((other) => depth.has(other)).map((other) => depth.get(other) + 1);
        depth.set(node, Math.max(0, ...below));
        open.delete(node);
        stack.pop();
      } else if (!depth.has(next) && !open.has(next)) {
        open.add(next);
        stack.push([next, [...to.get(next)]]);
      }
    }
  };
  group.forEach((node) => depth.has(node) || visit(node));
  const found = [];
  for (const node of group) (found[depth.get(node)] ??= []).push(node);
  return found.filter(Boolean);
}

function* placeGroup(group, to, from) {
  const ranks = layers(group, to);
  yield;
  // A few rounds of moving each table to the middle of its neighbours, in the layer before and in the one behind.
  const order = new Map();
  ranks.forEach((rank) => rank.forEach((node, index) => order.set(node, index / rank.length)));
  const middle = (node, neighbours) => {
    const own = [...neighbours.get(node)];
    return own.length === 0 ? order.get(node) : own.reduce((sum, other) => sum + order.get(other), 0) / own.length;
  };
  for (let round = 0; round < 6; round += 1) {
    const neighbours = round % 2 === 0 ? to : from;
    for (const rank of ranks) {
      const places = new Map(rank.map((node) => [node, middle(node, neighbours)]));
      rank.sort((one, other) => places.get(one) - places.get(other));
      rank.forEach((node, index) => order.set(node, index / rank.length));
      yield;
    }
  }
  return placeRanks(group, ranks);
}

/** Shape of the whole that fits a screen: width by height. */
const SHAPE = 1.5;

/** Layers from left to right; a layer that is much higher than the group is wide is broken into several columns. */
function placeRanks(group, ranks) {
  const area = group.reduce((sum, node) => sum + (node.width + GAP_X) * (node.height + GAP_Y), 0);
  const tries = [0.5, 0.6, 0.7, 0.85, 1, 1.2, 1.5].map((factor) => columnsOf(ranks, Math.max(420, Math.sqrt(area) * factor)));
  const distance = ({ width, height }) => Math.abs(Math.log(width / height / SHAPE));
  const { columns, width, height } = tries.reduce((best, other) => (distance(other) < distance(best) ? other : best));
  for (const column of columns) {
    let y = (height - column.height) / 2;
    for (const node of column.nodes) {
      [node.x, node.y] = [column.x, y];
      y += node.height + GAP_Y;
    }
  }
  return { nodes: group, width, height };
}

/** Columns of layers, none higher than `highest` unless it has one table only. */
function columnsOf(ranks, highest) {
  const columns = [];
  let right = -GAP_X;
  let column = null;
  const start = (gap) => {
    right = column ? column.x + column.width : right;
    column = { x: right + gap, height: -GAP_Y, width: 0, nodes: [] };
    columns.push(column);
  };
  for (const rank of ranks) {
    start(GAP_X);
    for (const node of rank) {
      if (column.nodes.length > 0 && column.height + GAP_Y + node.height > highest) start(GAP_X / 3);
      column.nodes.push(node);
      column.height += GAP_Y + node.height;
      column.width = Math.max(column.width, node.width);
    }
  }
  return { columns, width: column.x + column.width, height: Math.max(...columns.map((own) => own.height)) };
}

/** Puts groups into lines of about the width that makes the whole a little wider than high. */
function pack(groups) {
  groups.sort((one, other) => other.nodes.length - one.nodes.length || other.height - one.height);
  const area = groups.reduce((sum, group) => sum + (group.width + GROUP_GAP) * (group.height + GROUP_GAP), 0);
  const limit = Math.max(groups[0]?.width ?? 0, Math.sqrt(area * 1.6));
  const size = { width: 0, height: 0 };
  let [x, y, lineHeight] = [0, 0, 0];
  for (const group of groups) {
    // Beside a group that is much higher, a line would be nearly empty.
    if (x > 0 && (x + group.width > limit || lineHeight > 3 * group.height)) {
      [x, y, lineHeight] = [0, y + lineHeight + GROUP_GAP, 0];
    }
    for (const node of group.nodes) {
      node.x += x;
      node.y += y;
    }
    size.width = Math.max(size.width, x + group.width);
    size.height = Math.max(size.height, y + group.height);
    lineHeight = Math.max(lineHeight, group.height);
    x += group.width + (group.nodes.length > 1 ? GROUP_GAP : GAP_Y);
  }
  return size;
}
