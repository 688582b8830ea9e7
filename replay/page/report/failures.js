// What failed, first cause first: of each, how it ended, how it came to be run, where it stood and what it had just done.

const openAtFirst = 3;

function processLink(process, ...text) {
  return element('a', {href: `#process=${process.upid}`}, ...text);
}

function commandOf(process) { return visible(process?.command ?? '(unknown)'); }

function endingOf(failure) { return badge(run.byUpid.get(failure.upid)); }

const partText = {cause: 'cause', after_child: 'after a child failed', passes_on: 'passes on'};

function failureHead(failure, number) {
  const process = run.byUpid.get(failure.upid);
  return element('summary', {}, element('span', {class: 'rank'}, number), endingOf(failure),
    element('span', {class: 'part'}, failure === run.failures[0] && failure.part === 'cause' ? 'first cause' : partText[failure.part]),
    element('code', {class: 'command'}, commandOf(process)));
}

function signalText(failure) {
  const {signal} = failure;
  if (signal && signal.code === null && failure.output?.timeout) return element('p', {}, 'A process above it wrote then: ', element('code', {}, visible(failure.output.timeout)));
  if (!signal || signal.code === null) return null;
  return element('p', {}, element('strong', {}, visible(signal.code_name)), signal.address ? ` at address ${signal.address}` : '',
    signal.sender_pid ? `, sent by pid ${signal.sender_pid}` : '', `, in thread ${signal.tid}`);
}

function chainOf(failure) {
  if (failure.run_by.length === 0) return null;
  const steps = failure.run_by.toReversed().map(above => run.byUpid.get(above.upid));
  return element('div', {}, element('h3', {}, 'Run by'), element('ol', {class: 'chain'},
    ...[...steps, run.byUpid.get(failure.upid)].map(process => element('li', {}, element('span', {class: 'quiet pid'}, process.pid), ' ', processLink(process, commandOf(process)), ' ', process.well ? '' : badge(process)))));
}

// Where its text is in the section about coverage, if it is there.
function placeOf(file, line) {
  const path = data.root !== '/' && file.startsWith(data.root + '/') ? file.slice(data.root.length + 1) : file;
  const known = fileByPath.get(path);
  const text = visible(path) + (line ? `:${line}` : '');
  return known ? element('a', {class: 'place', href: fileAddress(known, line)}, text) : element('span', {class: 'place'}, text);
}

function excerpt(frame) {
  const {first, lines} = frame.source;
  const paint = painterOf(frame.file, [undefined, ...lines]);
  return element('div', {class: 'excerpt', role: 'group', 'aria-label': 'Source'}, ...lines.map((text, i) =>
    element('div', {class: first + i === frame.line ? 'row here' : 'row'}, element('span', {class: 'n'}, first + i), element('span', {class: 't'}, ...paint(i + 1, text.replace(/\r$/, ''))))));
}

function frameName(frame) {
  if (frame.function) return visible(frame.function);
  return frame.image && frame.image_address ? visible(`${baseName(frame.image)}+${frame.image_address}`) : frame.address;
}

function frameItem(frame, open) {
  const place = frame.file ? placeOf(frame.file, frame.line) : element('span', {class: 'place quiet'}, visible(frame.image ?? ''));
  const head = [element('b', {class: 'fn'}, frameName(frame)), ...(frame.inlined ? [element('span', {class: 'tag'}, 'inlined')] : []), place];
  if (!frame.source) return element('li', {class: 'frame'}, element('div', {class: 'frame-head'}, ...head, frame.text ? element('code', {class: 'quiet'}, visible(frame.text)) : ''));
  const made = element('details', {}, element('summary', {class: 'frame-head'}, ...head), excerpt(frame));
  made.open = open;
  return element('li', {class: 'frame'}, made);
}

// The first frame with a source is open: what lies above it is most often the C library's way to die.
function backtraceOf(backtrace, isFirst) {
  const opened = isFirst ? backtrace.frames.findIndex(frame => frame.source) : -1;
  return element('div', {}, element('h3', {}, visible(`${isFirst ? 'Thread' : 'Beside it, thread'} ${backtrace.tid}${backtrace.name ? ` (${backtrace.name})` : ''}${backtrace.wait ? `, waiting in ${backtrace.wait.words},` : ''} was in`)),
    element('ol', {class: 'frames'}, ...backtrace.frames.map((frame, i) => frameItem(frame, i === opened))));
}

function deadlockOf(threads) {
  const waits = threads.map((tid, i) => `thread ${tid} waits for thread ${threads[(i + 1) % threads.length]}`);
  return element('p', {}, element('b', {}, `Deadlock: ${waits.join(', and ')}`));
}

