// The runs and tests of a store as objects. What a store says only ever becomes text (page.js).

const store = {
  name: '',
  tool: '',
  runs: [],      // in the order in which they began
  shown: [],     // the last of them: those that the results are of
  tests: [],
  chosen: [],    // the runs that the fields above let through
};

const words = {p: 'passed', f: 'failed', s: 'skipped', '?': 'unknown'};

class Run {
  constructor(columns, i, text) {
    this.index = i;
    this.start = columns.start[i];  // ms
    this.took = columns.took[i];    // ns; null: nobody knows
    this.outcome = text(columns.outcome[i]);
    this.ending = text(columns.ending[i]);
    this.repository = text(columns.repository[i]);
    this.branch = text(columns.branch[i]);
    this.commit = columns.commit[i];
    this.job = text(columns.job[i]);
    this.argv = text(columns.argv[i]);
    this.log = text(columns.log[i]);
    this.processes = columns.processes[i];
    this.lines = columns.lines[i];
    this.hit = columns.hit[i];
    this.uuid = columns.uuid[i];    // its first letters
    this.tests = this.failedTests = 0;
    this.place = -1;                // in store.shown
  }
  get grade() { return {passed: 'good', failed: 'bad'}[this.outcome] ?? 'fair'; }
  get began() { return new Date(this.start).toISOString().slice(0, 16).replace('T', ' '); }
  get said() { return this.words ??= [this.repository, this.branch, this.commit, this.job, this.ending, this.outcome, this.argv, this.log, this.uuid].join(' ').toLowerCase(); }
}

class Test {
  constructor(raw) {
    this.name = raw.name;
    this.runner = raw.runner;
    this.results = raw.results;  // a letter for each of store.shown, or '.'
    this.us = [];                // side by side with them; null: nobody knows
    let next = 0;
    for (const letter of this.results) this.us.push(letter === '.' ? null : raw.us[next++]);
  }
  get key() { return `${this.name} (${this.runner})`; }
}

async function readStore() {
  const raw = JSON.parse(new TextDecoder().decode(await unpacked(document.getElementById('store-data').textContent)));
  const text = id => raw.texts[id];
  store.name = raw.store;
  store.tool = raw.tool;
  store.runs = raw.runs.start.map((_, i) => new Run(raw.runs, i, text));
  store.shown = raw.shown === 0 ? [] : store.runs.slice(-raw.shown);
  store.shown.forEach((run, place) => { run.place = place; });
  store.tests = raw.tests.map(test => new Test(test));
  for (const test of store.tests)
    for (let place = 0; place < test.results.length; ++place) {
      if (test.results[place] === '.') continue;
      ++store.shown[place].tests;
      store.shown[place].failedTests += test.results[place] === 'f';
    }
}
