// The entity diagram: drawn on a canvas, only what is visible, and less of it from afar.

import { afterFrame, el, perFrame } from "./dom.js";
import { placeTables } from "./layout.js";

const ROW = 20;
const HEAD = 30;
const PAD = 10;
/** Columns of a table that are drawn; the panel beside has all of them. */
const MOST_COLUMNS = 14;
/** Names of tables that are drawn above everything from afar. */
const MOST_LANDMARKS = 40;
/** Scale below which a table is a plain box with its name, if that can be read. */
const FAR = 0.24;
const SANS = "13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const BOLD = `600 ${SANS}`;
const MONO = "11px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const THEME_COLOURS = ["bg", "raised", "panel", "line", "ink", "soft", "faint", "accent", "accent-soft", "warn"];

/** A diagram that can be moved and zoomed; `onSelect` is called with the table that was clicked, or `null`. */
export class Diagram {
  constructor({ onSelect }) {
    this.onSelect = onSelect;
    this.canvas = el("canvas", { class: "diagram", role: "img", tabindex: "0", "aria-label": "Entity diagram; the list of tables has the same content" });
    this.context = this.canvas.getContext("2d");
    this.view = { x: 0, y: 0, scale: 1 };
    this.boxes = [];
    this.landmarks = [];
    this.draw = perFrame(() => this.paint());
    this.drawLater = afterFrame(() => this.paint());
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    this.listen();
  }

  /** Shows tables of `tableList`; a generator. Places are kept for the same tables. */
  *setTables(tables) {
    const shape = tables.map((table) => `${table.name}:${table.rows.length}`).join("\n");
    if (shape !== this.shape) {
      const boxes = [];
      for (const table of tables) {
        boxes.push(this.box(table));
        if (boxes.length % 32 === 0) yield;
      }
      const links = boxes.flatMap(({ table }) => table.references.map((key) => [table.name, key.references.table]));
      const size = yield* placeTables(boxes, links);
      Object.assign(this, { shape, boxes, size, isFitted: false });
    } else {
      this.boxes.forEach((box, index) => { box.table = tables[index]; });
    }
    this.byName = new Map(this.boxes.map((box) => [box.id, box]));
    this.links = this.boxes.flatMap((box) => box.table.references.map((key) => ({ box, key, target: this.byName.get(key.references.table) }))).filter((link) => link.target);
    const users = new Map();
    for (const { target } of this.links) users.set(target, (users.get(target) ?? 0) + 1);
    this.landmarks = [...users.keys()].sort((one, other) => users.get(other) - users.get(one));
    if (!this.isFitted) this.fit();
    this.drawLater();
  }

  box(table) {
    const rows = Math.min(table.rows.length, MOST_COLUMNS) + (table.rows.length > MOST_COLUMNS ? 1 : 0);
    const { context } = this;
    context.font = BOLD;
    let width = context.measureText(table.name.slice(0, 60)).width + 24;
    for (const row of table.rows.slice(0, MOST_COLUMNS)) {
      width = Math.max(width, 54 + 6.7 * (Math.min(row.name.length, 40) + Math.min(row.type.length, 28)));
    }
    return { id: table.name, table, width: Math.min(420, Math.max(150, Math.ceil(width))), height: HEAD + rows * ROW + (rows > 0 ? 8 : 0), x: 0, y: 0 };
  }

  /** Marks a table and moves it into view; none if `name` is `null`. */
  select(name) {
    this.selected = name;
    const box = name && this.byName?.get(name);
    if (!this.isMoved) this.fit();
    if (box) {
      const { width, height } = this.canvas.getBoundingClientRect();
      const { view } = this;
      if (view.scale < 0.5) {
        view.scale = 0.75;
        this.isMoved = true;
      }
      const [left, top] = [view.x + box.x * view.scale, view.y + box.y * view.scale];
      const isVisible = left > 0 && top > 0 && left + box.width * view.scale < width && top + Math.min(box.height * view.scale, height) <= height;
      if (!isVisible) {
        this.isMoved = true;
        view.x = width / 2 - (box.x + box.width / 2) * view.scale;
        view.y = height / 2 - (box.y + Math.min(box.height, height / view.scale) / 2) * view.scale;
      }
    }
    this.drawLater();
  }

