// One file: its text with the hits beside each line, drawn in chunks so that a browser lays out what is looked at.

const source = {
  section: document.getElementById('source'),
  code: document.getElementById('code'),
  ruler: document.getElementById('ruler'),
  file: null,
  regions: [],
  at: -1,      // of regions
  line: 0,     // where the reader was led last
  texts: [],   // of the lines, from 1
  states: [],  // of the lines: hits, or undefined where there is no code
};

const chunkLines = 250;     // drawn at a time
const rulerPlaces = 400;
const eagerLines = 20000;   // up to here all are drawn at once, so that the browser's own search finds everything

const lineHeight = () => parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row'));

function lineRow(number) {
  const hits = source.states[number];
  const ways = source.file.partial.get(number);
  const exceptional = source.file.exceptional.has(number);
  const missed = exceptional ? 'row thrown' : 'row miss';
  const state = hits === undefined ? 'row' : hits === 0 ? missed : ways ? 'row hit part' : 'row hit';
  const row = element('div', {class: state, id: 'L' + number});
  const text = element('span', {class: 't'});
  const line = source.texts[number];
  if (line === undefined) text.append(element('span', {class: 'beyond'}, source.file.packed === null ? '' : 'beyond the end of the text'));
  else text.append(...source.paint(number, line));
  if (ways) text.append(element('span', {class: 'ways'}, ways));
  if (exceptional) text.append(element('span', {class: 'ways'}, 'only an exception leads here'));
  const count = element('span', {class: 'h'}, hits === undefined ? '' : hits);
  if (source.file.hottest > 1 && hits > 1) count.style.setProperty('--heat', Math.log(hits) / Math.log(source.file.hottest));
  row.append(element('span', {class: 'n'}, number), count, text);
  return row;
}

function fill(chunk) {
  if (chunk.firstChild) return;
  const rows = [];
  for (let number = chunk.first; number <= chunk.last; ++number) rows.push(lineRow(number));
  chunk.append(...rows);
  chunk.style.height = '';
}

const watcher = new IntersectionObserver(entries => {
  for (const entry of entries) if (entry.isIntersecting) fill(entry.target);
}, {rootMargin: '1500px'});

function chunkOf(first, last) {
  const chunk = element('div', {class: 'chunk', style: `contain-intrinsic-height:auto ${(last - first + 1) * lineHeight()}px`});
  chunk.first = first;
  chunk.last = last;
  return chunk;
}

function drawWhole(last) {
  const chunks = [];
  for (let first = 1; first <= last; first += chunkLines) {
    const chunk = chunkOf(first, Math.min(first + chunkLines - 1, last));
    chunks.push(chunk);
    if (last <= eagerLines) {
      fill(chunk);
    } else {
      chunk.style.height = `${(chunk.last - chunk.first + 1) * lineHeight()}px`;
      watcher.observe(chunk);
    }
  }
  fillWith(source.code, chunks);
}

// Without a text there are only the lines with code, with gaps between them.
function drawBare() {
  const rows = [];
  let before = 0;
  for (const number of source.file.numbers) {
    if (number > before + 1 && before !== 0) rows.push(element('div', {class: 'gap'}, '…'));
    rows.push(lineRow(number));
    before = number;
  }
  fillWith(source.code, rows);
}

// As many places as can be told apart, each as high as what did not run there.
function drawRuler(last) {
  const marks = [];
  for (const [first, end] of source.regions) {
    const top = Math.floor(rulerPlaces * (first - 1) / last), bottom = Math.ceil(rulerPlaces * end / last);
    if (marks.length !== 0 && top <= marks.at(-1)[1]) marks.at(-1)[1] = bottom;
    else marks.push([top, bottom]);
  }
  source.ruler.style.maxHeight = `${last * lineHeight() + 2}px`;
  fillWith(source.ruler, marks.map(([top, bottom]) =>
    element('i', {style: `top:${100 * top / rulerPlaces}%;height:${100 * (bottom - top) / rulerPlaces}%`})));
}

function functionRow([name, line, hits]) {
  const link = element('a', {href: fileAddress(source.file, line), title: visible(name)}, visible(name));
  const state = hits > 0 ? element('span', {class: 'sample hit', title: 'ran'}, hits)
                         : element('span', {class: 'sample miss', title: 'did not run'}, '0');
  return element('li', {}, state, link);
}

