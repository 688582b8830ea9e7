// The section with the timeline: a track for each process, beneath its parent's; on it a slice for each program that it ran,
// marks for signals, ticks for output, lines for births. Only what is in sight is drawn.

const timeline = {
  box: document.getElementById('tracks'),
  canvas: document.getElementById('timeline'),
  tip: document.getElementById('tip'),
  tracks: [],  // processes, from top to bottom
  at: -1,      // the current track
  from: 0,     // what is in sight, in ns
  to: 1,
  last: 1,     // the end of the run
};

const trackHeight = 20;
const axisHeight = 26;
const crowdHeight = 30;  // of what is drawn above the tracks: how many programs ran at once
const headHeight = axisHeight + crowdHeight;
const shortest = 200;  // ns in sight

function labelWidth(width) { return Math.min(250, Math.floor(width * 0.28)); }

// Parents before children, children by birth.
function trackOrder(wants) {
  const order = [];
  const todo = run.roots.toReversed();
  while (todo.length !== 0) {
    const process = todo.pop();
    if (!wants(process)) continue;
    order.push(process);
    for (let i = process.children.length; i-- > 0;) todo.push(process.children[i]);
  }
  return order;
}

function depthsOf(tracks) {
  const depths = new Map();
  for (const process of tracks) depths.set(process, process.parent ? (depths.get(process.parent) ?? 0) + 1 : 0);
  return depths;
}

function setTracks() {
  const failedOnly = document.getElementById('timeline-failed').checked;
  const current = timeline.tracks[timeline.at];
  timeline.tracks = trackOrder(failedOnly ? process => process.below.failed : () => true);
  timeline.depths = depthsOf(timeline.tracks);
  timeline.rowOf = new Map(timeline.tracks.map((process, i) => [process, i]));
  timeline.at = timeline.rowOf.get(current) ?? -1;
  document.getElementById('whole-timeline').style.height = `${headHeight + timeline.tracks.length * trackHeight}px`;
}

function prepareTimeline() {
  timeline.last = Math.max(1, ...run.runs.map(one => one.duration_ns ?? 0));
  for (const process of run.processes) timeline.last = Math.max(timeline.last, process.end ?? process.start);
  timeline.crowd = crowdOf(run.processes);
  document.getElementById('timeline-runs').textContent = run.runs.length > 1 ? ' Each run begins at 0.' : '';
  setTracks();
  fitTimeline();
}

// What ran from when to when: the copy of its parent's program before the first exec, then each program.
function slicesOf(process) {
  if (process.slices) return process.slices;
  const end = process.end ?? timeline.last;
  const slices = [];
  const first = process.execs[0]?.time ?? end;
  if (first > process.start || process.execs.length === 0)
    slices.push({from: process.start, to: first, name: process.origin, copy: true});
  process.execs.forEach((exec, i) => {
    slices.push({from: exec.time, to: process.execs[i + 1]?.time ?? end, name: baseName(exec.path), exec, copy: false});
  });
  return process.slices = slices;
}

// How many programs ran, from each moment on: [{time, count}], by time. A copy of a program counts as one, as in @concurrency.
function crowdOf(processes) {
  const changes = [];
  for (const process of processes) {
    const end = process.end ?? process.execs.at(-1)?.time;  // of what is known to have ended
    if (end !== undefined) changes.push([process.start, 1], [end, -1]);
  }
  changes.sort(([a], [b]) => a - b);
  const steps = [];
  let count = 0;
  for (const [time, by] of changes) {
    count += by;
    if (steps.at(-1)?.time === time) steps.at(-1).count = count;
    else steps.push({time, count});
  }
  return {steps, most: steps.reduce((most, step) => Math.max(most, step.count), 0)};
}

function hueOf(name) {
  let hash = 7;
  for (let i = 0; i < name.length; ++i) hash = (hash * 31 + name.charCodeAt(i)) >>> 0;
  return 150 + hash % 170;  // from green to violet: red is for what failed
}

function timelineColours() {
  const style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue('--' + name).trim();
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  return {ground: colour('ground'), raised: colour('raised'), line: colour('line'), text: colour('text'), quiet: colour('quiet'), bad: colour('bad'), fair: colour('fair'),
    empty: colour('empty'), link: colour('link'), hover: colour('hover'), here: colour('here'),
    program: name => dark ? `hsl(${hueOf(name)} 34% 36%)` : `hsl(${hueOf(name)} 52% 78%)`};
}

