#!/usr/bin/env bash
# node: child_process, worker_threads, timers, signals, a fatal error
# Needs: node
# Same: s/line [0-9]+: +[0-9]+ /line N: PID /
prepare() {
  cat >work.js <<'JS'
const { spawn, spawnSync, execFileSync, fork } = require('child_process');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const once = (emitter, name) => new Promise(done => emitter.once(name, (...all) => done(all)));

async function main() {
  console.log(spawnSync('sh', ['-c', 'echo out; exit 3']).status);
  console.log(execFileSync('cat', { input: 'x'.repeat(200000) }).length);
  const sleeper = spawn('sleep', ['100']);
  sleeper.kill('SIGTERM');
  console.log(await once(sleeper, 'exit'));
  const all = [...Array(10).keys()].map(n => spawn('sh', ['-c', `exit ${n}`]));
  console.log((await Promise.all(all.map(c => once(c, 'exit')))).map(([code]) => code).join());
  const child = fork(__filename, ['child']);
  child.send({ n: 20 });
  console.log(await once(child, 'message'));
  console.log(await once(child, 'exit'));
  const workers = [...Array(6).keys()].map(n => new Worker(__filename, { workerData: n }));
  console.log((await Promise.all(workers.map(w => once(w, 'message')))).join());
  process.on('SIGUSR2', () => { console.log('usr2'); process.exitCode = 9; });
  const waiting = setTimeout(() => {}, 60000);
  process.kill(process.pid, 'SIGUSR2');
  await once(process, 'SIGUSR2');
  clearTimeout(waiting);
}
const fibonacci = n => n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
if (!isMainThread) parentPort.postMessage(fibonacci(20 + workerData));
else if (process.argv[2] === 'child') process.once('message', m => { process.send(fibonacci(m.n)); process.disconnect(); });
else main();
JS
}
run() {
  node work.js || echo "status $?"
  node -e 'process.abort()' 2>/dev/null || echo "status $?"
  node -e 'console.log([1, 2, 3].map(n => n * 2)); setTimeout(() => process.exit(4), 10)'
}
"$1"