function drawHead(file) {
  const names = file.path.slice(0, -file.name.length);
  document.getElementById('crumbs').replaceChildren(element('a', {href: '#'}, 'All files'), ' / ' + visible(names).replaceAll('/', ' / '));
  document.getElementById('source-title').textContent = visible(file.name);
  document.getElementById('file-totals').replaceChildren(meter(file.linesRun, file.lines),
    element('b', {}, percentText(file.linesRun, file.lines)),
    ` of the lines ran (${countText(file.linesRun)} of ${countText(file.lines)}), ${countText(file.functionsRun)} of ${countText(file.functionCount, 'function')}` +
      (file.branches[1] ? `, ${countText(file.branches[0])} of ${countText(file.branches[1])} branches` : ''));
  fillWith(document.getElementById('function-list'), file.functions.map(functionRow));
  document.getElementById('functions').hidden = file.functions.length === 0;
  document.getElementById('notices').replaceChildren(...file.notes.map(note => element('p', {class: 'notice'}, visible(note))));
  for (const id of ['previous', 'next']) document.getElementById(id).disabled = source.regions.length === 0;
  showPlace();
}

function showPlace() {
  const count = source.regions.length;
  const [first, last] = source.regions[source.at] ?? [];
  const lines = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  document.getElementById('place').textContent =
    count === 0 ? 'every line ran' : source.at < 0 ? countText(count, 'place') + ' did not run' : `${source.at + 1} of ${count}: ${lines}`;
}

async function showFile(file, line) {
  if (source.file !== file) {
    source.file = file;
    source.regions = file.regions();
    source.at = -1;
    source.line = 0;
    source.code.replaceChildren();
    source.ruler.replaceChildren();
    drawHead(file);
    document.title = visible(file.name) + ' – Coverage';
    const text = await textOf(file);
    if (source.file !== file) return;  // the reader has gone on
    drawText(file, text);
    if (!line) scrollTo(0, 0);
    document.getElementById('source-title').focus({preventScroll: true});
  }
  if (line) goToLine(line);
}

async function textOf(file) {
  try {
    return await file.text();
  } catch (error) {
    const why = typeof DecompressionStream === 'undefined' ? 'this browser is too old to unpack it' : String(error);
    document.getElementById('notices').append(element('p', {class: 'notice'}, 'The text can not be shown: ' + why));
    return null;
  }
}

function drawText(file, text) {
  source.states = [];
  file.numbers.forEach((number, i) => { source.states[number] = file.hits[i]; });
  source.texts = text === null ? [undefined] : [undefined].concat(splitLines(text));
  source.paint = painterOf(file.name, source.texts);
  const last = Math.max(source.texts.length - 1, file.numbers.at(-1) ?? 0);
  if (text === null) drawBare();
  else drawWhole(last);
  drawRuler(Math.max(last, 1));
}

function splitLines(text) {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map(line => line.endsWith('\r') ? line.slice(0, -1) : line);
}

function rowOf(number) {
  for (const chunk of source.code.children) if (chunk.first <= number && number <= chunk.last) fill(chunk);
  return document.getElementById('L' + number);
}

function mark(first, last) {
  for (const row of source.code.querySelectorAll('.here')) row.classList.remove('here');
  for (let number = first; number <= last && number < first + chunkLines; ++number) rowOf(number)?.classList.add('here');
  rowOf(first)?.scrollIntoView({block: 'center', inline: 'nearest'});
}

function goToLine(line) {
  source.line = line;
  source.at = -1;
  mark(line, line);
  showPlace();
}

// The next or previous place from where the reader is.
function goToRegion(step) {
  const {regions, line} = source;
  const found = step > 0 ? regions.findIndex(([first]) => first > line) : regions.findLastIndex(([first]) => first < line);
  if (found >= 0) source.at = found;
  if (source.at < 0) return;
  source.line = regions[source.at][0];
  mark(...regions[source.at]);
  showPlace();
}

source.ruler.onclick = event => {
  const box = source.ruler.getBoundingClientRect();
  const last = Math.max(source.texts.length - 1, source.file.numbers.at(-1) ?? 1);
  rowOf(Math.max(1, Math.ceil(last * (event.clientY - box.top) / box.height)))?.scrollIntoView({block: 'center', inline: 'nearest'});
};

addEventListener('beforeprint', () => { for (const chunk of source.code.children) if (chunk.first) fill(chunk); });
