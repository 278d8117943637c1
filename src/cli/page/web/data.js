// The document in the page as a model: services, revisions with their neighbours and their states.

/** States of a revision, with the sign of each in the graph. */
export const STATES = {
  current: "current",
  applied: "applied",
  pending: "pending",
  half: "half-applied",
  ahead: "ahead: no file",
  unknown: "not known",
};

/** Reads the document into a model. */
export function readModel(source) {
  const model = { source, services: [], revisions: new Map(), hasSql: source.has_sql !== false };
  (source.services ?? []).forEach((service, index) => model.services.push(readService(service, index)));
  const byName = new Map(model.services.map((service) => [service.name, service]));
  for (const service of model.services) {
    for (const revision of service.revisions) {
      model.revisions.set(revision.key, revision);
      revision.needs = (revision.source.depends_on ?? []).map((text) => dependency(text, service, byName));
    }
  }
  for (const service of model.services) {
    for (const revision of service.revisions) {
      for (const id of revision.down) service.byId.get(id)?.children.push(revision);
      for (const need of revision.needs) need.revision?.neededBy.push(revision);
    }
  }
  for (const service of model.services) setStates(service);
  return model;
}

function readService(source, index) {
  const service = { source, index, name: source.service, byId: new Map(), labels: new Map() };
  service.database = source.database ?? null;
  service.isKnown = Boolean(service.database && !service.database.error);
  service.revisions = (source.revisions ?? []).map((revision) => readRevision(revision, service));
  for (const revision of service.revisions) {
    service.byId.set(revision.id, revision);
    for (const label of revision.labels) service.labels.set(label, revision);
  }
  service.journal = (source.journal ?? []).map((entry) => readEntry(entry, service));
  service.steps = source.objects?.steps ?? null;
  service.changes = new Map((service.steps ?? []).map((step) => [step.revision, step.changes]));
  return service;
}

function readRevision(source, service) {
  return {
    source,
    service,
    id: source.revision,
    key: `${service.name}\n${source.revision}`,
    message: source.message ?? "",
    down: source.down_revision ?? [],
    labels: source.branch_labels ?? [],
    needs: [],
    children: [],
    neededBy: [],
    runs: [],
    findings: source.findings ?? [],
    state: "unknown",
  };
}

function readEntry(source, service) {
  const entry = { source, service, start: Date.parse(source.started_at), state: source.state };
  entry.revision = service.byId.get(source.revision) ?? null;
  entry.isFailure = source.state === "failed" || source.state === "running";
  entry.revision?.runs.push(entry);
  return entry;
}

/** `depends_on` names a revision or a label, of this service or, behind a colon, of another one. */
function dependency(text, service, byName) {
  const colon = text.indexOf(":");
  const other = colon > 0 ? byName.get(text.slice(0, colon)) : null;
  const owner = other ?? service;
  const symbol = other ? text.slice(colon + 1) : text;
  return { text, service: owner, revision: owner.byId.get(symbol) ?? owner.labels.get(symbol) ?? null };
}

/** Returns a revision's parents in its own service: down revisions, then what it needs. */
export function parents(revision) {
  const { service, down, needs } = revision;
  const own = needs.filter((need) => need.service === service).map((need) => need.revision);
  return [...down.map((id) => service.byId.get(id)), ...own].filter(Boolean);
}

/** Returns these revisions of one service and everything below them, as a set. */
export function withAncestors(revisions) {
  const found = new Set(revisions);
  const next = [...found];
  while (next.length > 0) {
    for (const parent of parents(next.pop())) {
      if (!found.has(parent)) {
        found.add(parent);
        next.push(parent);
      }
    }
  }
  return found;
}

function setStates(service) {
  const { database } = service;
  if (!service.isKnown) return;
  const current = (database.current ?? []).map((id) => service.byId.get(id)).filter(Boolean);
  for (const revision of service.revisions) revision.state = "pending";
  for (const revision of withAncestors(current)) revision.state = revision.source.recorded ? "ahead" : "applied";
  for (const revision of current) {
    if (revision.state === "applied") revision.state = "current";
    revision.isCurrent = true;
  }
  for (const half of database.incomplete ?? []) {
    const revision = service.byId.get(half.revision);
    if (revision) {
      revision.state = "half";
      revision.half = half;
    }
  }
  for (const changed of database.changed ?? []) {
    const revision = service.byId.get(changed.revision);
    if (revision) revision.changed = changed.what;
  }
}

/** Returns the revisions of several services in one order, newest first: each before its down revisions and what it
 * needs, otherwise by time of creation. */
export function mergedOrder(services) {
  if (services.length === 1) return services[0].revisions;
  const waiting = new Map();
  const position = new Map();
  for (const service of services) {
    service.revisions.forEach((revision, index) => {
      position.set(revision, index);
      waiting.set(revision, 0);
    });
  }
  const below = (revision) => [
    ...revision.down.map((id) => revision.service.byId.get(id)),
    ...revision.needs.map((need) => need.revision),
  ].filter((parent) => waiting.has(parent));
  for (const revision of waiting.keys()) {
    for (const parent of below(revision)) waiting.set(parent, waiting.get(parent) + 1);
  }
  // Per service in its own order, so that a branch is not torn apart; between services the newest comes first.
  const queues = services.map((service) => ({ service, next: 0 }));
  const done = new Set();
  const order = [];
  const take = (revision) => {
    done.add(revision);
    order.push(revision);
    for (const parent of below(revision)) waiting.set(parent, waiting.get(parent) - 1);
  };
  while (order.length < waiting.size) {
    let best = null;
    for (const queue of queues) {
      const revisions = queue.service.revisions;
      while (queue.next < revisions.length && done.has(revisions[queue.next])) queue.next += 1;
      const first = revisions[queue.next];
      if (first && waiting.get(first) === 0 && (!best || created(first) > created(best))) best = first;
    }
    // Services whose revisions wait for each other cannot be ordered: then the first of a queue is taken.
    take(best ?? queues.map((queue) => queue.service.revisions[queue.next]).find(Boolean));
  }
  return order;
}

function created(revision) {
  return revision.source.created ?? revision.source.committed_at ?? "";
}

/** Text in which a revision is searched, in lower case. */
export function haystack(revision) {
  if (revision.text === undefined) {
    const { source, service } = revision;
    const words = [revision.id, revision.message, service.name, source.author, source.path, source.commit, STATES[revision.state]];
    const changes = (service.changes.get(revision.id) ?? []).map((change) => change.name);
    const findings = revision.findings.map((finding) => finding.rule);
    const sections = Object.values(source.sections ?? {}).map((section) => section.text);
    revision.text = [...words, ...revision.labels, ...changes, ...findings, ...sections].filter(Boolean).join("\n").toLowerCase();
  }
  return revision.text;
}

/** Text in which an entry of the journal is searched, in lower case. */
export function entryText(entry) {
  if (entry.text === undefined) {
    const { source, service, revision } = entry;
    const words = [service.name, source.revision, source.operation, source.state, source.error, source.note, revision?.message, source.os_user, source.host, source.started_at];
    entry.text = words.filter(Boolean).join("\n").toLowerCase();
  }
  return entry.text;
}
