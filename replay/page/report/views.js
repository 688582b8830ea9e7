// The sections: which of them is shown (the address behind '#'), and the keys.

const listAddress = 'coverage';
const help = document.getElementById('help');
const shown = {name: '', hash: null};
const detailLinks = [['processes', 'in the tree'], ['timeline', 'in the timeline'], ['events', 'its events'], ['output', 'its output']];

const views = {
  run: {box: document.getElementById('view-run'), keys: {j: () => goToFailure(1), k: () => goToFailure(-1)}},
  processes: {
    box: document.getElementById('view-processes'), bench: true,
    show: place => {
      if (readAddress(place)) filterForest();
      if (details.process) goToProcess(details.process);
      else showForest();
    },
    keys: {'/': () => { processFilter.focus(); processFilter.select(); }},
    leave: () => {
      if (document.activeElement === processFilter) return processFilter.blur();
      if (details.process) return closeDetails(), forestBox.focus();
      clearForestFilter();
      showForest();
    },
  },
  timeline: {
    box: document.getElementById('view-timeline'), bench: true,
    show: place => {
      if (readAddress(place)) setTracks();
      if (details.process) showInTimeline(details.process);
      if (place.has('from') && place.has('to')) lookAt(Number(place.get('from')) || 0, Number(place.get('to')) || 0);
      drawTimeline();
    },
    keys: timelineKeys,
    leave: () => { if (details.process) closeDetails(); },
  },
  coverage: {
    box: document.getElementById('view-coverage'),
    show: place => {
      if (readAddress(place)) {
        list.missedOnly = document.getElementById('missed-only').checked;
        setFilter(filter.value);
      }
      showCoverage(place);
    },
    keys: coverageKeys, leave: leaveCoverage,
  },
  events: {
    box: document.getElementById('view-events'), show: showEvents,
    keys: {'/': () => { const field = document.getElementById('event-filter'); field.focus(); field.select(); }},
    leave: () => {
      if (document.activeElement?.closest('.bar-tools')) return eventRows.box.focus();
      clearEventFilter();
      filterEvents();
    },
  },
  output: {
    box: document.getElementById('view-output'), show: showOutput,
    keys: {'/': () => { const field = document.getElementById('output-filter'); field.focus(); field.select(); }},
    leave: () => {
      if (document.activeElement?.closest('.bar-tools')) return outputRows.box.focus();
      clearOutputFilter();
      filterOutput();
    },
  },
};

// --- what is in the address ---

// Of each section the fields that narrow it, by their names in the address: a colleague who is sent it sees the same.
const addressed = {
  processes: {q: 'process-filter', failed: 'failed-only'},
  timeline: {failed: 'timeline-failed'},
  coverage: {q: 'filter', missed: 'missed-only'},
  events: {q: 'event-filter', kind: 'event-kind', process: 'event-process', from: 'event-from', to: 'event-to'},
  output: {q: 'output-filter', test: 'output-test', stream: 'output-stream', process: 'output-process'},
};

function readAddress(place, view = shown.name) { return readFields(addressed[view], place); }

function narrowing() {
  const parts = fieldParts(addressed[shown.name]);
  if (shown.name === 'timeline' && isZoomed()) parts.push(`from=${Math.round(timeline.from)}`, `to=${Math.round(timeline.to)}`);
  return parts;
}

function writeAddress() {
  const view = views[shown.name];
  if (!addressed[shown.name] || shown.name === 'coverage' && !source.section.hidden) return;
  const parts = narrowing();
  const place = new URLSearchParams(location.hash.slice(1));
  const names = [...Object.keys(addressed[shown.name]), 'from', 'to'];
  if (parts.length === 0 && !names.some(name => place.has(name) && !(view.bench && name === 'process'))) return;  // as it is
  if (view.bench && details.process) parts.unshift(`process=${details.process.upid}`);
  replaceAddress(shown, '#' + [shown.name, ...parts].join('&'));
}

let addressOwed = 0;
function writeAddressSoon() {
  clearTimeout(addressOwed);
  addressOwed = setTimeout(writeAddress, 300);
}
for (const kind of ['input', 'change']) addEventListener(kind, writeAddressSoon);

