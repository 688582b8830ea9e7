// The two sections about coverage, the list and one file, and how a reader gets from one to the other. The page around them
// says where the list is (listAddress), and what else there is to leave.

const overview = document.getElementById('overview');
const filter = document.getElementById('filter');
let listScroll = 0;

// `place`: the address behind '#'.
function showCoverage(place) {
  const file = fileByPath.get(place.get('file'));
  if (file && source.section.hidden) listScroll = scrollY;
  overview.hidden = Boolean(file);
  source.section.hidden = !file;
  if (file) return showFile(file, Number(place.get('line')) || 0);
  if (source.file) scrollTo(0, listScroll);
  source.file = null;
  document.title = 'Coverage';
}

function goToList() { location.hash = listAddress; }

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

function leaveCoverage() {
  if (filter.value !== '') {
    filter.value = '';
    setFilter('');
  }
  if (document.activeElement === filter) filter.blur();
  else if (!source.section.hidden) goToList();
}

const coverageKeys = {
  'j': () => source.section.hidden ? goToRow(1) : goToRegion(1),
  'k': () => source.section.hidden ? goToRow(-1) : goToRegion(-1),
  'n': () => goToFile(1),
  'p': () => goToFile(-1),
  '/': () => { filter.focus(); filter.select(); },
  'Escape': leaveCoverage,
};

filter.oninput = () => {
  if (!source.section.hidden) goToList();
  setFilter(filter.value);
};
filter.onkeydown = event => {
  if (event.key === 'Enter' || event.key === 'ArrowDown') goToRow(1);
};
document.getElementById('next').onclick = () => goToRegion(1);
document.getElementById('previous').onclick = () => goToRegion(-1);
document.getElementById('expand').onclick = () => { openAll(true); showList(); };
document.getElementById('collapse').onclick = () => { openAll(false); showList(); };
document.getElementById('missed-only').onchange = event => { list.missedOnly = event.target.checked; showList(); };
for (const head of document.querySelectorAll('th[data-sort]')) head.firstElementChild.onclick = () => sortBy(head.dataset.sort);