// 1, 2 or 5 times a power of ten, so that a tick has `room` px.
function tickStep(span, width, room) {
  const least = span * room / Math.max(width, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map(n => n * power).find(step => step >= least);
}

function tickText(ns, step) {
  const [unit, name] = step >= 1e9 ? [1e9, 's'] : step >= 1e6 ? [1e6, 'ms'] : step >= 1e3 ? [1e3, 'µs'] : [1, 'ns'];
  return `${countText(Math.round(ns / unit))} ${name}`;
}

class TimelineDrawing {
  constructor(canvas, width, height, top) {
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    this.pen = canvas.getContext('2d');
    this.pen.scale(ratio, ratio);
    this.colours = timelineColours();
    this.labels = labelWidth(width);
    Object.assign(this, {width, height, top});
  }
  x(ns) { return this.labels + (ns - timeline.from) / (timeline.to - timeline.from) * (this.width - this.labels); }
  y(row) { return headHeight + row * trackHeight - this.top; }

  draw() {
    const {pen, colours} = this;
    pen.fillStyle = colours.ground;
    pen.fillRect(0, 0, this.width, this.height);
    const first = Math.max(0, Math.floor(this.top / trackHeight));
    const last = Math.min(timeline.tracks.length, Math.ceil((this.top + this.height - headHeight) / trackHeight));
    this.ground(first, last);
    pen.save();
    pen.beginPath();
    pen.rect(this.labels, headHeight, this.width - this.labels, this.height);
    pen.clip();
    this.ticks(false);
    for (let row = first; row < last; ++row) this.birth(row);
    for (let row = first; row < last; ++row) this.track(row);
    pen.restore();
    for (let row = first; row < last; ++row) this.label(row);
    this.axis();
    this.crowd();
  }

  ground(first, last) {
    for (let row = first; row < last; ++row) {
      const process = timeline.tracks[row];
      const chosen = process === details.process;
      if (!chosen && row !== timeline.at) continue;
      this.pen.fillStyle = chosen ? this.colours.here : this.colours.hover;
      this.pen.fillRect(0, this.y(row), this.width, trackHeight);
    }
  }

  ticks(withText) {
    const {pen, colours} = this;
    const step = tickStep(timeline.to - timeline.from, this.width - this.labels, 110);
    pen.font = '11px system-ui, sans-serif';
    for (let ns = Math.ceil(Math.max(0, timeline.from) / step) * step; ns <= timeline.to; ns += step) {
      const x = Math.round(this.x(ns)) + 0.5;
      pen.fillStyle = colours.line;
      if (!withText) pen.fillRect(x, axisHeight, 0.6, this.height);
      pen.fillStyle = colours.quiet;
      if (withText && x + 4 < this.width - 30) pen.fillText(tickText(ns, step), x + 4, 17);
    }
  }

  axis() {
    const {pen, colours} = this;
    pen.fillStyle = colours.raised;
    pen.fillRect(0, 0, this.width, axisHeight);
    this.ticks(true);
    pen.fillStyle = colours.line;
    pen.fillRect(0, axisHeight - 1, this.width, 1);
    pen.fillRect(this.labels - 1, 0, 1, this.height);
  }

  // The most that ran at once within each pixel.
  crowd() {
    const {pen, colours} = this;
    const {steps, most} = timeline.crowd;
    pen.fillStyle = colours.ground;
    pen.fillRect(0, axisHeight, this.width, crowdHeight);
    pen.fillStyle = colours.quiet;
    pen.font = '11px system-ui, sans-serif';
    pen.fillText(most === 0 ? '' : `ran at once: ${countText(most)} at most`, 8, axisHeight + 19);
    pen.fillStyle = colours.link;
    pen.globalAlpha = 0.45;
    const bottom = headHeight - 2;
    let i = firstBehind(steps, timeline.from), count = steps[i - 1]?.count ?? 0;
    for (let x = this.labels; x < this.width; ++x) {
      const until = timeline.from + (x + 1 - this.labels) / (this.width - this.labels) * (timeline.to - timeline.from);
      let here = count;
      for (; i < steps.length && steps[i].time < until; ++i) here = Math.max(here, count = steps[i].count);
      const height = here / most * (crowdHeight - 6);
      if (height > 0) pen.fillRect(x, bottom - height, 1, height);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = colours.line;
    pen.fillRect(0, headHeight - 1, this.width, 1);
    pen.fillRect(this.labels - 1, axisHeight, 1, crowdHeight);
  }

  label(row) {
    const {pen, colours} = this;
    const process = timeline.tracks[row];
    const indent = 8 + Math.min(timeline.depths.get(process), 10) * 8;
    pen.save();
    pen.beginPath();
    pen.rect(0, Math.max(this.y(row), headHeight), this.labels - 6, trackHeight);
    pen.clip();
    pen.font = '11px system-ui, sans-serif';
    pen.fillStyle = colours.quiet;
    const pid = String(process.pid);
    pen.fillText(pid, indent, this.y(row) + 14);
    const after = indent + pen.measureText(pid).width + 6;
    pen.font = `${process.failed ? '600 ' : ''}12px system-ui, sans-serif`;
    pen.fillStyle = process.failed ? colours.bad : colours.text;
    pen.fillText(visible(process.names).slice(0, 80), after, this.y(row) + 14);
    pen.restore();
  }

  birth(row) {
    const process = timeline.tracks[row];
    const above = timeline.rowOf.get(process.parent);
    if (above === undefined) return;
    const x = Math.round(this.x(process.start));
    if (x < this.labels || x > this.width) return;
    this.pen.fillStyle = this.colours.line;
    this.pen.fillRect(x, this.y(above) + trackHeight - 3, 1, this.y(row) - this.y(above) - trackHeight + 6);
  }

  track(row) {
    const {pen, colours} = this;
    const process = timeline.tracks[row];
    const y = this.y(row) + 3;
    let right = 0;
    for (const slice of slicesOf(process)) {
      if (slice.to < timeline.from || slice.from > timeline.to) continue;
      const x = Math.max(this.x(slice.from), this.labels - 2);
      const width = Math.max(Math.min(this.x(slice.to), this.width + 2) - x, 1.5);
      pen.globalAlpha = process.end === null && !process.left ? 0.55 : 1;
      pen.fillStyle = slice.copy ? colours.empty : process.failed ? colours.bad : colours.program(slice.name);
      pen.fillRect(x, y, width, trackHeight - 6);
      pen.globalAlpha = 1;
      right = x + width;
      if (width > 28) this.words(slice.name, x + 4, y, width - 6, process.failed && !slice.copy ? colours.ground : colours.text);
    }
    if (process.own !== null) this.critical(process, y);
    if (process.failed && right > 0) this.words(process.signal || `exit ${process.code}`, right + 4, y, 90, colours.bad);
    this.output(process, y);
    for (const signal of process.signals) this.signal(signal, y);
  }

  // A process on the critical path is underlined, from its beginning to its end.
  critical(process, y) {
    const from = Math.max(this.x(process.start), this.labels - 2);
    this.pen.fillStyle = this.colours.link;
    this.pen.fillRect(from, y + trackHeight - 6, Math.max(Math.min(this.x(process.end ?? timeline.last), this.width + 2) - from, 1.5), 2);
  }

  // Where the process wrote, once a pixel: standard error if it was that, too.
  marksOf(process) {
    const marks = new Map();
    for (const i of process.lines) {
      const time = run.output.time[i];
      if (time < timeline.from || time > timeline.to) continue;
      const x = Math.round(this.x(time));
      marks.set(x, marks.get(x) || run.output.fd[i] === 2);
    }
    return marks;
  }

  output(process, y) {
    for (const [x, errors] of this.marksOf(process)) {
      this.pen.fillStyle = errors ? this.colours.bad : this.colours.quiet;
      this.pen.fillRect(x, y + trackHeight - 7, 1, 4);
    }
  }

  words(text, x, y, width, colour) {
    const {pen} = this;
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, trackHeight);
    pen.clip();
    pen.font = '11px system-ui, sans-serif';
    pen.fillStyle = colour;
    pen.fillText(visible(text).slice(0, 60), x, y + 11);
    pen.restore();
  }

  signal(signal, y) {
    if (signal.time < timeline.from || signal.time > timeline.to) return;
    const {pen, colours} = this;
    const x = this.x(signal.time);
    const size = signal.fatal ? 5 : 3;
    pen.fillStyle = signal.fatal ? colours.bad : colours.fair;
    pen.strokeStyle = colours.ground;
    pen.beginPath();
    pen.moveTo(x, y + 7 - size);
    pen.lineTo(x + size, y + 7);
    pen.lineTo(x, y + 7 + size);
    pen.lineTo(x - size, y + 7);
    pen.closePath();
    pen.fill();
    if (signal.fatal) pen.stroke();
  }
}

let timelineOwed = false;
function drawTimeline() {
  if (timelineOwed) return;
  timelineOwed = true;
  requestAnimationFrame(() => {
    timelineOwed = false;
    const {box, canvas} = timeline;
    if (box.clientWidth === 0) return;
    timeline.drawing = new TimelineDrawing(canvas, box.clientWidth, box.clientHeight, box.scrollTop);
    timeline.drawing.draw();
    document.getElementById('timeline-place').textContent = `${durationText(Math.max(0, Math.round(timeline.from)))} to ${durationText(Math.min(timeline.last, Math.round(timeline.to)))}, ${plural(timeline.tracks.length, 'process', 'processes')}`;
  });
}

// The number of the first step later than that.
function firstBehind(steps, time) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle].time <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