function crashOf(failure) {
  const {crash} = failure;
  if (!crash) return [];
  const [first, ...others] = crash.backtraces;
  const made = crash.deadlock.length !== 0 ? [deadlockOf(crash.deadlock)] : [];
  if (failure.title) made.push(element('p', {}, 'Called itself ', element('b', {}, visible(failure.title))));
  if (crash.words) made.push(element('p', {}, 'Aborted with ', element('b', {}, visible(crash.words))));
  if (first) made.push(backtraceOf(first, true));
  if (crash.reason) made.push(element('p', {class: 'quiet'}, visible(`There is no more of it: ${crash.reason}`)));
  if (others.length !== 0)
    made.push(element('details', {class: 'more'}, element('summary', {}, plural(others.length, 'other thread')), ...others.map(one => backtraceOf(one, false))));
  const registers = Object.entries(crash.registers);
  if (registers.length !== 0)
    made.push(element('details', {class: 'more'}, element('summary', {}, 'Registers'),
      element('dl', {class: 'registers'}, ...registers.map(([name, value]) => element('div', {}, element('dt', {}, visible(name)), element('dd', {}, value))))));
  return made;
}

function lastLinesOf(failure) {
  if (failure.last_lines.length === 0) return null;
  return element('div', {}, element('h3', {}, `The last lines that thread ${failure.last_lines_tid} reached for the first time`),
    element('div', {class: 'wide'}, element('table', {class: 'last-lines'}, element('tbody', {}, ...failure.last_lines.map(line => element('tr', {},
      element('td', {}, placeOf(line.file, line.line)), element('td', {class: 'fn'}, visible(line.function ?? '')), element('td', {}, element('code', {}, visible(line.text)))))))));
}

function childrenOf(failure) {
  if (failure.failed_before.length === 0) return null;
  return element('div', {}, element('h3', {}, 'Before it failed'), element('ul', {class: 'chain'},
    ...failure.failed_before.slice(0, 20).map(upid => run.byUpid.get(upid)).map(child => element('li', {}, badge(child), ' ', processLink(child, commandOf(child)))),
    ...(failure.failed_before.length > 20 ? [element('li', {class: 'quiet'}, `and ${failure.failed_before.length - 20} more`)] : [])));
}

function failureFacts(failure, process) {
  return element('p', {class: 'quiet'}, processLink(process, `process ${process.upid}`), `, pid ${process.pid}, after ${durationText(failure.duration_ns)}, ${durationText(failure.end_ns)} into the run`,
    failure.cwd ? visible(`, in ${failure.cwd}`) : '');
}

function failureBody(failure) {
  const process = run.byUpid.get(failure.upid);
  if (failure.passes_on_upid !== null) {
    const child = run.byUpid.get(failure.passes_on_upid);
    const passes = failure.output ? 'It ended as a child had, ' : 'It only passes on the end of ';
    return [failureFacts(failure, process), element('p', {}, passes, processLink(child, `pid ${child.pid}`), `: ${visible(child.ending)}, `, element('code', {}, commandOf(child))), failedTestsOf(failure), checkOf(failure), saidOf(failure)].filter(Boolean);
  }
  return [failureFacts(failure, process), signalText(failure), failedTestsOf(failure), checkOf(failure), ...crashOf(failure), saidOf(failure), lastLinesOf(failure), childrenOf(failure), chainOf(failure)].filter(Boolean);
}

// Whether the run failed of it.
function isOfTheRun(failure) { return failure.group === 'test' || failure.group === 'reached'; }

// What is closed is made when it is opened.
function failureCard(failure, number) {
  const card = element('details', {class: `failure ${failure.part}`, id: `failure-${failure.upid}`}, failureHead(failure, number));
  const fillIn = () => { if (card.children.length === 1) card.append(element('div', {class: 'failure-body'}, ...failureBody(failure))); };
  card.addEventListener('toggle', () => { if (card.open) fillIn(); });
  card.fillIn = fillIn;
  if (number <= openAtFirst && failure.part !== 'passes_on' && isOfTheRun(failure)) {
    fillIn();
    card.open = true;
  }
  return card;
}

function showFailures() {
  const box = document.getElementById('failure-list');
  const count = run.failuresInAll;
  document.getElementById('failed-title').textContent = count === 0 ? 'No process failed' : `${countText(count)} of ${plural(run.processes.length, 'process', 'processes')} failed`;
  const made = [];
  run.failures.forEach((failure, i) => {
    if (!isOfTheRun(failure) && (i === 0 || isOfTheRun(run.failures[i - 1]))) made.push(element('h3', {class: 'after'}, 'After these the run went on'));
    made.push(failureCard(failure, i + 1));
  });
  if (count > run.failures.length)
    made.push(element('p', {class: 'notice'}, `And ${countText(count - run.failures.length)} more, which are in the tree (`, element('a', {href: '#processes&failed'}, 'failed only'), ') and in: recount-replay failures --all LOG'));
  fillWith(box, made);
}

function goToFailure(step) {
  const heads = [...document.querySelectorAll('.failure > summary')];
  const here = heads.indexOf(document.activeElement);
  const next = heads[Math.min(Math.max(here + step, 0), heads.length - 1)];
  next?.focus();
  next?.scrollIntoView({block: 'nearest'});
}
