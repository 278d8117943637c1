// Elements of the page. Names and texts come from files and databases and may contain anything: they only ever become
// text nodes and attribute values, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element. `on` holds event listeners, `style` single properties; other attributes are set as they are. */
export function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Makes an element of a drawing. */
export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "style") {
      for (const [property, set] of Object.entries(value)) node.style.setProperty(property, set);
    } else {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Replaces what is in a node. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const ICONS = {
  search: "M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2M10.6 10.6 14 14",
  theme: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  help: "M6 6a2 2 0 1 1 2.7 1.9c-.5.2-.7.6-.7 1.1v.5M8 12v.1",
  back: "M10 3 5 8l5 5",
  copy: "M6 6h7v7H6zM3 10V3h7",
  right: "M6 3l5 5-5 5",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  alert: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1",
};

/** Draws an icon of 16 by 16 units, for the eye only. */
export function icon(name) {
  const path = svg("path", { d: ICONS[name] });
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, path);
}

/** Makes a button with an accessible name. */
export function button(label, listener, attributes, ...children) {
  const own = { type: "button", "aria-label": label, title: label, on: { click: listener } };
  return el("button", { ...own, ...attributes }, ...children);
}

/** Calls `work` once per frame at most. */
export function perFrame(work) {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      work();
    });
  };
}

/** Calls `work` once behind the next frame, in a task of its own: what is slow to draw does not delay what is not. */
export function afterFrame(work) {
  return perFrame(() => setTimeout(work));
}

/** Longest piece of work between two frames, in milliseconds. */
const SLICE = 10;

/** Runs a generator in slices, so that the page answers meanwhile, and returns its result. `isCancelled` ends it early,
 * with `undefined`. */
export async function inSlices(work, isCancelled = () => false) {
  for (;;) {
    const end = performance.now() + SLICE;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve));
    if (isCancelled()) {
      work.return();
      return undefined;
    }
  }
}

/** Calls `work` when no further call has come for `milliseconds`. */
export function settled(milliseconds, work) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), milliseconds);
  };
}