// --- moving ---

function lookAt(from, to) {
  const span = Math.min(Math.max(to - from, shortest), timeline.last * 1.02);
  const middle = (from + to) / 2;
  timeline.from = Math.min(Math.max(middle - span / 2, -timeline.last * 0.01), timeline.last * 1.01 - span);
  timeline.to = timeline.from + span;
  drawTimeline();
  writeAddressSoon();
}

function isZoomed() { return timeline.to - timeline.from < timeline.last; }

function fitTimeline() { lookAt(-timeline.last * 0.01, timeline.last * 1.01); }

function zoom(factor, around = (timeline.from + timeline.to) / 2) {
  lookAt(around - (around - timeline.from) * factor, around + (timeline.to - around) * factor);
}

function pan(share) {
  const by = (timeline.to - timeline.from) * share;
  lookAt(timeline.from + by, timeline.to + by);
}

function zoomToProcess(process) {
  const end = process.end ?? timeline.last;
  const room = Math.max((end - process.start) * 0.1, shortest);
  lookAt(process.start - room, end + room);
}

function goToTrack(row) {
  timeline.at = Math.max(0, Math.min(row, timeline.tracks.length - 1));
  const top = timeline.at * trackHeight;
  const {box} = timeline;
  const room = box.clientHeight - headHeight - trackHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top > box.scrollTop + room) box.scrollTop = top - room;
  const process = timeline.tracks[timeline.at];
  if (process) document.getElementById('timeline-said').textContent = visible(`pid ${process.pid}, ${process.names}, ${process.ending}, from ${durationText(process.start)} on, took ${durationText(process.took)}`);
  drawTimeline();
}

