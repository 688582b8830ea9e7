// Lines over time, as small as a word.

function drawn(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const pointsMax = 300;  // more than a line has pixels

// As many values as a line shows: of each stretch the mean.
function thinned(values) {
  const step = Math.ceil(values.length / pointsMax);
  if (step <= 1) return values;
  const made = [];
  for (let i = 0; i < values.length; i += step) {
    const part = values.slice(i, i + step);
    made.push({value: part.reduce((sum, {value}) => sum + value, 0) / part.length, bad: part.some(({bad}) => bad)});
  }
  return made;
}

// `values`: {value, bad}, the oldest first. `said`: what it shows, in words. The bottom lies as far beneath the least as that beneath
// the most, but not under nothing.
function sparkline(values, said) {
  const points = thinned(values);
  const most = points.reduce((sum, {value}) => Math.max(sum, value), 0);
  const least = points.reduce((sum, {value}) => Math.min(sum, value), most);
  const from = Math.max(0, 2 * least - most);
  const height = value => most === from ? 15 : 28 - 26 * (value - from) / (most - from);
  const x = i => points.length === 1 ? 50 : 100 * i / (points.length - 1);
  const line = drawn('svg', {class: 'spark', viewBox: '0 0 100 30', preserveAspectRatio: 'none', role: 'img', 'aria-label': said});
  line.append(drawn('polyline', {points: points.map(({value}, i) => `${x(i).toFixed(1)},${height(value).toFixed(1)}`).join(' ')}));
  const bad = points.map(({bad, value}, i) => bad ? `M${x(i).toFixed(1)},${height(value).toFixed(1)}h0` : '').join('');
  if (bad) line.append(drawn('path', {class: 'bad', d: bad}));
  return line;
}

function shareOf(run) { return run.lines === 0 ? null : 100 * run.hit / run.lines; }

function trend(title, now, rest, values, said) {
  return element('div', {class: 'card'}, element('h3', {}, title), element('div', {class: 'big'}, now),
    ...(values.length > 1 ? [sparkline(values, said)] : []), element('div', {class: 'quiet'}, rest));
}

function middle(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[sorted.length >> 1];
}

// Of the chosen runs, the last ones.
const trendMax = 300;

function showTrends() {
  const runs = store.chosen.slice(-trendMax);
  const bad = runs.filter(run => run.grade === 'bad').length;
  const timed = runs.filter(run => run.took !== null).map(run => ({value: run.took, bad: run.grade === 'bad'}));
  const covered = runs.filter(run => run.lines !== 0).map(run => ({value: shareOf(run), bad: run.grade === 'bad'}));
  const usual = durationText(middle(timed.map(({value}) => value)));
  const last = covered.at(-1)?.value, first = covered[0]?.value;
  const moved = covered.length > 1 ? `${last < first ? '' : '+'}${(last - first).toFixed(1)} points over ${plural(covered.length, 'run')}` : '';
  document.getElementById('trends').replaceChildren(
    element('div', {class: 'card'}, element('h3', {}, 'Failed'), element('div', {class: 'big'}, `${countText(bad)} of ${countText(runs.length)}`),
      meter(runs.length - bad, runs.length), element('div', {class: 'quiet'}, store.chosen.length > runs.length ? 'of the last runs' : 'of these runs')),
    trend('Took', durationText(timed.at(-1)?.value), `usually ${usual}`, timed, `how long each run took, usually ${usual}`),
    trend('Lines run', last === undefined ? '–' : `${last.toFixed(1)} %`, moved, covered, `the share of lines that ran; ${moved}`));
}
