// The run as objects. As in model.js, what the log says only ever becomes text; the texts of a run are kept once, as numbers.

const run = {
  runs: [],
  processes: [],  // by upid: a parent stands before its children
  byUpid: new Map(),
  roots: [],
  execs: [],
  failures: [],
  failureOf: new Map(),  // by upid
  tests: [],             // {name, upids}
};

function baseName(path) { return path.slice(path.lastIndexOf('/') + 1); }

class Process {
  constructor(columns, i, text) {
    this.upid = columns.upid[i];
    this.pid = columns.pid[i];
    this.parentUpid = columns.parent[i];
    this.parent = null;
    this.origin = text(columns.origin[i]);  // root, fork, vfork, clone, found
    this.start = columns.start[i];
    this.end = columns.end[i];              // null: not seen
    this.code = columns.code[i];            // -1: none
    this.signal = columns.signal[i] < 0 ? '' : text(columns.signal[i]);
    this.by = columns.by[i] < 0 ? '' : text(columns.by[i]);
    this.core = columns.core[i] === 1;
    this.user = columns.user[i];            // us
    this.system = columns.system[i];
    this.rss = columns.rss[i];              // KiB
    this.left = columns.left[i];            // 1: let go, 2: not followed
    this.hits = columns.hits[i];
    this.program = run.execs[columns.program[i]] ?? null;
    this.children = [];
    this.execs = [];
    this.threads = [];
    this.signals = [];
    this.lines = [];  // that it wrote: numbers of run.output
    this.own = null;  // what it added to how long the run took, in ns; null: others determined that
    this.below = {count: 1, well: this.well, failed: this.failed};  // of it and all beneath
  }
  get well() { return this.end !== null && this.code === 0; }
  get failed() { return this.end !== null && !this.well; }
  get took() { return this.end === null ? null : this.end - this.start; }
  get cpu() { return (this.user + this.system) * 1000; }  // ns

  // By which siblings are told apart.
  get names() {
    if (this.execs.length !== 0) return this.execs.map(exec => baseName(exec.path)).join(' ⇒ ');
    return this.program ? `(${baseName(this.program.path)})` : '(found)';
  }
  get command() {
    if (this.execs.length !== 0) return this.execs.map(exec => exec.command).join(' ⇒ ');
    return this.program ? `(${this.origin} of ${this.program.command})` : `(${this.origin})`;
  }
  get ending() {
    if (this.left === 2 && this.end === null) return 'not followed';
    if (this.left === 1 && this.end === null) return 'let go';
    if (this.end === null) return 'not seen to end';
    if (this.by) return this.by;
    return this.signal ? `killed by ${this.signal}` : `exit code ${this.code}`;
  }
  get grade() { return this.failed ? 'bad' : this.well || this.left ? 'good' : 'fair'; }
}

async function readRun() {
  const raw = JSON.parse(new TextDecoder().decode(await unpacked(document.getElementById('run-data').textContent)));
  const text = id => raw.strings[id];
  run.runs = raw.runs;
  run.counts = raw.counts;
  run.kinds = raw.kinds;
  run.diagnostics = raw.diagnostics;
  run.failuresInAll = raw.failures_in_all;
  run.failures = raw.failures;
  run.execs = rowsOf(raw.execs);
  for (const exec of run.execs) {
    exec.path = text(exec.path);
    exec.command = text(exec.command);
    exec.cwd = text(exec.cwd);
    exec.variables = [];
  }
  readProcesses(raw, text);
  for (const {upid, own} of rowsOf(raw.critical)) run.byUpid.get(upid).own = own;
  for (const variable of rowsOf(raw.variables)) {
    variable.name = text(variable.name);
    variable.value = variable.value === null ? null : text(variable.value);
    run.execs[variable.exec].variables.push(variable);
  }
  run.output = raw.output;  // in columns: there are many
  run.output.upid.forEach((upid, i) => run.byUpid.get(upid)?.lines.push(i));
  run.strings = raw.strings;
  run.noOutput = raw.no_output;
  run.tests = raw.tests;
  for (const failure of run.failures) run.failureOf.set(failure.upid, failure);
}