const sectionNames = [...document.querySelectorAll('#sections a')].map(link => link.hash.slice(1));

// #failures and #failure=3 are places in the run, #process=3 is one in the tree, #file=a.c one in the coverage.
function viewOf(place) {
  for (const name of ['failures', 'failure']) if (place.has(name)) return 'run';
  for (const name of Object.keys(views)) if (place.has(name)) return name;
  return place.has('file') ? 'coverage' : place.has('process') ? 'processes' : null;
}

function markSection(place, view) {
  const name = view === 'run' && (place.has('failures') || place.has('failure')) ? 'failures' : view;
  for (const link of document.querySelectorAll('#sections a')) {
    if (link.hash.slice(1) === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function showPlaceInRun(place) {
  const card = place.has('failure') ? document.getElementById(`failure-${place.get('failure')}`) : null;
  if (card) {
    card.fillIn();
    card.open = true;
    card.firstElementChild.focus({preventScroll: true});
    card.scrollIntoView({block: 'start'});
  } else if (place.has('failures') || place.has('failure')) {
    document.getElementById('failed').scrollIntoView({block: 'start'});
    document.getElementById('failed-title').focus({preventScroll: true});
  } else {
    scrollTo(0, 0);
  }
}

function showView() {
  if (shown.hash === location.hash) return;
  shown.hash = location.hash;
  const title = document.title;
  const place = new URLSearchParams(location.hash.slice(1));
  const name = viewOf(place) ?? (shown.name || 'run');
  if (!viewOf(place) && shown.name) return;  // the link that skips the head
  shown.name = name;
  const view = views[name];
  for (const other of Object.values(views)) other.box.hidden = other !== view;
  document.getElementById('bench').hidden = !view.bench;
  showDetails(view.bench ? run.byUpid.get(Number(place.get('process'))) ?? null : null);
  markSection(place, name);
  view.show?.(place);
  if (name === 'run') showPlaceInRun(place);
  document.title = title;
  writeAddressSoon();
  if (details.process && innerWidth <= 900) details.box.scrollIntoView({block: 'nearest'});  // it is below what it is about
}

// At once: the next key may be one of the section's.
function goTo(address) {
  location.hash = address;
  showView();
}

const commonKeys = {'?': () => help.showModal()};
sectionNames.forEach((name, i) => { commonKeys[i + 1] = () => goTo(name); });

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.defaultPrevented) return;
  const typing = event.target.matches?.('input:not([type=checkbox]), select');
  if (typing && event.key !== 'Escape') return;
  if (event.key !== 'Escape' && event.key.length > 1 && event.target.closest?.('#details')) return;  // its own scrolling
  const view = views[shown.name];
  const act = event.key === 'Escape' ? view?.leave : view?.keys?.[event.key] ?? commonKeys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
  writeAddressSoon();
});
document.getElementById('ask').onclick = () => help.showModal();
addEventListener('hashchange', showView);

// Paper has all sections, opened.
const mostOnPaper = 3000;
let openedForPaper = [];
addEventListener('beforeprint', () => {
  for (const card of document.querySelectorAll('.failure')) card.fillIn();
  openedForPaper = [...document.querySelectorAll('main details:not([open], .more)')];
  for (const closed of openedForPaper) closed.open = true;
  showForest();
  forestRows.print(mostOnPaper);
  printTimeline();
});
addEventListener('afterprint', () => {
  for (const opened of openedForPaper) opened.open = false;
  forestRows.printed();
  drawTimeline();
});

async function start() {
  const loading = document.getElementById('loading');
  try {
    await readRun();
  } catch (error) {
    loading.textContent = 'The run can not be shown: ' + (typeof DecompressionStream === 'undefined' ? 'this browser is too old to unpack it' : String(error));
    return;
  }
  loading.hidden = true;
  showRun();
  showFailures();
  showWhatIsLeftOut();
  prepareOutput();
  openForest();
  prepareTimeline();
  showCards();
  openSome();
  sortBy('name');
  showView();
  document.body.dataset.ready = 'yes';
}

start();