  /** Marks the columns that the chosen revision has changed: names of tables with sets of columns. */
  setChanged(changed) {
    this.changed = changed;
    this.drawLater();
  }

  fit() {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (width === 0 || !this.size?.width) return;
    const scale = Math.min((width - 48) / this.size.width, (height - 48) / this.size.height, 1);
    this.view.scale = Math.max(0.03, scale);
    this.view.x = Math.max(24, (width - this.size.width * this.view.scale) / 2);
    this.view.y = Math.max(24, (height - this.size.height * this.view.scale) / 2);
    this.isFitted = true;
    this.isMoved = false;
    this.drawLater();
  }

  zoom(factor, x, y) {
    const { view } = this;
    const { width, height } = this.canvas.getBoundingClientRect();
    const [px, py] = [x ?? width / 2, y ?? height / 2];
    const scale = Math.min(2.5, Math.max(0.03, view.scale * factor));
    view.x = px - ((px - view.x) * scale) / view.scale;
    view.y = py - ((py - view.y) * scale) / view.scale;
    view.scale = scale;
    this.isMoved = true;
    this.draw();
  }

  resize() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    if (!this.isFitted || !this.isMoved) this.fit();
    this.paint();
  }

  listen() {
    const { canvas, view } = this;
    const pointers = new Map();
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
      moved = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return this.hover(event);
      const other = [...pointers.values()].find((own) => own.pointerId !== event.pointerId);
      if (other) {
        const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
        const { left, top } = canvas.getBoundingClientRect();
        this.zoom(distance(event) / Math.max(1, distance(before)), (event.clientX + other.clientX) / 2 - left, (event.clientY + other.clientY) / 2 - top);
      } else {
        view.x += event.clientX - before.clientX;
        view.y += event.clientY - before.clientY;
      }
      this.isMoved = true;
      moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
      pointers.set(event.pointerId, event);
      this.draw();
    });
    const end = (event) => {
      const wasDown = pointers.delete(event.pointerId);
      if (wasDown && event.type === "pointerup" && moved < 5) this.onSelect(this.at(event)?.id ?? null);
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { left, top } = canvas.getBoundingClientRect();
      const isZoom = event.ctrlKey || event.metaKey || Math.abs(event.deltaX) < Math.abs(event.deltaY);
      if (isZoom) return this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - left, event.clientY - top);
      view.x -= event.deltaX;
      this.isMoved = true;
      this.draw();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
      if (!(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      this.isMoved = true;
      view.x += steps[event.key][0];
      view.y += steps[event.key][1];
      this.draw();
    });
  }

  at(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const { view } = this;
    const [x, y] = [(event.clientX - left - view.x) / view.scale, (event.clientY - top - view.y) / view.scale];
    return this.boxes.find((box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height);
  }

  hover(event) {
    const name = this.at(event)?.id ?? null;
    this.canvas.style.cursor = name ? "pointer" : "grab";
    if (name === this.hovered) return;
    this.hovered = name;
    this.draw();
  }

  /** Reads the colours of the theme: an element computes them. */
  readColours() {
    const style = getComputedStyle(this.probe ??= this.canvas.parentElement.appendChild(el("span", { class: "unseen" })));
    this.colours = {};
    for (const name of THEME_COLOURS) {
      this.probe.style.color = `var(--${name})`;
      this.colours[name] = style.color;
    }
  }

  paint() {
    const { context, canvas, view } = this;
    if (!canvas.parentElement || canvas.width === 0) return;
    this.readColours();
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    const [left, top] = [-view.x / view.scale, -view.y / view.scale];
    const [right, bottom] = [left + canvas.width / ratio / view.scale, top + canvas.height / ratio / view.scale];
    const isVisible = (box) => box.x < right && box.x + box.width > left && box.y < bottom && box.y + box.height > top;
    const focus = this.selected ?? this.hovered;
    const isMarked = ({ box, target }) => focus && (box.id === focus || target.id === focus);
    // A line that only passes through, from one table out of sight to another one, shows nothing.
    const links = this.links?.filter(({ box, target }) => isVisible(box) || isVisible(target)) ?? [];
    this.paintLinks(links.filter((link) => !isMarked(link)), this.colours.faint, (focus ? 0.35 : 0.7) * Math.min(1, 0.12 + view.scale * 2.2), 1.2);
    this.paintLinks(links.filter(isMarked), this.colours.accent, 1, 1.8);
    context.textBaseline = "middle";
    const visible = this.boxes.filter(isVisible);
    if (view.scale < FAR) this.paintFarBoxes(visible);
    else for (const box of visible) this.paintBox(box, view.scale);
    if (view.scale < 0.2) this.paintLandmarks(this.landmarks.filter(isVisible).slice(0, this.landmarkCount()), view.scale);
  }

  landmarkCount() {
    const { clientWidth, clientHeight } = this.canvas;
    return Math.min(MOST_LANDMARKS, Math.floor((clientWidth * clientHeight) / 20_000));
  }

  paintLinks(links, colour, opacity, width) {
    const { context, view } = this;
    context.globalAlpha = opacity;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = width / Math.min(1, Math.max(view.scale, 0.35));
    context.beginPath();
    const ends = [];
    for (const { box, key, target } of links) {
      const isBehind = box.x >= target.x + target.width || (box.x >= target.x && box !== target);
      const [x1, y1] = [isBehind ? box.x : box.x + box.width, rowY(box, key.keyColumns[0])];
      const [x2, y2] = [isBehind && box.x >= target.x + target.width ? target.x + target.width : box === target ? box.x + box.width : target.x, rowY(target, key.references.columns?.[0])];
      context.moveTo(x1, y1);
      // From afar there are thousands, and curves look like lines.
      if (view.scale < FAR) {
        context.lineTo(x2, y2);
        continue;
      }
      const bend = box === target ? 40 : Math.max(28, Math.abs(x2 - x1) / 2);
      const sign1 = isBehind ? -1 : 1;
      const sign2 = x2 === target.x ? -1 : 1;
      context.bezierCurveTo(x1 + sign1 * bend, y1, x2 + sign2 * bend, y2, x2, y2);
      ends.push([x2, y2]);
    }
    context.stroke();
    if (view.scale > 0.3) {
      context.beginPath();
      for (const [x, y] of ends) {
        context.moveTo(x + 3.5, y);
        context.arc(x, y, 3.5, 0, 2 * Math.PI);
      }
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** Tables from afar: boxes of one kind in one path, marked ones above the others. */
  paintFarBoxes(boxes) {
    const { context, colours, view } = this;
    const kinds = [
      { fill: colours.panel, stroke: colours.faint, width: 1.2, has: () => true },
      { fill: colours.panel, stroke: colours.warn, width: 1.2, has: (box) => this.changed?.has(box.id) },
      { fill: colours["accent-soft"], stroke: colours.accent, width: 2, has: (box) => box.id === this.selected },
    ];
    for (const { fill: colour, stroke, width, has } of kinds) {
      context.fillStyle = colour;
      context.strokeStyle = stroke;
      context.lineWidth = width / 0.4;
      context.beginPath();
      for (const box of boxes) if (has(box)) context.rect(box.x, box.y, box.width, box.height);
      context.fill();
      context.stroke();
    }
    for (const box of boxes) this.paintName(box, view.scale);
  }

  paintBox(box, scale) {
    const { context, colours } = this;
    const { x, y, width, height, table } = box;
    const isSelected = box.id === this.selected;
    const changed = this.changed?.get(box.id);
    context.fillStyle = colours.raised;
    context.strokeStyle = isSelected ? colours.accent : changed ? colours.warn : box.id === this.hovered ? colours.faint : colours.line;
    context.lineWidth = (isSelected ? 2 : 1.2) / Math.min(1, Math.max(scale, 0.4));
    context.beginPath();
    context.roundRect(x, y, width, height, 6);
    context.fill();
    context.fillStyle = isSelected ? colours["accent-soft"] : colours.panel;
    context.beginPath();
    context.roundRect(x, y, width, table.rows.length > 0 ? HEAD : height, table.rows.length > 0 ? [6, 6, 0, 0] : 6);
    context.fill();
    context.beginPath();
    context.roundRect(x, y, width, height, 6);
    context.stroke();
    // From some distance the name is drawn larger than it is, and the columns as bars.
    const size = scale > 0.7 ? 13 : Math.min(Math.max(13, 9.5 / scale), 24, ((width - 2 * PAD) / table.name.length) * 1.75);
    context.font = `600 ${Math.max(13, size)}px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif`;
    context.fillStyle = colours.ink;
    context.fillText(cut(context, table.name, width - 2 * PAD), x + PAD, y + HEAD / 2 + 1);
    if (scale < 0.46) return this.paintBars(box);
    context.font = MONO;
    const rows = table.rows.slice(0, MOST_COLUMNS);
    rows.forEach((row, index) => {
      const middle = y + HEAD + 4 + index * ROW + ROW / 2;
      if (changed?.has(row.name)) {
        context.fillStyle = colours.warn;
        context.fillRect(x + 1, middle - ROW / 2 + 2, 3, ROW - 4);
      }
      const sign = row.isPrimary ? "PK" : row.isForeign ? "FK" : row.isUnique ? "U" : "";
      context.fillStyle = row.isPrimary ? colours.accent : colours.faint;
      context.fillText(sign, x + PAD, middle);
      context.fillStyle = colours.soft;
      const nameWidth = Math.min(context.measureText(row.name).width, width * 0.6);
      const type = cut(context, row.type, width - nameWidth - 2 * PAD - 32);
      const typeWidth = context.measureText(type).width;
      context.fillText(type, x + width - PAD - typeWidth, middle);
      context.fillStyle = colours.ink;
      context.fillText(cut(context, row.name, width - typeWidth - 2 * PAD - 30), x + PAD + 22, middle);
    });
    if (table.rows.length > MOST_COLUMNS) {
      context.fillStyle = colours.faint;
      context.fillText(`${table.rows.length - MOST_COLUMNS} more`, x + PAD + 22, y + HEAD + 4 + MOST_COLUMNS * ROW + ROW / 2);
    }
  }

  paintBars({ x, y, width, table }) {
    const { context, colours } = this;
    context.fillStyle = colours.line;
    table.rows.slice(0, MOST_COLUMNS).forEach((row, index) => {
      const middle = y + HEAD + 4 + index * ROW + ROW / 2;
      const type = Math.min(row.type.length * 6, width * 0.4);
      context.fillRect(x + PAD + 22, middle - 3, Math.min(row.name.length * 6, width * 0.45), 6);
      context.fillRect(x + width - PAD - type, middle - 3, type, 6);
    });
  }

  /** From afar only the name is drawn, where it can be read. */
  paintName({ x, y, width, height, table }, scale) {
    const { context, colours } = this;
    const size = Math.min(11 / scale, height * 0.6, (width / Math.max(6, table.name.length)) * 1.7);
    if (size * scale < 6) return;
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.fillStyle = colours.ink;
    context.fillText(cut(context, table.name, width - 8), x + 6, y + height / 2);
  }

  /** Names of the tables that most others refer to, above everything: landmarks where no other name can be read. */
  paintLandmarks(boxes, scale) {
    const { context, colours } = this;
    const size = 12 / scale;
    context.font = `600 ${size}px system-ui, sans-serif`;
    const taken = [];
    for (const box of boxes) {
      const width = context.measureText(box.id).width + size;
      const place = { x: box.x + box.width / 2 - width / 2, y: box.y + box.height / 2 - size * 0.8, width, height: size * 1.6 };
      const isFree = taken.every((own) => own.x > place.x + place.width || own.x + own.width < place.x || own.y > place.y + place.height || own.y + own.height < place.y);
      if (!isFree) continue;
      taken.push(place);
      context.fillStyle = colours.bg;
      context.globalAlpha = 0.9;
      context.beginPath();
      context.roundRect(place.x, place.y, place.width, place.height, size / 3);
      context.fill();
      context.globalAlpha = 1;
      context.fillStyle = colours.ink;
      context.fillText(box.id, place.x + size / 2, box.y + box.height / 2);
    }
  }
}

function rowY(box, column) {
  const index = box.table.rows.findIndex((row) => row.name === column);
  if (index < 0) return box.y + HEAD / 2;
  return box.y + HEAD + 4 + Math.min(index, MOST_COLUMNS) * ROW + ROW / 2;
}

/** Cuts a text to a width; measured only where it may be too long. */
function cut(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let length = Math.min(text.length, Math.floor(width / 4));
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