function readProcesses(raw, text) {
  run.processes = raw.processes.upid.map((_, i) => new Process(raw.processes, i, text));
  for (const process of run.processes) run.byUpid.set(process.upid, process);
  for (const process of run.processes) {
    process.parent = run.byUpid.get(process.parentUpid) ?? null;
    if (process.parent && process.parent.upid >= process.upid) process.parent = null;  // no log that is right says so
    if (process.parent) process.parent.children.push(process);
    else run.roots.push(process);
  }
  for (const exec of run.execs) run.byUpid.get(exec.upid)?.execs.push(exec);
  for (const thread of rowsOf(raw.threads)) run.byUpid.get(thread.upid)?.threads.push(thread);
  for (const signal of rowsOf(raw.signals)) {
    signal.name = text(signal.name);
    run.byUpid.get(signal.upid)?.signals.push(signal);
  }
  for (const process of run.processes.toReversed()) {  // children first
    if (!process.parent) continue;
    const [here, above] = [process.below, process.parent.below];
    above.count += here.count;
    above.well &&= here.well;
    above.failed ||= here.failed;
  }
}

// --- the section ---

function badge(process) {
  return element('span', {class: `badge ${process.grade}`}, visible(process.ending) + (process.core ? ' (core dumped)' : ''));
}

function facts(pairs) {
  return element('dl', {class: 'facts'}, ...pairs.map(([name, ...value]) => element('div', {}, element('dt', {}, name), element('dd', {}, ...value))));
}

function verdictOf(one) {
  const root = run.byUpid.get(one.root);
  const grade = root ? root.grade : 'fair';
  const ending = root ? visible(root.ending) + (root.core ? ' (core dumped)' : '') : 'did not begin';
  return element('div', {class: `verdict ${grade}`},
    element('p', {class: 'verdict-what'}, element('strong', {}, ending), root?.by ? '' : ` after ${durationText(root?.took ?? one.duration_ns)}`),
    element('code', {class: 'command'}, visible(one.command)),
    element('p', {class: 'quiet'}, visible(`in ${one.cwd} on ${one.hostname} (${one.kernel}, ${one.arch}), ${clockText(one.start_unix_ns)}`)),
    element('p', {class: one.agrees && one.sealed ? 'quiet' : 'trust'}, visible(`The log: ${one.trust ?? 'nothing of this run was read'}.`)));
}

const VERDICTS_MAX = 8;  // of more runs the table says enough

// Of several runs: what failed stands first.
function redFirst() {
  const rank = one => ['bad', 'fair', 'good'].indexOf(run.byUpid.get(one.root)?.grade ?? 'fair');
  return run.runs.toSorted((a, b) => rank(a) - rank(b));
}

function rowOfRun(one) {
  const root = run.byUpid.get(one.root);
  const command = element('code', {}, visible(one.command));
  return element('tr', {}, element('td', {}, root ? badge(root) : element('span', {class: 'badge fair'}, 'did not begin')),
    element('td', {}, root ? element('a', {href: `#process=${root.upid}`}, command) : command),
    element('td', {class: 'number'}, durationText(root?.took ?? one.duration_ns)), element('td', {}, clockText(one.start_unix_ns)),
    element('td', {}, visible(one.hostname)), element('td', {}, one.agrees && one.sealed ? 'complete' : visible(one.trust ?? 'not read')));
}

function tableOfRuns() {
  const heads = ['Ended', 'Command', 'Took', 'Began', 'Host', 'Log'].map(head => element('th', {}, head));
  return element('div', {class: 'wide'}, element('table', {class: 'runs'}, element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...redFirst().map(rowOfRun))));
}

function figure(title, number, rest, address, grade = '') {
  return element('a', {class: `card ${grade}`, href: address}, element('span', {class: 'title'}, title),
    element('span', {class: 'big'}, number), element('span', {class: 'quiet'}, rest));
}

