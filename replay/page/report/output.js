// The section with what the programs wrote, line by line. Of long output the page has the beginning and the end of each stream.

const output = {
  rows: new Uint32Array(),  // of run.output, those that fit the filter
  seqNow: 0,
};
const outputFields = ['output-filter', 'output-test', 'output-stream', 'output-process'];

function leftOutText(bytes) { return `… ${countText(bytes)} bytes left out …`; }

// A process and all beneath it.
function withBelow(upids) {
  const all = new Set();
  const add = process => {
    if (!process || all.has(process.upid)) return;
    all.add(process.upid);
    process.children.forEach(add);
  };
  for (const upid of upids) add(run.byUpid.get(upid));
  return all;
}

function outputFilter() {
  const field = id => document.getElementById(id).value.trim();
  const of = field('output-process'), test = field('output-test');
  return {stream: Number(field('output-stream')), words: field('output-filter').toLowerCase().split(/\s+/).filter(Boolean),
    process: of ? withBelow([Number(of)]) : null, test: test ? withBelow(run.tests[Number(test)].upids) : null};
}

function filterOutput() {
  const {stream, words, process, test} = outputFilter();
  const {upid, fd, text, left} = run.output;
  const fits = words.length === 0 ? null : run.strings.map(one => { const low = one.toLowerCase(); return words.every(word => low.includes(word)); });
  const rows = new Uint32Array(upid.length);
  let count = 0;
  for (let i = 0; i < upid.length; ++i) {
    if (stream !== 0 && fd[i] !== stream) continue;
    if (process && !process.has(upid[i]) || test && !test.has(upid[i])) continue;
    if (fits && (left[i] !== 0 || !fits[text[i]])) continue;
    rows[count++] = i;
  }
  output.rows = rows.subarray(0, count);
  document.getElementById('output-count').textContent = count === upid.length ? plural(count, 'line') : `${countText(count)} of ${plural(upid.length, 'line')}`;
  outputRows.show(count, 0);
  outputRows.box.setAttribute('aria-rowcount', count + 1);
}

function drawOutput(index) {
  const i = output.rows[index];
  const {upid, fd, time, seq, text, left} = run.output;
  const process = run.byUpid.get(upid[i]);
  const words = left[i] ? leftOutText(left[i]) : visible(run.strings[text[i]]);
  const cell = (name, ...parts) => element('span', {class: name, role: 'gridcell'}, ...parts);
  const line = element('div', {class: fd[i] === 2 ? 'line output-line errors' : 'line output-line', role: 'row', 'aria-rowindex': index + 2, title: words.slice(0, 2000)},
    cell('time', (time[i] / 1e9).toFixed(6)), cell('process', process ? processLink(process, visible(baseName(process.program?.path ?? '') || `process ${process.upid}`)) : ''),
    cell('stream', fd[i] === 2 ? 'err' : 'out'), cell(left[i] ? 'detail quiet' : 'detail', words));
  if (seq[i] === output.seqNow) line.setAttribute('aria-selected', 'true');
  return line;
}

const outputRows = new Rows(document.getElementById('output-rows'), {height: 20, draw: drawOutput, pick: index => {
  output.seqNow = run.output.seq[output.rows[index]];
  outputRows.paint();
}});

function clearOutputFilter() { for (const id of outputFields) document.getElementById(id).value = id === 'output-stream' ? '0' : ''; }

function showOutput(place) {
  if (place.has('process') || place.has('test')) clearOutputFilter();
  readAddress(place, 'output');
  filterOutput();
}

function prepareOutput() {
  const none = document.getElementById('output-none');
  none.hidden = !run.noOutput;
  none.textContent = run.noOutput ? visible(`There is no output in the log: ${run.noOutput}.`) : '';
  const choice = document.getElementById('output-test');
  choice.hidden = run.tests.length === 0;
  run.tests.forEach((test, i) => choice.append(element('option', {value: i}, visible(test.name))));
  for (const id of outputFields) document.getElementById(id).oninput = filterOutput;
  document.getElementById('output-filter').onkeydown = event => {
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    outputRows.box.focus();
  };
}

// --- in the card of a failure ----------------------------------------------------------------------------------------

function saidLine(line, marked, several) {
  const words = line.left_out ? leftOutText(line.left_out) : visible(line.text);
  return element('div', {class: marked ? 'said-line here' : 'said-line'}, several ? element('span', {class: 'quiet'}, `${line.pid} `) : '', words || ' ');
}

// `marked`: the line of the check, if it is among them.
function saidLines(lines, marked = null) {
  const several = lines.some(line => line.pid !== lines[0].pid);
  const isMarked = line => marked !== null && line.seq === marked.seq && line.text === marked.text;
  return element('div', {class: 'said'}, ...lines.map(line => saidLine(line, isMarked(line), several)));
}

function lineOfCheck(failure) {
  const check = failure.output?.check;
  return check ? check.around[check.at] : null;
}

function failedTestsOf(failure) {
  const tests = failure.output?.failed_tests ?? [];
  const messages = failure.output?.failed_test_messages ?? [];
  const shown = 20;
  if (tests.length === 0) return null;
  return element('div', {}, element('h3', {}, tests.length === 1 ? 'A test in it failed' : `${countText(tests.length)} tests in it failed`),
    element('ul', {class: 'chain'}, ...tests.slice(0, shown).map((test, i) => element('li', {}, visible(test), messages[i] ? element('div', {class: 'quiet'}, visible(messages[i])) : '')),
      ...(tests.length > shown ? [element('li', {class: 'quiet'}, `and ${tests.length - shown} more`)] : [])));
}

// What is around the line stands here unless the last lines have it.
function checkOf(failure) {
  const line = lineOfCheck(failure);
  if (!line) return null;
  const {check, stderr, stdout} = failure.output;
  const isShown = [...stderr, ...stdout].some(last => last.seq === line.seq && last.text === line.text);
  return element('div', {}, element('h3', {}, 'A check failed at ', placeOf(check.file, check.line), ' ', element('code', {class: 'quiet'}, visible(check.text))), isShown ? '' : saidLines(check.around, line));
}

function saidOf(failure) {
  const said = failure.output;
  if (!said) return null;
  const part = (lines, name) => lines.length === 0 ? [] : [element('h3', {}, failure.passes_on_upid === null ? `The last lines on ${name}` : `Since then it wrote on ${name}`), saidLines(lines, lineOfCheck(failure))];
  return element('div', {}, ...part(said.stderr, 'standard error'), ...part(said.stdout, 'standard output'),
    ...(said.has_more ? [element('p', {}, element('a', {href: `#output&process=${failure.upid}`}, 'more of it'))] : []));
}
