// The page about coverage alone: where the reader is (the address behind '#'), and the keys.

const help = document.getElementById('help');
const listAddress = '';

const keys = {...coverageKeys, '?': () => help.showModal()};

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const typing = event.target instanceof HTMLInputElement && event.target.type === 'search';
  if (typing && event.key !== 'Escape') return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function showPage() { showCoverage(new URLSearchParams(location.hash.slice(1))); }

document.getElementById('home').onclick = event => { event.preventDefault(); goToList(); };
document.getElementById('ask').onclick = () => help.showModal();
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
