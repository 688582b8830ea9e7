// What is known of the process that was chosen.

const details = {box: document.getElementById('details'), process: null};

const changeWords = ['', 'set', 'changed', 'unset'];

function programItem(exec, from) {
  return element('li', {}, element('span', {class: 'quiet'}, `${durationText(exec.time - from)} after its birth, in ${visible(exec.cwd)}`), element('code', {class: 'command'}, visible(exec.command)),
    element('span', {class: 'quiet path'}, visible(exec.path)));
}

function variableRow(variable) {
  const value = variable.redacted ? element('i', {class: 'quiet'}, 'kept back, it may be a secret')
    : variable.value === null ? element('i', {class: 'quiet'}, variable.change === 3 ? '' : 'not kept') : visible(variable.value);
  return element('tr', {}, element('td', {}, element('code', {}, visible(variable.name))), element('td', {class: 'quiet'}, changeWords[variable.change] ?? ''), element('td', {class: 'value'}, value));
}

function environmentOf(exec) {
  return element('details', {class: 'more'}, element('summary', {}, `${plural(exec.variables.length, 'variable')} of ${visible(baseName(exec.path))} unlike its parent's`),
    element('div', {class: 'wide'}, element('table', {class: 'variables'}, element('tbody', {}, ...exec.variables.map(variableRow)))));
}

function signalItem(signal) {
  return element('li', {}, element('b', {class: signal.fatal ? 'bad' : ''}, visible(signal.name)), signal.fatal ? ', of which it died' : '', ', ', element('a', {href: `#events&seq=${signal.seq}`}, `at ${durationText(signal.time)}`), signal.sender ? `, from pid ${signal.sender}` : '');
}

function processFacts(process) {
  const made = [['Ended', badge(process)], ['Process', `${process.upid}, pid ${process.pid}`]];
  if (process.parent) made.push([process.origin === 'found' ? 'Parent' : `${process.origin} of`, processLink(process.parent, `pid ${process.parent.pid}`), ` ${visible(process.parent.names)}`]);
  made.push(['Began', `${durationText(process.start)} into the run`], ['Took', process.end === null ? 'not seen to end' : durationText(process.took)]);
  if (process.end !== null) made.push(['CPU', `${durationText(process.user * 1000)} user, ${durationText(process.system * 1000)} system`], ['Memory', `${countText(process.rss)} KiB at most`]);
  if (process.program && process.execs.length === 0) made.push(['Folder', element('code', {}, visible(process.program.cwd))]);
  made.push(['Beneath it', plural(process.below.count - 1, 'process', 'processes')], ['Threads', countText(process.threads.length)]);
  if (process.hits) made.push(['Hits', countText(process.hits)]);
  return facts(made);
}

function part(title, name, items) { return items.length === 0 ? [] : [element('h3', {}, title), element(name, {class: 'steps'}, ...items)]; }

function showDetails(process) {
  details.process = process;
  details.box.hidden = !process;
  if (!process) return;
  const close = element('button', {type: 'button', id: 'close-details', 'aria-label': 'Close the details', title: 'Close (Esc)'}, '×');
  close.onclick = closeDetails;
  const failure = run.failureOf.get(process.upid);
  const links = element('p', {class: 'links'}, ...(failure ? [element('a', {href: `#failure=${process.upid}`}, 'why it failed')] : []), ...detailLinks.map(([view, text]) => element('a', {href: `#${view}&process=${process.upid}`}, text)));
  fillWith(details.box, [element('div', {class: 'details-head'}, element('h2', {id: 'details-title'}, element('code', {}, visible(process.command))), close), links, processFacts(process),
    ...part('Programs', 'ol', process.execs.map(exec => programItem(exec, process.start))),
    ...part('Signals', 'ul', process.signals.slice(0, 200).map(signalItem)),
    ...process.execs.filter(exec => exec.variables.length !== 0).map(environmentOf)]);
  details.box.scrollTop = 0;
}

function closeDetails() { location.hash = shown.name; }
