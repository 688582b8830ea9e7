// The list of files: a tree of folders, or, while a filter is set, the files that fit it.

const list = {
  body: document.querySelector('#files tbody'),
  sort: {key: '', down: false},
  words: [],
  missedOnly: false,
};

const sortValue = {
  name: item => item.name,
  percent: item => item.lines === 0 ? 1 : item.linesRun / item.lines,
  lines: item => item.lines,
  missed: item => item.missed,
  functions: item => item.functionCount === 0 ? 1 : item.functionsRun / item.functionCount,
};
const beginsDown = {name: false, percent: false, lines: true, missed: true, functions: false};

const byName = new Intl.Collator('en', {numeric: true}).compare;

function sorted(items, nameOf = item => item.name) {
  const {key, down} = list.sort;
  const value = sortValue[key];
  const names = (a, b) => (a instanceof File) - (b instanceof File) || byName(nameOf(a), nameOf(b));
  const order = key === 'name' ? (a, b) => down ? names(b, a) : names(a, b)
                               : (a, b) => (down ? value(b) - value(a) : value(a) - value(b)) || names(a, b);
  return items.sort(order);
}

function wanted(item) {
  return !list.missedOnly || item.missed > 0;
}

function isFiltered() { return list.words.length !== 0; }

function fits(file) {
  const path = file.path.toLowerCase();
  return wanted(file) && list.words.every(word => path.includes(word));
}

function fileAddress(file, line) {
  return '#' + new URLSearchParams(line ? {file: file.path, line} : {file: file.path});
}

function nameCell(item, depth, whole) {
  const cell = element('td', {class: 'name', style: `--depth:${depth}`});
  if (item instanceof Folder) {
    const button = element('button', {type: 'button', 'aria-expanded': item.open}, visible(item.name) + '/');
    button.onclick = () => toggle(item, button);
    cell.append(button);
    return cell;
  }
  const link = element('a', {href: fileAddress(item)});
  if (whole) link.append(element('span', {class: 'where'}, visible(item.path.slice(0, -item.name.length))));
  link.append(visible(item.name));
  cell.append(link);
  return cell;
}

function row(item, depth, whole) {
  const made = element('tr', {}, nameCell(item, depth, whole),
    element('td', {class: 'share'}, element('div', {}, element('b', {}, percentText(item.linesRun, item.lines)), meter(item.linesRun, item.lines))),
    element('td', {class: 'number'}, countText(item.lines)),
    element('td', {class: item.missed === 0 ? 'number zero' : 'number'}, countText(item.missed)),
    element('td', {class: 'number fns'}, `${countText(item.functionsRun)} / ${countText(item.functionCount)}`));
  made.item = item;
  return made;
}

function addRows(rows, folder, depth) {
  for (const item of sorted(folder.children.filter(wanted))) {
    rows.push(row(item, depth));
    if (item instanceof Folder && item.open) addRows(rows, item, depth + 1);
  }
}

function showList() {
  const rows = [];
  if (isFiltered()) for (const file of sorted(files.filter(fits), file => file.path)) rows.push(row(file, 0, true));
  else addRows(rows, tree, 0);
  fillWith(list.body, rows);
  const count = files.filter(fits).length;
  document.getElementById('shown').textContent =
    count === files.length ? countText(count, 'file') : `${countText(count)} of ${countText(files.length, 'file')}`;
  const nothing = document.getElementById('nothing');
  nothing.hidden = rows.length !== 0;
  nothing.textContent = files.length === 0 ? 'No line of this run has a probe. The notices of the log say why: recount-replay LOG'
                                           : 'No file fits.';
}

function toggle(folder, button) {
  folder.open = !folder.open;
  const place = [...list.body.rows].indexOf(button.closest('tr'));
  showList();
  list.body.rows[place].querySelector('button').focus();
}

function openAll(open, folder = tree) {
  for (const child of folder.folders.values()) {
    child.open = open;
    openAll(open, child);
  }
}

// As many levels as fit on a page.
function openSome() {
  let level = [tree];
  let rows = tree.children.length;
  while (level.length !== 0) {
    level = level.flatMap(folder => [...folder.folders.values()]);
    rows += level.reduce((sum, folder) => sum + folder.children.length, 0);
    if (rows > 40) return;
    for (const folder of level) folder.open = true;
  }
}

function sortBy(key) {
  list.sort = {key, down: list.sort.key === key ? !list.sort.down : beginsDown[key]};
  for (const head of document.querySelectorAll('th[data-sort]')) {
    if (head.dataset.sort !== list.sort.key) head.removeAttribute('aria-sort');
    else head.setAttribute('aria-sort', list.sort.down ? 'descending' : 'ascending');
  }
  showList();
}

function setFilter(text) {
  list.words = text.toLowerCase().split(/\s+/).filter(Boolean);
  showList();
}

function card(title, part, all, rest) {
  return element('div', {class: 'card'}, element('h3', {}, title), element('div', {class: 'big'}, percentText(part, all)), meter(part, all),
    element('div', {class: 'quiet'}, `${countText(part)} of ${countText(all)}` +
                                     (all > part ? `, ${countText(all - part)} ${rest}` : '')));
}

function showCards() {
  const whole = files.filter(file => file.missed === 0).length;
  document.getElementById('cards').append(card('Lines', tree.linesRun, tree.lines, 'did not run'),
    card('Functions', tree.functionsRun, tree.functionCount, 'did not run'),
    card('Files of which every line ran', whole, files.length, 'have lines that did not run'));
}
