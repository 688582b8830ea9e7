// The section with the tree of processes.

const forestBox = document.getElementById('forest');
const processFilter = document.getElementById('process-filter');
const deepest = 24;  // levels that are drawn further and further in

function processLine(process) {
  const text = element('span', {class: 'what'}, element('span', {class: 'pid'}, process.pid), ' ', element('span', {class: 'words'}, visible(process.command)));
  return [text, element('span', {class: `ending ${process.grade}`}, visible(process.ending)),
    element('span', {class: 'took'}, durationText(process.took)), element('span', {class: 'cpu'}, process.cpu ? durationText(process.cpu) : '–')];
}

function foldLine(fold) {
  const cpu = fold.folded.reduce((sum, process) => sum + process.cpu, 0);
  const failed = fold.failed ? [', ', element('b', {class: 'bad'}, `${countText(fold.failed)} failed`)] : [];
  return [element('span', {class: 'what fold'}, `× ${countText(fold.all)} `, element('span', {class: 'words'}, visible(fold.folded[0].names), ...failed)),
    element('span', {class: 'ending good'}, fold.failed ? `${countText(fold.folded.length)} ended well` : 'all ended well'), element('span', {class: 'took'}), element('span', {class: 'cpu'}, durationText(cpu))];
}

function drawForestLine(index) {
  const {node, depth, position, size, open, fits} = forest.lines[index];
  const expandable = hasBeneath(node) && (!isForestFiltered() || depth === -1);
  const line = element('div', {class: 'line tree-line', role: 'treeitem', 'aria-level': depth, 'aria-posinset': position, 'aria-setsize': size, style: `--depth:${Math.min(depth - 1, deepest)}`});
  if (expandable) line.setAttribute('aria-expanded', open);
  if (node.process && node.process === details.process) line.setAttribute('aria-selected', 'true');
  if (isForestFiltered() && !fits) line.classList.add('beside');
  const twist = element('span', {class: expandable ? 'twist' : 'twist none', 'aria-hidden': 'true'});
  line.append(twist, ...(node.process ? processLine(node.process) : foldLine(node)));
  if (depth - 1 > deepest) twist.after(element('span', {class: 'level', title: `level ${depth}`}, depth));
  return line;
}

const forestRows = new Rows(forestBox, {height: 26, draw: drawForestLine, pick: pickForestLine});

function showForest() {
  const before = forest.lines[forestRows.at]?.node;
  let text = plural(run.processes.length, 'process', 'processes');
  if (isForestFiltered()) {
    const {lines, fitting} = fittingLines();
    forest.lines = lines;
    text = `${countText(fitting)} of ${text}`;
  } else {
    forest.lines = openLines();
  }
  document.getElementById('process-count').textContent = text;
  const at = forest.lines.findIndex(line => line.node === before);
  forestRows.show(forest.lines.length, Math.max(at, 0));
}

function setOpen(index, open) {
  const {node} = forest.lines[index];
  if (!hasBeneath(node) || isForestFiltered()) return;
  node.open = open;
  showForest();
}

function pickForestLine(index, event) {
  const {node} = forest.lines[index];
  const twisted = event.target instanceof Element && event.target.closest('.twist');
  if (!node.process || twisted) return setOpen(index, !node.open);
  location.hash = `process=${node.process.upid}`;
}

forestBox.addEventListener('keydown', event => {
  const line = forest.lines[forestRows.at];
  if (!line || event.ctrlKey || event.altKey || event.metaKey) return;
  const closed = hasBeneath(line.node) && !line.open;
  if (event.key === 'ArrowRight') {
    if (closed) setOpen(forestRows.at, true);
    else if (hasBeneath(line.node)) forestRows.go(forestRows.at + 1);
  } else if (event.key === 'ArrowLeft') {
    if (line.open && hasBeneath(line.node) && !isForestFiltered()) return event.preventDefault(), setOpen(forestRows.at, false);
    let at = forestRows.at - 1;
    while (at >= 0 && forest.lines[at].depth >= line.depth) --at;
    if (at >= 0) forestRows.go(at);
  } else {
    return;
  }
  event.preventDefault();
});

function goToProcess(process) {
  if (isForestFiltered() && !forest.lines.some(line => line.node.process === process)) clearForestFilter();
  if (!isForestFiltered()) reveal(process);
  showForest();
  const at = forest.lines.findIndex(line => line.node.process === process);
  if (at >= 0) forestRows.go(at, true);
}

function clearForestFilter() {
  processFilter.value = '';
  forest.words = [];
  forest.failedOnly = document.getElementById('failed-only').checked = false;
}

function filterForest() {
  forest.words = processFilter.value.toLowerCase().split(/\s+/).filter(Boolean);
  forest.failedOnly = document.getElementById('failed-only').checked;
  showForest();
}

processFilter.oninput = filterForest;
processFilter.onkeydown = event => {
  if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
  event.preventDefault();
  forestBox.focus();
  const at = forest.lines.findIndex(line => line.fits !== false);
  forestRows.go(Math.max(at, 0));
};
document.getElementById('failed-only').onchange = filterForest;
document.getElementById('open-all').onclick = () => { openWholeForest(true); showForest(); };
document.getElementById('close-all').onclick = () => { openWholeForest(false); showForest(); };
