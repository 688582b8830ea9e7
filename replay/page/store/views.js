// The sections: which of them is shown (the address behind '#'), and the keys.

const help = document.getElementById('help');
const shown = {name: '', hash: null};
const details = {run: null, test: null};

const common = {q: 'filter', repository: 'repository', branch: 'branch', job: 'job', failed: 'failed'};
const addressed = {
  runs: {...common, order: 'order'},
  tests: {...common, name: 'test-filter', sort: 'test-order', red: 'tests-failed'},
};
const views = {
  runs: {box: document.getElementById('view-runs'), show: showRuns, filter: 'filter'},
  tests: {box: document.getElementById('view-tests'), show: showTests, filter: 'test-filter'},
};

function clearFields() {
  for (const id of Object.values(addressed[shown.name])) {
    const field = document.getElementById(id);
    if (field.type === 'checkbox') field.checked = false;
    else field.value = '';
  }
}

// The run or the test that is looked at is a part of it.
function addressOf() {
  const parts = fieldParts(addressed[shown.name]);
  if (shown.name === 'runs' && details.run) parts.push(`run=${details.run.uuid}`);
  if (shown.name === 'tests' && details.test) parts.push(String(new URLSearchParams({test: details.test.key})));
  return '#' + [shown.name, ...parts].join('&');
}

function writeAddress() {
  const hash = addressOf();
  if (location.hash !== '' || hash !== '#runs') replaceAddress(shown, hash);
}

function refresh() {
  chooseRuns();
  views[shown.name].show();
  showRunDetails(shown.name === 'runs' ? details.run : null);
  showTestDetails(shown.name === 'tests' ? details.test : null);
}

let refreshOwed = 0;
for (const kind of ['input', 'change'])
  addEventListener(kind, () => {
    clearTimeout(refreshOwed);
    refreshOwed = setTimeout(() => { refresh(); writeAddress(); }, 60);
  });

function showView() {
  if (shown.hash === location.hash) return;
  shown.hash = location.hash;
  const place = new URLSearchParams(location.hash.slice(1));
  shown.name = place.has('tests') ? 'tests' : 'runs';
  details.run = store.runs.findLast(run => run.uuid === place.get('run')) ?? null;
  details.test = store.tests.find(test => test.key === place.get('test')) ?? null;
  clearFields();
  readFields(addressed[shown.name], place);
  for (const view of Object.values(views)) view.box.hidden = view !== views[shown.name];
  for (const link of document.querySelectorAll('#sections a')) {
    if (link.hash.slice(1) === shown.name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  refresh();
  writeAddress();
  if (details.run) goToLine(runRows, runsInOrder.indexOf(details.run));
  if (details.test) goToLine(testRows, testsInOrder.indexOf(details.test));
}

function goToLine(rows, index) {
  if (index < 0) return;
  rows.box.scrollIntoView({block: 'nearest'});
  rows.go(index, true);
  const open = document.querySelector('.details:not([hidden])');
  if (open && innerWidth <= 900) open.scrollIntoView({block: 'nearest'});  // it is below what it is about
}

// At once: the next key may be one of the section's. What narrows stays.
function goTo(address) {
  const place = new URLSearchParams(address.slice(1)), name = place.has('tests') ? 'tests' : 'runs';
  const parts = fieldParts(addressed[name]).filter(part => !place.has(part.split('=')[0]));
  location.hash = [address.slice(1), ...parts].join('&');
  showView();
}

function closeDetails() {
  details.run = details.test = null;
  refresh();
  writeAddress();
  (shown.name === 'runs' ? runRows : testRows).box.focus();
}

function leave() {
  if (document.activeElement?.matches('input')) document.activeElement.blur();
  if (details.run || details.test) return closeDetails();
  clearFields();
  refresh();
  writeAddress();
}

const keys = {
  '1': () => goTo('#runs'), '2': () => goTo('#tests'), '?': () => help.showModal(), Escape: leave,
  '/': () => { const field = document.getElementById(views[shown.name].filter); field.focus(); field.select(); },
};

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.defaultPrevented) return;
  if (event.target.matches?.('input:not([type=checkbox]), select') && event.key !== 'Escape') return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
document.getElementById('ask').onclick = () => help.showModal();
addEventListener('hashchange', showView);
// A link within the page leads to a run, a test or a section, and keeps what narrows.
addEventListener('click', event => {
  const link = event.target.closest?.('a[href^="#runs"], a[href^="#tests"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(link.hash);
});

function offer(name) {
  const values = [...new Set(store.runs.map(run => run[name]))].filter(Boolean).sort(new Intl.Collator('en', {numeric: true}).compare);
  const field = document.getElementById(name);
  field.hidden = values.length < 2;
  field.append(...values.map(value => element('option', {value}, visible(value))));
}

async function start() {
  const loading = document.getElementById('loading');
  try {
    await readStore();
  } catch (error) {
    loading.textContent = 'The runs can not be shown: ' + (typeof DecompressionStream === 'undefined' ? 'this browser is too old to unpack them' : String(error));
    return;
  }
  loading.hidden = true;
  document.getElementById('narrow').hidden = false;
  document.getElementById('name').textContent = visible(store.name);
  document.title = visible(store.name);
  const repositories = [...new Set(store.runs.map(run => run.repository))].filter(Boolean);
  document.getElementById('what').textContent = visible(repositories.slice(0, 3).join(', '));
  document.getElementById('foot').textContent = visible(`Made by ${store.tool} from the store alone. The page loads nothing.` +
    (store.shown.length < store.runs.length ? ` Results of tests are those of the last ${countText(store.shown.length)} runs.` : ''));
  for (const name of ['repository', 'branch', 'job']) offer(name);
  showView();
  document.body.dataset.ready = 'yes';
}

start();
