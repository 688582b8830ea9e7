// The section with the events. They stand in the page in packs of columns (replay/page/report_events.cpp), which are unpacked when
// the section is opened for the first time: a million of them takes some 40 MB then.

const events = {
  count: 0,
  rows: new Uint32Array(),  // those that fit the filter
  texts: [''],
  ready: null,              // a promise, once they are being unpacked
  seqNow: 0,                // where the reader was led
};
const eventColumns = {seq: Float64Array, time: Float64Array, kind: Uint8Array, tid: Int32Array, utid: Uint32Array, upid: Uint32Array, detail: Uint32Array, error: Uint32Array, back: Float64Array};

// Numbers in sevens of bits, the lowest first (LEB128).
class Numbers {
  constructor(buffer) { this.bytes = new Uint8Array(buffer); this.at = 0; }
  next() {
    let number = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      number += (byte & 127) * scale;
      if (byte < 128 || byte === undefined) return number;
    }
  }
  signed() {  // 0, -1, 1, -2, ...
    const number = this.next();
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  }
  text() {
    const length = this.next();
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return text;
  }
}

function readPack(buffer, first, known) {
  const numbers = new Numbers(buffer);
  const count = numbers.next();
  const ids = JSON.parse(numbers.text()).map(text => {
    if (!known.has(text)) {
      known.set(text, events.texts.length);
      events.texts.push(text);
    }
    return known.get(text);
  });
  for (const name of ['seq', 'time', 'kind', 'tid', 'utid', 'upid', 'detail', 'error', 'back']) {
    const column = events[name];
    const running = ['seq', 'time', 'tid', 'utid', 'upid'].includes(name);
    const named = name === 'detail' || name === 'error';
    let value = 0;
    for (let i = first; i < first + count; ++i) {
      if (running) value += numbers.signed();
      else value = numbers.next();
      column[i] = named ? (value === 0 ? 0 : ids[value - 1]) : value;
    }
  }
  return count;
}

async function readEvents() {
  const kept = run.counts.events_kept;
  for (const [name, Column] of Object.entries(eventColumns)) events[name] = new Column(kept);
  const known = new Map();
  for (const pack of document.querySelectorAll('script.events')) {
    events.count += readPack(await unpacked(pack.textContent), events.count, known);
    pack.remove();
    document.getElementById('event-count').textContent = `unpacking, ${countText(events.count)} of ${countText(kept)}`;
  }
  addKinds();
}

const kindOf = [];  // by number: {name, meaning, action}
function addKinds() {
  const count = new Uint32Array(256);
  for (let i = 0; i < events.count; ++i) ++count[events.kind[i]];
  const choice = document.getElementById('event-kind');
  for (const [number, name] of run.kinds)
    if (count[number] !== 0) choice.append(element('option', {value: number}, `${name.replaceAll('_', ' ')} (${countText(count[number])})`));
}

// Texts are looked through once each, not once for each event that has them.
function textsThatFit(words) {
  const fits = text => { const low = text.toLowerCase(); return words.every(word => low.includes(word)); };
  return {details: events.texts.map(fits), kinds: kindOf.map(kind => kind ? fits(kind.name.replaceAll('_', ' ') + ' ' + kind.name) : false)};
}

function eventFilter() {
  const field = id => document.getElementById(id).value.trim();
  return {kind: field('event-kind'), upid: Number(field('event-process')) || 0, first: Number(field('event-from')) || 0, last: Number(field('event-to')) || Infinity,
    words: field('event-filter').toLowerCase().split(/\s+/).filter(Boolean)};
}

function filterEvents() {
  const {kind, upid, first, last, words} = eventFilter();
  const fitting = words.length === 0 ? null : textsThatFit(words);
  const number = Number(kind) || 0;
  const {seq} = events;
  const rows = new Uint32Array(events.count);
  let count = 0;
  for (let i = 0; i < events.count; ++i) {
    const one = events.kind[i];
    if (number !== 0 ? one !== number : kind === 'seen' ? one > 32 : kind === 'done' ? one <= 32 : false) continue;
    if (upid !== 0 && events.upid[i] !== upid) continue;
    if (seq[i] < first || seq[i] > last) continue;
    if (fitting && !fitting.details[events.detail[i]] && !fitting.kinds[one] && !(events.error[i] && fitting.details[events.error[i]])) continue;
    rows[count++] = i;
  }
  events.rows = rows.subarray(0, count);
  document.getElementById('event-count').textContent = count === events.count ? plural(count, 'event') : `${countText(count)} of ${plural(events.count, 'event')}`;
  eventRows.show(count, 0);
}

function drawEvent(index) {
  const i = events.rows[index];
  const kind = kindOf[events.kind[i]] ?? {name: String(events.kind[i]), meaning: '', action: events.kind[i] > 32};
  const process = run.byUpid.get(events.upid[i]);
  const error = events.error[i] ? element('b', {class: 'bad'}, ` = ${visible(events.texts[events.error[i]])}`) : '';
  const answers = kind.action && events.back[i] ? `; it answers event ${countText(events.seq[i] - events.back[i])}` : '';
  const cell = (name, ...text) => element('span', {class: name, role: 'gridcell'}, ...text);
  const line = element('div', {class: kind.action ? 'line event-line done' : 'line event-line', role: 'row', 'aria-rowindex': index + 2, title: kind.meaning + answers},
    cell('seq', countText(events.seq[i])), cell('time', (events.time[i] / 1e9).toFixed(6)), cell('kind', kind.name.replaceAll('_', ' ')), cell('tid', events.tid[i] || '–'),
    cell('process', process ? processLink(process, visible(baseName(process.program?.path ?? '') || `process ${process.upid}`)) : ''), cell('detail', visible(events.texts[events.detail[i]]), error));
  if (events.seq[i] === events.seqNow) line.setAttribute('aria-selected', 'true');
  return line;
}

const eventRows = new Rows(document.getElementById('event-rows'), {height: 24, draw: drawEvent, pick: index => {
  events.seqNow = events.seq[events.rows[index]];
  eventRows.paint();
}});

// The row of an event, or of the one that follows it.
function goToEvent(seq) {
  let [low, high] = [0, events.rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events.seq[events.rows[middle]] < seq) low = middle + 1;
    else high = middle;
  }
  events.seqNow = seq;
  eventRows.go(low, true);
}

function clearEventFilter() {
  for (const id of ['event-kind', 'event-process', 'event-from', 'event-to', 'event-filter']) document.getElementById(id).value = '';
}

async function showEvents(place) {
  for (const [number, name, meaning, action] of run.kinds) kindOf[number] = {name, meaning, action};
  await (events.ready ??= readEvents());
  if (place.has('process') || place.has('seq')) clearEventFilter();
  readAddress(place, 'events');
  filterEvents();
  if (place.has('seq')) goToEvent(Number(place.get('seq')) || 1);
  eventRows.box.setAttribute('aria-rowcount', events.rows.length + 1);
  writeAddressSoon();
}

function showWhatIsLeftOut() {
  const {events: all, events_kept: kept} = run.counts;
  const note = document.getElementById('events-left');
  note.hidden = all === kept;
  note.textContent = `The log has ${countText(all)} events. Here are ${countText(kept)}: births, programs, signals, ends, timers and trouble, without the stops at probes and the routine of the tracer` +
    '. All of them: recount-replay events LOG';
}

for (const id of ['event-kind', 'event-process', 'event-from', 'event-to', 'event-filter']) document.getElementById(id).oninput = filterEvents;
document.getElementById('event-filter').onkeydown = event => {
  if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
  event.preventDefault();
  eventRows.box.focus();
};