function figures() {
  const {counts} = run;
  const failed = run.processes.reduce((sum, process) => sum + process.failed, 0);
  const cpu = run.roots.reduce((sum, process) => sum + process.cpu, 0);
  const made = [figure('Processes', countText(run.processes.length), failed ? `${countText(failed)} failed` : 'none failed', failed ? '#failures' : '#processes', failed ? 'bad' : ''),
    figure('Programs run', countText(counts.execs), plural(counts.threads, 'thread'), '#processes'),
    figure('CPU', durationText(cpu), plural(counts.signals, 'signal'), '#processes')];
  made.push(figure('Events', countText(counts.events), plural(counts.hits, 'hit'), '#events'));
  if (run.runs.some(one => one.coverage))
    made.push(figure('Lines run', percentText(tree.linesRun, tree.lines), `${countText(tree.linesRun)} of ${countText(tree.lines)}`, '#coverage'));
  return made;
}

function aboutRun(one) {
  const tags = Object.entries(one.tags).map(([key, value]) => [visible(key), visible(value)]);
  return facts([['Command', element('code', {}, visible(one.command))], ['Folder', element('code', {}, visible(one.cwd))], ['Host', visible(`${one.hostname}, ${one.kernel}, ${one.arch}`)],
    ['Began', clockText(one.start_unix_ns)], ['Log', visible(`${one.status}, recorded by recount-record ${one.tool_version}`)], ['Run', element('code', {}, visible(one.run_uuid))], ...tags]);
}

function noteOf(note) {
  const grade = {error: 'bad', data_loss: 'bad', notice: 'fair'}[note.severity] ?? '';
  return element('li', {}, element('span', {class: `badge ${grade}`}, visible(note.severity.replace('_', ' '))), ' ', visible(note.message),
    ...(note.remedy ? [element('span', {class: 'remedy'}, ' ' + visible(note.remedy))] : []));
}

function showRun() {
  const [first] = run.runs;
  const root = run.byUpid.get(first.root);
  const outcome = document.getElementById('outcome');
  const all = run.runs.map(one => run.byUpid.get(one.root));
  const grade = all.some(process => process?.failed) ? 'bad' : all.every(process => process?.well) ? 'good' : 'fair';
  const word = {bad: 'Failed', good: 'Passed', fair: root?.end === null ? 'Cut short' : 'Unknown'}[grade];
  outcome.append(element('a', {href: '#run', class: `badge ${grade}`}, word));
  document.title = `${word}: ${visible(first.command).slice(0, 80)}`;
  const others = run.runs.length > 1 ? ` and ${plural(run.runs.length - 1, 'more run')}` : '';
  document.getElementById('what').append(element('code', {}, visible(first.command)), others);
  document.getElementById('what').title = visible(first.command);
  if (run.failuresInAll !== 0)
    document.querySelector('#sections a[href="#failures"]').append(element('span', {class: 'count'}, countText(run.failuresInAll)));
  if (run.runs.length > 1) document.getElementById('verdicts').append(tableOfRuns());
  if (run.runs.length <= VERDICTS_MAX) document.getElementById('verdicts').append(...redFirst().map(verdictOf));
  document.getElementById('figures').append(...figures());
  document.getElementById('about').append(...run.runs.map(aboutRun));
  const rank = note => ['error', 'data_loss', 'notice'].indexOf(note.severity) >>> 0;
  const notes = run.diagnostics.filter(note => note.severity !== 'info').toSorted((a, b) => rank(a) - rank(b));
  fillWith(document.getElementById('note-list'), notes.map(noteOf));
  const more = document.getElementById('more-notes');
  more.hidden = notes.length === run.diagnostics.length;
  more.firstElementChild.textContent = `${countText(run.diagnostics.length - notes.length)} for information`;
  fillWith(more.lastElementChild, run.diagnostics.filter(note => note.severity === 'info').map(noteOf));
  document.getElementById('notes').hidden = run.diagnostics.length === 0;
  document.getElementById('foot').textContent = visible(`Made by ${data.tool} from the log alone. The page loads nothing.`);
}
