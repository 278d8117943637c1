// The page: the bar, the four views, the address of each place, the keyboard.

import { entryText, haystack, readModel } from "./data.js";
import { button, el, fill, icon, inSlices, settled } from "./dom.js";
import { HistoryView } from "./history.js";
import { JournalView } from "./journal.js";
import { overview } from "./overview.js";
import { fillPrint } from "./print.js";
import { SchemaView } from "./tables.js";

const VIEWS = { overview: "Overview", history: "History", journal: "Journal", schema: "Schema" };

const SHORTCUTS = [
  ["1 2 3 4", "overview, history, journal, schema"],
  ["j k, arrows", "next and previous row"],
  ["Home End", "first and last row"],
  ["/", "search"],
  ["Enter", "open the chosen row"],
  ["s", "schema at the chosen revision, and back"],
  ["[ ]", "schema: older and newer revision"],
  ["+ - 0", "schema: zoom in, zoom out, show all"],
  ["t", "dark or light"],
  ["Escape", "close, clear the search"],
  ["?", "this help"],
];

class App {
  constructor(source) {
    this.model = readModel(source);
    this.place = { view: this.model.services.length === 1 ? "history" : "overview", service: null, revision: null, table: null, query: "" };
    this.links = {
      revision: (revision) => el("a", { href: this.address({ view: "history", service: this.place.service && revision.service, revision }), class: "mono rev" }, revision.id),
      schema: (revision) => this.address({ view: "schema", service: revision.service, revision, table: null }),
      history: (service) => this.address({ view: "history", service, revision: null }),
      table: (revision, table, text, service) => {
        const owner = service ?? revision?.service;
        if (!owner?.steps) return el("span", { class: "mono" }, text);
        return el("a", { href: this.address({ view: "schema", service: owner, revision, table }), class: "mono" }, text);
      },
    };
    this.history = new HistoryView(this);
    this.journal = new JournalView(this);
    this.schema = new SchemaView(this);
    this.build();
    window.addEventListener("hashchange", () => this.route());
    window.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeprint", () => fillPrint(document.getElementById("print"), this));
    window.addEventListener("afterprint", () => fill(document.getElementById("print")));
    this.route();
    // So that the first search is as fast as the next one.
    setTimeout(() => inSlices(this.readTexts()), 400);
  }

  *readTexts() {
    for (const revision of this.model.revisions.values()) {
      haystack(revision);
      yield;
    }
    for (const service of this.model.services) {
      for (const entry of service.journal) {
        entryText(entry);
        yield;
      }
    }
  }

  build() {
    const { model } = this;
    document.title = `${model.source.project ?? "aludel"}: aludel report`;
    const tabs = Object.entries(VIEWS).map(([view, name]) => el("a", { class: "tab", href: "#", "data-view": view }, name));
    this.tabs = el("nav", { class: "tabs", "aria-label": "Views" }, tabs);
    const options = model.services.map((service) => el("option", { value: service.name }, service.name));
    this.chooser = el("select", { "aria-label": "Service", class: "chooser", on: { change: () => this.chooseService() } }, el("option", { value: "" }, "All services"), options);
    this.chooser.hidden = model.services.length < 2;
    const search = settled(120, () => this.go({ query: this.search.value }, true));
    this.search = el("input", { type: "search", placeholder: "Search", "aria-label": "Search in this view", spellcheck: "false", autocomplete: "off", on: { input: search } });
    this.field = el("label", { class: "search" }, icon("search"), this.search, el("kbd", { "aria-hidden": "true" }, "/"));
    const bar = el(
      "header",
      { class: "bar" },
      el("h1", { class: "brand" }, model.source.project ?? "aludel"),
      this.tabs,
      this.chooser,
      this.field,
      button("Dark or light (t)", () => this.toggleTheme(), { class: "plain" }, icon("theme")),
      button("Help (?)", () => this.toggleHelp(), { class: "plain" }, icon("help")),
    );
    this.content = el("main", { class: "content" });
    this.help = this.helpDialog();
    fill(document.getElementById("app"), bar, this.content, this.help);
    this.setTheme(stored("aludel-theme"));
  }

  helpDialog() {
    const rows = SHORTCUTS.map(([keys, text]) => [el("dt", {}, keys.split(" ").map((key) => el("kbd", {}, key.replace(",", "")))), el("dd", {}, text)]);
    return el(
      "dialog",
      { class: "help", "aria-label": "Keys", on: { click: (event) => event.target === this.help && this.help.close() } },
      el("h2", {}, "Keys"),
      el("dl", {}, rows),
      el("form", { method: "dialog" }, el("button", { class: "button" }, "Close")),
    );
  }

  // Places and their addresses.

  address(change) {
    const place = { ...this.place, ...change };
    const service = place.service?.name ?? "";
    const owner = place.revision && place.service !== place.revision.service ? place.revision.service.name : "";
    const parts = [place.view, service, place.revision?.id ?? "", owner, place.view === "schema" ? (place.table ?? "") : ""];
    while (parts.length > 1 && parts[parts.length - 1] === "") parts.pop();
    return `#${parts.map(encodeURIComponent).join("/")}`;
  }