function showInTimeline(process) {
  let row = timeline.rowOf.get(process);
  if (row === undefined) {
    document.getElementById('timeline-failed').checked = false;
    setTracks();
    row = timeline.rowOf.get(process);
  }
  if ((process.end ?? timeline.last) < timeline.from || process.start > timeline.to) zoomToProcess(process);
  goToTrack(row);
}

// --- what the mouse is on ---

function timeAt(x) { return timeline.from + (x - timeline.drawing.labels) / (timeline.drawing.width - timeline.drawing.labels) * (timeline.to - timeline.from); }

function trackAt(event) {
  const y = event.offsetY - headHeight;
  return y < 0 ? undefined : timeline.tracks[Math.floor((y + timeline.box.scrollTop) / trackHeight)];
}

function tipLines(process, x) {
  const near = ns => Math.abs(timeline.drawing.x(ns) - x) <= 5;
  const signal = process.signals.find(one => one.fatal && near(one.time)) ?? process.signals.find(one => near(one.time));
  const at = timeAt(x);
  const slice = slicesOf(process).findLast(one => one.from <= at && at <= one.to);
  const made = [element('b', {}, `${process.pid} `, visible(process.names).slice(0, 120))];
  if (slice) made.push(element('code', {}, visible(slice.exec ? slice.exec.command : slice.name).slice(0, 300)), element('span', {}, `${durationText(slice.from)} to ${durationText(slice.to)}: ${durationText(slice.to - slice.from)}`));
  const line = process.lines.findLast(i => near(run.output.time[i]));
  if (line !== undefined) made.push(element('code', {}, `wrote: ${run.output.left[line] ? leftOutText(run.output.left[line]) : visible(run.strings[run.output.text[line]]).slice(0, 200)}`));
  if (signal) made.push(element('span', {class: signal.fatal ? 'bad' : ''}, visible(`${signal.name} at ${durationText(signal.time)}`) + (signal.fatal ? ', of which it died' : '')));
  made.push(element('span', {class: process.failed ? 'bad' : 'quiet'}, visible(`${process.ending}, took ${durationText(process.took)}, ${durationText(process.cpu)} CPU`)));
  if (process.own !== null) made.push(element('span', {}, `on the critical path: ${durationText(process.own)} of the run`));
  return made;
}

