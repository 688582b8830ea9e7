// The tree of processes as lines from top to bottom. Siblings that ran the same program and ended well, all they started
// included, are one line if there are foldFrom or more of them, as in `recount-replay tree`. A chain of forks may be ten thousand deep,
// so nothing here calls itself.

const foldFrom = 5;

const forest = {
  lines: [],  // {node, depth, position, size}
  words: [],
  failedOnly: false,
};

function nodeOf(process) { return process.node ??= {process, folded: null, above: null, open: false}; }

// What stands beneath a process: nodes of processes and of folds, in the order of their births.
function nodesBeneath(children) {
  const same = new Map();
  for (const child of children) {
    const names = child.names;
    if (!same.has(names)) same.set(names, []);
    same.get(names).push(child);
  }
  const nodes = [];
  for (const group of same.values()) {
    const well = group.filter(child => child.below.well);
    const folds = well.length >= foldFrom;
    if (folds) {
      const fold = {process: null, folded: well, all: group.length, failed: group.reduce((sum, child) => sum + child.failed, 0), open: false};
      for (const child of well) nodeOf(child).above = fold;
      nodes.push(fold);
    }
    for (const child of group) if (!folds || !child.below.well) nodes.push(nodeOf(child));
  }
  return nodes.sort((a, b) => firstOf(a).upid - firstOf(b).upid);
}

function firstOf(node) { return node.process ?? node.folded[0]; }

function beneath(node) {
  return node.beneath ??= node.process ? nodesBeneath(node.process.children) : node.folded.map(nodeOf);
}

function topNodes() { return run.topNodes ??= nodesBeneath(run.roots); }

function hasBeneath(node) { return node.process ? node.process.children.length !== 0 : true; }

// The lines of all that is open.
function openLines() {
  const lines = [];
  const todo = [];
  const add = (nodes, depth) => { for (let i = nodes.length; i-- > 0;) todo.push({node: nodes[i], depth, position: i + 1, size: nodes.length, open: nodes[i].open}); };
  add(topNodes(), 1);
  while (todo.length !== 0) {
    const line = todo.pop();
    lines.push(line);
    if (line.node.open) add(beneath(line.node), line.depth + 1);
  }
  return lines;
}

function fitsProcess(process) {
  if (forest.failedOnly && !process.failed) return false;
  if (forest.words.length === 0) return true;
  const text = process.searched ??= `${process.pid} ${process.command} ${process.ending}`.toLowerCase();
  return forest.words.every(word => text.includes(word));
}

// What fits, and all that is above it.
function fittingLines() {
  const kept = new Set();
  let fitting = 0;
  for (const process of run.processes) {
    if (!fitsProcess(process)) continue;
    ++fitting;
    for (let at = process; at && !kept.has(at); at = at.parent) kept.add(at);
  }
  const lines = [];
  const todo = [];
  const add = (processes, depth) => {
    const shown = processes.filter(process => kept.has(process));
    for (let i = shown.length; i-- > 0;) todo.push({node: nodeOf(shown[i]), depth, position: i + 1, size: shown.length, open: true});
  };
  add(run.roots, 1);
  while (todo.length !== 0) {
    const line = todo.pop();
    line.fits = fitsProcess(line.node.process);
    lines.push(line);
    add(line.node.process.children, line.depth + 1);
  }
  return {lines, fitting};
}

function isForestFiltered() { return forest.failedOnly || forest.words.length !== 0; }

// The way to what failed, and as many levels as fit on a page.
function openForest() {
  for (const process of run.processes)
    if (process.parent && process.below.failed) nodeOf(process.parent).open = true;
  let level = topNodes();
  let lines = level.length;
  while (level.length !== 0) {
    const next = level.filter(node => node.process).flatMap(beneath);
    lines += next.length;
    if (lines > 60) return;
    for (const node of level) if (node.process) node.open = true;
    level = next;
  }
}

function openWholeForest(open) {
  const todo = [...topNodes()];
  while (todo.length !== 0) {
    const node = todo.pop();
    if (!hasBeneath(node)) continue;
    node.open = open;
    for (const child of beneath(node)) todo.push(child);
  }
}

// Opens all above it.
function reveal(process) {
  topNodes();
  const path = [];
  for (let at = process; at; at = at.parent) path.push(at);
  for (const at of path.toReversed()) {
    if (at !== process) nodeOf(at).open = true;
    beneath(nodeOf(at));  // makes the folds beneath it
    if (at.node.above) at.node.above.open = true;
  }
}
