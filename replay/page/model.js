// The coverage of a run as objects.

const data = JSON.parse(document.getElementById('report').textContent);

// A file's lines are stored as distances and hits, side by side.
class File {
  constructor(raw, index) {
    this.index = index;
    this.path = raw.path;
    this.functions = raw.functions;  // [name, line, hits]
    this.packed = raw.source;        // base64 of zlib's format; null: there is no text
    this.notes = raw.notes;
    this.branches = raw.branches ?? [0, 0];      // taken, of how many
    this.partial = new Map(raw.partial ?? []);  // lines that ran and did not take all of their ways: what is said of them
    this.exceptional = new Set(raw.exceptional ?? []);  // lines that did not run, and only an exception leads to
    this.numbers = [];
    let number = 0;
    for (const distance of raw.lines) this.numbers.push(number += distance);
    this.hits = raw.hits;                       // or executions, where they were counted
    this.hottest = raw.counted ? this.hits.reduce((most, hits) => Math.max(most, hits), 1) : 1;
    this.lines = this.numbers.length;
    this.linesRun = this.hits.reduce((sum, hits) => sum + (hits > 0), 0);
    this.functionsRun = this.functions.reduce((sum, f) => sum + (f[2] > 0), 0);
  }
  get missed() { return this.lines - this.linesRun; }
  get functionCount() { return this.functions.length; }

  // The lines that did not run, as ranges of neighbours among those that could have.
  regions() {
    const found = [];
    for (let i = 0; i < this.lines; ++i) {
      if (this.hits[i] !== 0) continue;
      const first = i;
      while (i + 1 < this.lines && this.hits[i + 1] === 0) ++i;
      found.push([this.numbers[first], this.numbers[i]]);
    }
    return found;
  }

  async text() {
    return this.packed === null ? null : new TextDecoder().decode(await unpacked(this.packed));
  }
}

class Folder {
  constructor(name, path) {
    this.name = name;
    this.path = path;
    this.folders = new Map();
    this.files = [];
    this.open = false;
    this.lines = this.linesRun = this.functionCount = this.functionsRun = 0;
  }
  get missed() { return this.lines - this.linesRun; }
  get children() { return [...this.folders.values(), ...this.files]; }

  add(item) {
    this.lines += item.lines;
    this.linesRun += item.linesRun;
    this.functionCount += item.functionCount;
    this.functionsRun += item.functionsRun;
  }
  folder(name) {
    if (!this.folders.has(name)) this.folders.set(name, new Folder(name, this.path + name + '/'));
    return this.folders.get(name);
  }
  // A folder with nothing but one folder in it takes that one's place.
  join() {
    for (const [name, child] of this.folders) {
      child.join();
      if (child.files.length !== 0 || child.folders.size !== 1) continue;
      const [only] = child.folders.values();
      only.name = child.name + '/' + only.name;
      this.folders.set(name, only);
    }
  }
}

const files = data.files.map((raw, index) => new File(raw, index));
const fileByPath = new Map(files.map(file => [file.path, file]));
const tree = new Folder('', '');
for (const file of files) {
  const names = file.path.split('/');
  if (names[0] === '') names.splice(0, 2, '/' + names[1]);
  file.name = names.pop();
  let folder = tree;
  folder.add(file);
  for (const name of names) {
    folder = folder.folder(name);
    folder.add(file);
  }
  folder.files.push(file);
}
tree.join();