function showTip(event) {
  const process = timeline.drawing && trackAt(event);
  timeline.tip.hidden = !process;
  if (!process) return;
  fillWith(timeline.tip, tipLines(process, event.offsetX));
  const box = timeline.tip.getBoundingClientRect();
  timeline.tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8))}px`;
  timeline.tip.style.top = `${event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18}px`;
}

timeline.canvas.addEventListener('pointerdown', event => {
  if (event.button !== 0) return;
  timeline.drag = {x: event.clientX, y: event.clientY, from: timeline.from, to: timeline.to, top: timeline.box.scrollTop, moved: false};
  timeline.canvas.setPointerCapture(event.pointerId);
});
timeline.canvas.addEventListener('pointermove', event => {
  const {drag, drawing} = timeline;
  if (!drag) return showTip(event);
  if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 4) drag.moved = true;
  if (!drag.moved) return;
  timeline.tip.hidden = true;
  const by = (event.clientX - drag.x) / (drawing.width - drawing.labels) * (drag.to - drag.from);
  timeline.box.scrollTop = drag.top - (event.clientY - drag.y);
  lookAt(drag.from - by, drag.to - by);
});
timeline.canvas.addEventListener('pointerup', event => {
  const {drag} = timeline;
  timeline.drag = null;
  const process = trackAt(event);
  if (!drag || drag.moved || !process) return;
  timeline.at = timeline.rowOf.get(process);
  location.hash = `timeline&process=${process.upid}`;
});
timeline.canvas.addEventListener('pointerleave', () => { timeline.tip.hidden = true; });
timeline.canvas.addEventListener('pointercancel', () => { timeline.drag = null; });
timeline.canvas.addEventListener('dblclick', event => { const process = trackAt(event); if (process) zoomToProcess(process); });
timeline.box.addEventListener('wheel', event => {
  if (event.shiftKey || !timeline.drawing) return;  // shift: up and down
  event.preventDefault();
  if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) return pan(event.deltaX / 800);
  zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY)) / 400), timeAt(Math.max(event.offsetX, timeline.drawing.labels)));
}, {passive: false});
timeline.box.addEventListener('wheel', event => { if (event.shiftKey) { event.preventDefault(); timeline.box.scrollTop += event.deltaY || event.deltaX; } }, {passive: false});
timeline.box.addEventListener('scroll', drawTimeline);
new ResizeObserver(drawTimeline).observe(timeline.box);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawTimeline);

const timelineKeys = {
  '+': () => zoom(0.6), '=': () => zoom(0.6), '-': () => zoom(1 / 0.6), '0': fitTimeline,
  'z': () => { const process = timeline.tracks[timeline.at]; if (process) zoomToProcess(process); },
  'ArrowLeft': () => pan(-0.15), 'ArrowRight': () => pan(0.15),
  'ArrowUp': () => goToTrack(timeline.at - 1), 'ArrowDown': () => goToTrack(timeline.at + 1),
  'PageUp': () => goToTrack(timeline.at - 20), 'PageDown': () => goToTrack(timeline.at + 20),
  'Home': () => goToTrack(0), 'End': () => goToTrack(timeline.tracks.length - 1),
};
timeline.box.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || timeline.at < 0) return;
  event.preventDefault();
  location.hash = `timeline&process=${timeline.tracks[timeline.at].upid}`;
});
document.getElementById('zoom-in').onclick = () => zoom(0.5);
document.getElementById('zoom-out').onclick = () => zoom(2);
document.getElementById('fit').onclick = fitTimeline;
document.getElementById('timeline-failed').onchange = () => { setTracks(); drawTimeline(); };

const tallestOnPaper = 2400;  // px
function printTimeline() {
  const height = Math.min(headHeight + timeline.tracks.length * trackHeight, tallestOnPaper);
  new TimelineDrawing(timeline.canvas, 1000, height, 0).draw();
  const left = timeline.tracks.length - Math.floor((height - headHeight) / trackHeight);
  document.getElementById('timeline-left').textContent = left > 0 ? `And ${countText(left)} more processes, on the page itself.` : '';
}
