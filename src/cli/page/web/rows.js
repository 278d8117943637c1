// A list of which only the visible rows exist, so that its length does not matter.

import { el, perFrame } from "./dom.js";

/** Rows kept above and below the visible ones. */
const SPARE = 8;

/** A scrolling list of rows of one height, with one of them selected. */
export class RowList {
  /** `render(item, index)` returns the content of a row; `onSelect(item)` is called when the user has chosen one. */
  constructor({ label, rowHeight, render, onSelect, onOpen, className = "" }) {
    Object.assign(this, { rowHeight, render, onSelect, onOpen });
    this.items = [];
    this.selected = -1;
    this.shown = new Map();
    this.space = el("div", { class: "rows-space", role: "presentation" });
    this.node = el(
      "div",
      {
        class: `rows ${className}`,
        role: "listbox",
        tabindex: "0",
        "aria-label": label,
        on: { scroll: perFrame(() => this.draw()), click: (event) => this.clicked(event), keydown: (event) => this.key(event) },
      },
      this.space,
    );
    this.prefix = `row-${Math.random().toString(36).slice(2)}`;
    new ResizeObserver(perFrame(() => this.draw())).observe(this.node);
  }

  /** Shows other items; keeps the selected one if it is among them. */
  setItems(items) {
    const selected = this.items[this.selected];
    this.items = items;
    this.selected = selected === undefined ? -1 : items.indexOf(selected);
    this.space.style.setProperty("height", `${items.length * this.rowHeight}px`);
    this.refresh();
  }

  /** Draws all visible rows again. */
  refresh() {
    for (const row of this.shown.values()) row.remove();
    this.shown.clear();
    this.draw();
  }

  draw() {
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + SPARE);
    for (const [index, row] of this.shown) {
      if (index < first || index >= last) {
        row.remove();
        this.shown.delete(index);
      }
    }
    const added = document.createDocumentFragment();
    for (let index = first; index < last; index += 1) {
      if (!this.shown.has(index)) added.append(this.row(index));
    }
    this.space.append(added);
  }

  row(index) {
    const row = el(
      "div",
      {
        class: "row",
        id: `${this.prefix}-${index}`,
        role: "option",
        "aria-posinset": index + 1,
        "aria-setsize": this.items.length,
        "aria-selected": index === this.selected ? "true" : "false",
        style: { top: `${index * this.rowHeight}px`, height: `${this.rowHeight}px` },
      },
      this.render(this.items[index], index),
    );
    row.dataset.index = index;
    this.shown.set(index, row);
    return row;
  }

  clicked(event) {
    const row = event.target.closest(".row");
    if (!row || event.target.closest("a, button")) return;
    this.choose(Number(row.dataset.index));
    this.onOpen?.(this.items[this.selected]);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      this.move(steps[event.key]);
    } else if (event.key === "Enter" && this.selected >= 0) {
      event.preventDefault();
      this.onOpen?.(this.items[this.selected]);
    }
  }

  /** Selects the row that is `step` further. */
  move(step) {
    if (this.items.length === 0) return;
    const from = this.selected < 0 ? (step > 0 ? -1 : 0) : this.selected;
    this.choose(Math.min(this.items.length - 1, Math.max(0, from + step)));
  }

  choose(index) {
    this.select(index);
    this.onSelect?.(this.items[index]);
  }

  /** Marks a row and scrolls to it, without calling `onSelect`. */
  select(index) {
    this.shown.get(this.selected)?.setAttribute("aria-selected", "false");
    this.selected = index;
    if (index < 0) {
      this.node.removeAttribute("aria-activedescendant");
      return;
    }
    const { scrollTop, clientHeight } = this.node;
    const top = index * this.rowHeight;
    if (top < scrollTop || top + this.rowHeight > scrollTop + clientHeight) {
      const isNear = Math.abs(top - scrollTop) < clientHeight * 1.5;
      const end = top < scrollTop ? top - this.rowHeight : top - clientHeight + 2 * this.rowHeight;
      this.node.scrollTop = isNear ? end : top - clientHeight / 2;
    }
    this.draw();
    this.shown.get(index)?.setAttribute("aria-selected", "true");
    this.node.setAttribute("aria-activedescendant", `${this.prefix}-${index}`);
  }

  /** Marks the row of an item; none if it is not in the list. */
  selectItem(item) {
    this.select(this.items.indexOf(item));
  }
}
