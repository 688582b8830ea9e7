// The section of the runs: the newest of each branch and job, then all of them.

const newestMax = 30, newestOf = 1000;  // branches that nobody works on any more are left to the list
let runsInOrder = [];

function outcomeBadge(run) { return element('span', {class: `badge ${run.grade}`}, visible(run.outcome)); }

function runAddress(run) { return `#runs&run=${run.uuid}`; }

function failedText(run) { return run.tests === 0 ? '–' : `${countText(run.failedTests)} of ${countText(run.tests)}`; }

// What is chosen: by the fields above.
function chooseRuns() {
  const asked = document.getElementById('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const failedOnly = document.getElementById('failed').checked;
  const fields = ['repository', 'branch', 'job'].map(name => [name, document.getElementById(name).value]).filter(([, value]) => value !== '');
  store.chosen = store.runs.filter(run => (!failedOnly || run.grade === 'bad') && fields.every(([name, value]) => run[name] === value) &&
                                          asked.every(word => run.said.includes(word)));
  document.getElementById('count').textContent = store.chosen.length === store.runs.length ? countText(store.runs.length, 'run')
    : `${countText(store.chosen.length)} of ${countText(store.runs.length, 'run')}`;
}

// Red first, and of those of one colour the newest.
const redFirst = (a, b) => ['bad', 'fair', 'good'].indexOf(a.grade) - ['bad', 'fair', 'good'].indexOf(b.grade) || b.index - a.index;

function showNewest() {
  const newest = new Map();
  for (const run of store.chosen.slice(-newestOf)) newest.set(`${run.repository}\n${run.branch}\n${run.job}`, run);
  const all = [...newest.values()].sort(redFirst);
  fillWith(document.getElementById('newest'), all.slice(0, newestMax).map(run => {
    const made = element('tr', {}, element('td', {}, outcomeBadge(run)),
      element('td', {}, element('a', {href: runAddress(run)}, run.began)), element('td', {}, visible(run.branch || '–')), element('td', {}, visible(run.job || '–')),
      element('td', {class: 'commit'}, visible(run.commit)), element('td', {class: 'number'}, failedText(run)),
      element('td', {class: 'number'}, durationText(run.took)), element('td', {class: 'number'}, percentText(run.hit, run.lines)));
    made.onclick = () => goTo(runAddress(run));
    return made;
  }));
  document.getElementById('newest-left').textContent = all.length > newestMax ? `and ${countText(all.length - newestMax)} more, in the list below` : '';
}

function runLine(index) {
  const run = runsInOrder[index];
  const cell = (name, ...text) => element('span', {class: name}, ...text);
  const line = element('div', {class: 'line run-line', role: 'row', 'aria-selected': run === details.run, title: visible(`${run.ending}; ${run.argv}`)},
    cell('ended', outcomeBadge(run)), cell('began', run.began), cell('branch', visible(run.branch)), cell('commit', visible(run.commit)), cell('job', visible(run.job)),
    cell(run.failedTests > 0 ? 'failed some' : 'failed', failedText(run)), cell('took', durationText(run.took)), cell('share', percentText(run.hit, run.lines)));
  for (const child of line.children) child.setAttribute('role', 'gridcell');
  return line;
}

const runRows = new Rows(document.getElementById('run-rows'), {height: 28, draw: runLine, pick: index => goTo(runAddress(runsInOrder[index]))});

function showRuns() {
  showTrends();
  showNewest();
  runsInOrder = document.getElementById('order').value === 'red' ? store.chosen.toSorted(redFirst) : store.chosen.toReversed();
  runRows.show(runsInOrder.length);
}

function factList(pairs) {
  return element('dl', {class: 'facts'}, ...pairs.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

function detailsHead(id, title) {
  const close = element('button', {type: 'button', 'aria-label': 'Close the details', title: 'Close (Esc)'}, '×');
  close.onclick = closeDetails;
  return element('div', {class: 'details-head'}, element('h2', {id: `${id}-title`, tabindex: -1}, title), close);
}

function pastItem(letter, address, ...text) {
  return element('li', {}, element('span', {class: `cell ${cellClass(letter)}`, title: words[letter]}, cellText(letter)), element('a', {href: address}, ...text));
}

function showRunDetails(run) {
  const box = document.getElementById('run-details');
  box.hidden = !run;
  if (!run) return;
  const failed = run.place < 0 ? [] : store.tests.filter(test => test.results[run.place] === 'f');
  box.replaceChildren(detailsHead('run-details', outcomeBadge(run)),
    factList([['Ended', visible(run.ending)], ['Began', run.began + ' UTC'], ['Took', durationText(run.took)], ['Command', element('code', {}, visible(run.argv))],
      ['Repository', visible(run.repository || '–')], ['Branch', visible(run.branch || '–')], ['Commit', visible(run.commit || '–')], ['Job', visible(run.job || '–')],
      ['Processes', countText(run.processes)], ['Lines run', `${percentText(run.hit, run.lines)} of ${countText(run.lines)}`], ['Log', element('code', {}, visible(run.log))],
      ['Run', element('code', {}, visible(run.uuid) + '…')]]),
    element('h3', {}, run.place < 0 ? 'Its tests are not on this page' : failed.length === 0 ? `None of ${plural(run.tests, 'test')} failed` : `${plural(failed.length, 'test')} failed`),
    element('ul', {class: 'past'}, ...failed.slice(0, 200).map(test => pastItem('f', testAddress(test), visible(test.name)))));
}
