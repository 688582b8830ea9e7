// Where the reader is (the address behind '#'), and the keys.

const overview = document.getElementById('overview');
const filter = document.getElementById('filter');
const help = document.getElementById('help');
let listScroll = 0;

function showPage() {
  const place = new URLSearchParams(location.hash.slice(1));
  const file = fileByPath.get(place.get('file'));
  if (file && source.section.hidden) listScroll = scrollY;
  overview.hidden = Boolean(file);
  source.section.hidden = !file;
  if (file) return showFile(file, Number(place.get('line')) || 0);
  if (source.file) scrollTo(0, listScroll);
  source.file = null;
  document.title = 'Coverage';
}

function goToList() { location.hash = ''; }

// The file before or behind this one, in the order of the list, in which something did not run.
function goToFile(step) {
  const inOrder = [...(function* walk(folder) {
    for (const item of sorted(folder.children)) item instanceof File ? yield item : yield* walk(item);
  })(tree)].filter(file => file.missed > 0 && fits(file));
  const here = inOrder.indexOf(source.file);
  const next = here < 0 ? inOrder[step > 0 ? 0 : inOrder.length - 1] : inOrder[here + step];
  if (next) location.hash = fileAddress(next);
}

function goToRow(step) {
  const stops = [...list.body.querySelectorAll('button, a')];
  const here = stops.indexOf(document.activeElement);
  const next = stops[Math.min(Math.max(here + step, 0), stops.length - 1)];
  next?.focus();
  next?.scrollIntoView({block: 'nearest'});
}

function leave() {
  if (filter.value !== '') {
    filter.value = '';
    setFilter('');
  }
  if (document.activeElement === filter) filter.blur();
  else if (!source.section.hidden) goToList();
}

const keys = {
  'j': () => source.section.hidden ? goToRow(1) : goToRegion(1),
  'k': () => source.section.hidden ? goToRow(-1) : goToRegion(-1),
  'n': () => goToFile(1),
  'p': () => goToFile(-1),
  '/': () => { filter.focus(); filter.select(); },
  '?': () => help.showModal(),
  'Escape': leave,
};

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const typing = event.target instanceof HTMLInputElement && event.target.type === 'search';
  if (typing && event.key !== 'Escape') return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

filter.oninput = () => {
  if (!source.section.hidden) goToList();
  setFilter(filter.value);
};
filter.onkeydown = event => {
  if (event.key === 'Enter' || event.key === 'ArrowDown') goToRow(1);
};
document.getElementById('home').onclick = event => { event.preventDefault(); goToList(); };
document.getElementById('ask').onclick = () => help.showModal();
document.getElementById('next').onclick = () => goToRegion(1);
document.getElementById('previous').onclick = () => goToRegion(-1);
document.getElementById('expand').onclick = () => { openAll(true); showList(); };
document.getElementById('collapse').onclick = () => { openAll(false); showList(); };
document.getElementById('missed-only').onchange = event => { list.missedOnly = event.target.checked; showList(); };
for (const head of document.querySelectorAll('th[data-sort]')) head.firstElementChild.onclick = () => sortBy(head.dataset.sort);
addEventListener('hashchange', showPage);

const started = new Date(data.started_ms);
const others = data.more_runs ? ` and ${countText(data.more_runs, 'more run')}` : '';
document.getElementById('run').append('of ', element('code', {}, visible(data.command)), others + ', ' + started.toISOString().slice(0, 16).replace('T', ' ') + ' UTC');
document.getElementById('run').title = visible(data.command);
document.getElementById('foot').textContent = visible(`Paths are relative to ${data.root}. ${data.tool}, run ${data.run}.`);
showCards();
openSome();
sortBy('name');
showPage();
