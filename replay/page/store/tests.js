// The section of the tests: a row for each test, a column for each of the last chosen runs.

let testsInOrder = [];
let columns = [];  // runs, the newest last

const cellWidth = 14;

function cellClass(letter) { return {p: 'p', f: 'f', s: 's', '?': 'u'}[letter] ?? ''; }
function cellText(letter) { return {p: '✓', f: '✗', s: '–', '?': '?'}[letter] ?? ''; }
function testAddress(test) { return '#tests&' + new URLSearchParams({test: test.key}); }

function timeOf(test, run) { return test.us[run.place] === null ? null : test.us[run.place] * 1000; }

// Of a test, its results in these runs.
function resultsIn(test, runs) { return runs.filter(run => test.results[run.place] !== '.'); }

function changesIn(test, runs) {
  let before = '', changes = 0;
  for (const run of runs) {
    const letter = test.results[run.place];
    if (letter !== 'p' && letter !== 'f') continue;
    changes += before !== '' && letter !== before;
    before = letter;
  }
  return changes;
}

// As many runs as there is room for, if each test has its name.
function columnsMax() {
  const width = document.getElementById('test-rows').clientWidth;
  const rest = width <= 600 ? 130 : width <= 900 ? 270 : 400;
  return Math.max(5, Math.floor((width - rest) / cellWidth));
}

function testLine(index) {
  const test = testsInOrder[index];
  const cells = columns.map(run => {
    const letter = test.results[run.place];
    const cell = element('span', {class: `cell ${cellClass(letter)}`}, cellText(letter));
    if (letter !== '.') cell.title = visible(`${words[letter]}, ${durationText(timeOf(test, run))}: ${run.began} ${run.branch} ${run.commit}`);
    cell.run = run;
    return cell;
  });
  const timed = columns.filter(run => test.us[run.place] !== null).map(run => ({value: timeOf(test, run), bad: test.results[run.place] === 'f'}));
  const failed = columns.filter(run => test.results[run.place] === 'f').length;
  const last = test.results[resultsIn(test, columns).at(-1)?.place];
  const said = `${test.name}, ${last ? words[last] : 'not in these runs'}; failed in ${failed} of the last ${columns.length} runs`;
  const spark = timed.length > 1 ? sparkline(timed, `took up to ${durationText(timed.reduce((most, {value}) => Math.max(most, value), 0))}`) : element('span', {class: 'spark'});
  return element('div', {class: 'line test-line', role: 'row', 'aria-label': visible(said), 'aria-selected': test === details.test},
    element('span', {class: 'test', role: 'rowheader', title: visible(test.key)}, visible(test.name)),
    element('span', {class: 'took'}, timed.length ? durationText(timed.at(-1).value) : ''), spark, element('span', {class: 'cells'}, ...cells));
}

const testRows = new Rows(document.getElementById('test-rows'), {
  height: 24, draw: testLine,
  pick: (index, event) => goTo(event.target.run ? runAddress(event.target.run) : testAddress(testsInOrder[index])),
});

function orderTests(tests) {
  const order = document.getElementById('test-order').value;
  const byName = new Intl.Collator('en', {numeric: true}).compare;
  const value = new Map(tests.map(test => [test, order === 'changes' ? changesIn(test, columns)
    : columns.reduce((sum, run, i) => test.results[run.place] === 'f' ? sum + 1 + (i === columns.length - 1 ? columns.length : 0) : sum, 0)]));
  return tests.toSorted((a, b) => (order === 'name' ? 0 : value.get(b) - value.get(a)) || byName(a.name, b.name));
}

function showTests() {
  columns = store.chosen.filter(run => run.place >= 0 && run.tests > 0).slice(-columnsMax());
  const asked = document.getElementById('test-filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const failedOnly = document.getElementById('tests-failed').checked;
  const fitting = store.tests.filter(test => asked.every(word => test.name.toLowerCase().includes(word)) &&
    (!failedOnly || columns.some(run => test.results[run.place] === 'f')));
  testsInOrder = orderTests(fitting);
  document.getElementById('test-count').textContent =
    `${fitting.length === store.tests.length ? '' : countText(fitting.length) + ' of '}${plural(store.tests.length, 'test')}, the last ${plural(columns.length, 'run')}`;
  document.getElementById('cell-head').style.width = `${columns.length * cellWidth}px`;
  document.getElementById('cell-head').textContent = columns.length > 12 ? `to ${columns.at(-1).began.slice(0, 10)}` : '';
  testRows.show(testsInOrder.length);
}
new ResizeObserver(() => { if (shown.name === 'tests') showTests(); }).observe(document.getElementById('test-rows'));

function showTestDetails(test) {
  const box = document.getElementById('test-details');
  box.hidden = !test;
  if (!test) return;
  const past = resultsIn(test, store.chosen.filter(run => run.place >= 0));
  const failed = past.filter(run => test.results[run.place] === 'f');
  const timed = past.filter(run => test.us[run.place] !== null).map(run => ({value: timeOf(test, run), bad: test.results[run.place] === 'f'}));
  const usual = durationText(middle(timed.filter(({bad}) => !bad).map(({value}) => value)));
  box.replaceChildren(detailsHead('test-details', element('code', {}, visible(test.name))),
    factList([['Runner', visible(test.runner)], ['Failed', `${countText(failed.length)} of ${plural(past.length, 'run')}`], ['Changed', plural(changesIn(test, past), 'time')], ['Usually took', usual]]),
    element('div', {class: 'chart'}, ...(timed.length > 1 ? [sparkline(timed, `how long it took in each run, usually ${usual}`)] : [])),
    element('h3', {}, 'The last results'),
    element('ul', {class: 'past'}, ...past.slice(-100).toReversed().map(run => pastItem(test.results[run.place], runAddress(run),
      visible(`${run.began}  ${durationText(timeOf(test, run))}  ${run.branch} ${run.commit}`)))));
}
