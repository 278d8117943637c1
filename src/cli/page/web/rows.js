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
    // Kept here, because reading them from the element would make the browser lay out the page in the middle of a change.
    Object.assign(this, { top: 0, height: 0 });
    this.drawSoon = perFrame(() => this.draw());
    this.space = el("div", { class: "rows-space", role: "presentation" });
    this.node = el(
      "div",
      {
        class: `rows ${className}`,
        role: "listbox",
        tabindex: "0",
        "aria-label": label,
        on: { scroll: () => this.scrolled(), click: (event) => this.clicked(event), keydown: (event) => this.key(event) },
      },
      this.space,
    );
    this.prefix = `row-${Math.random().toString(36).slice(2)}`;
    new ResizeObserver(() => this.resized()).observe(this.node);
  }

  /** Shows other items, in the next frame; keeps the selected one if it is among them. */
  setItems(items) {
    const selected = this.items[this.selected];
    this.items = items;
    this.selected = selected === undefined ? -1 : items.indexOf(selected);
    this.isStale = true;
    this.drawSoon();
  }

  scrolled() {
    this.top = this.node.scrollTop;
    this.drawSoon();
  }

  resized() {
    this.height = this.node.clientHeight;
    // An element that was taken out of the page and put back has lost its place.
    if (this.height > 0 && this.node.scrollTop !== this.top) this.scrollTo(this.top);
    this.drawSoon();
  }

  /** Scrolls in the next frame, as far as the list goes. */
  scrollTo(top) {
    this.top = Math.max(0, Math.min(top, this.items.length * this.rowHeight - this.height));
    this.isMoved = true;
    this.drawSoon();
  }

  /** Draws the visible rows that are missing; all of them after a change of the items. */
  draw() {
    if (this.height === 0) return;
    const { top, height } = this;
    const first = Math.max(0, Math.floor(top / this.rowHeight) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((top + height) / this.rowHeight) + SPARE);
    if (this.isStale) {
      for (const row of this.shown.values()) row.remove();
      this.shown.clear();
      this.space.style.setProperty("height", `${this.items.length * this.rowHeight}px`);
    }
    if (this.isMoved) this.node.scrollTop = top;
    Object.assign(this, { isStale: false, isMoved: false });
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
    const page = Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
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
    const row = index * this.rowHeight;
    const { top, height } = this;
    if (row < top || row + this.rowHeight > top + height) {
      const isNear = Math.abs(row - top) < height * 1.5;
      const end = row < top ? row - this.rowHeight : row - height + 2 * this.rowHeight;
      this.scrollTo(isNear ? end : row - height / 2);
    }
    this.shown.get(index)?.setAttribute("aria-selected", "true");
    this.node.setAttribute("aria-activedescendant", `${this.prefix}-${index}`);
  }

  /** Marks the row of an item; none if it is not in the list. */
  selectItem(item) {
    this.select(this.items.indexOf(item));
  }
}