  route() {
    const parts = location.hash.slice(1).split("/").map((part) => decoded(part));
    const [view, serviceName, id, owner, table] = parts;
    if (!(view in VIEWS)) return this.showPlace();
    const byName = (name) => this.model.services.find((service) => service.name === name) ?? null;
    const service = byName(serviceName);
    const holder = byName(owner) ?? service ?? (this.model.services.length === 1 ? this.model.services[0] : null);
    Object.assign(this.place, { view, service, revision: holder?.byId.get(id) ?? null, table: table || null });
    this.showPlace();
  }

  /** Goes to a place. `isSilent`: without an entry in the browser's history. */
  go(change, isSilent = false) {
    Object.assign(this.place, change);
    const address = this.address({});
    if (address !== location.hash) window.history[isSilent ? "replaceState" : "pushState"](null, "", address);
    this.showPlace();
  }

  showPlace() {
    const { place } = this;
    const isOther = this.shownView !== place.view;
    this.shownView = place.view;
    if (this.search.value !== place.query) this.search.value = place.query;
    this.chooser.value = place.service?.name ?? "";
    for (const tab of this.tabs.children) {
      const { view } = tab.dataset;
      tab.href = this.address({ view, ...(view === "overview" ? { revision: null } : {}) });
      if (view === place.view) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    this.field.classList.toggle("idle", place.view === "overview");
    let node = null;
    if (place.view === "overview") node = isOther ? overview(this.model, this.links) : this.content.firstChild;
    if (place.view === "history") node = this.history.node;
    if (place.view === "journal") node = this.journal.node;
    if (place.view === "schema") node = this.schema.show(place);
    if (this.content.firstChild !== node) fill(this.content, node);
    if (place.view === "history") this.history.show(place);
    if (place.view === "journal") this.journal.show(place);
    if (isOther && !["INPUT", "SELECT"].includes(document.activeElement?.tagName)) this.activeList()?.node.focus({ preventScroll: true });
  }

  chooseService() {
    const service = this.model.services.find((own) => own.name === this.chooser.value) ?? null;
    const { revision } = this.place;
    const view = this.place.view === "overview" ? "history" : this.place.view;
    this.go({ view, service, revision: revision?.service === service || !service ? revision : null, table: null });
  }

  // The keyboard.

  activeList() {
    return { history: this.history.list, journal: this.journal.list, schema: this.schema.list }[this.place.view];
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
    if (event.key === "Escape") return this.escape(event);
    if (isTyping) {
      if (event.target === this.search && (event.key === "Enter" || event.key === "ArrowDown")) {
        event.preventDefault();
        this.activeList()?.node.focus();
        if (this.activeList()?.selected === -1) this.activeList().move(1);
      }
      return;
    }
    const actions = {
      j: () => this.activeList()?.move(1),
      k: () => this.activeList()?.move(-1),
      ArrowDown: () => this.activeList()?.move(1),
      ArrowUp: () => this.activeList()?.move(-1),
      Home: () => this.activeList()?.move(-Infinity),
      End: () => this.activeList()?.move(Infinity),
      "/": () => this.focusSearch(),
      "?": () => this.toggleHelp(),
      t: () => this.toggleTheme(),
      s: () => this.go({ view: this.place.view === "schema" ? "history" : "schema" }),
      "[": () => this.place.view === "schema" && this.schema.step(-1),
      "]": () => this.place.view === "schema" && this.schema.step(1),
      "+": () => this.schema.diagram.zoom(1.3),
      "-": () => this.schema.diagram.zoom(1 / 1.3),
      0: () => this.schema.diagram.fit(),
    };
    Object.keys(VIEWS).forEach((view, index) => { actions[index + 1] = () => this.go({ view }); });
    const isInPanel = event.target.closest?.(".side, .page, summary, a, button") && /^Arrow|^Home|^End/.test(event.key);
    if (!(event.key in actions) || isInPanel) return;
    event.preventDefault();
    actions[event.key]();
  }

  focusSearch() {
    if (this.place.view === "overview") this.go({ view: "history" });
    this.search.focus();
    this.search.select();
  }

  escape(event) {
    if (this.place.query || event.target === this.search) {
      this.go({ query: "" }, true);
      this.activeList()?.node.focus();
    } else if (this.place.table) {
      this.go({ table: null }, true);
    } else if (this.place.revision && this.place.view === "history") {
      this.history.close();
    }
  }

  toggleHelp() {
    if (this.help.open) this.help.close();
    else this.help.showModal();
  }

  // Dark and light.

  toggleTheme() {
    const isDark = document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    this.setTheme(isDark ? "light" : "dark");
    store("aludel-theme", document.documentElement.dataset.theme);
  }

  setTheme(theme) {
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
    this.schema.diagram.draw();
  }
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// A browser may refuse a page from a file to keep anything.
function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice then lasts as long as the page.
  }
}

const data = document.getElementById("data");
const app = new App(JSON.parse(data.textContent));
// Frees the memory of the JSON text, which has been parsed into the model.
data.remove();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => app.schema.diagram.draw());
