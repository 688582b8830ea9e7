#!/usr/bin/env bash
# bash with job control and dash without: stopped, continued, backgrounded and killed jobs
# Needs: bash dash
# Quick
# Same: s/^(\[[0-9]+\][+-]? ) *[0-9]+ /\1 PID /; s/^\[([0-9]+)\] [0-9]+$/[\1] PID/; s/line [0-9]+: +[0-9]+ /line N: PID /; s/^ +[0-9]+ / PID /
prepare() {
  cat >stopper <<'SH'
trap 'echo continued' CONT
kill -STOP $$
echo after the stop
SH
  # ps shows a stopped process that is traced as t, not T: one of the things that ptrace can't hide.
  cat >jobs.sh <<'SH'
set -m
until_state() { while [ "$(ps -o stat= -p "$1" | cut -c1 | tr t T)" != "$2" ]; do sleep 0.01; done; }
dash stopper &
job=$!
until_state $job T
jobs
kill -CONT $job
wait -f $job || true  # what it returns for a job that had stopped depends on when it looks
sleep 100 &
kill -TSTP %1
until_state $! T
jobs
bg %1 >/dev/null
until_state $! S
jobs
kill %1
wait -f %1 || true
sleep 100 | sleep 100 &
kill -STOP -$(ps -o pgid= -p $! | tr -d ' ')
until_state $! T
kill -KILL -$(ps -o pgid= -p $! | tr -d ' ')
wait -f $! || true
dash stopper &
job=$!
until_state $job T
kill -KILL $job
wait -f $job || true
dash -c 'kill -TTIN $$; echo back' &
job=$!
until_state $job T
kill -CONT $job
wait -f $job || true  # what it returns for a job that had stopped depends on when bash looked
SH
  cat >plain.sh <<'SH'
until_state() { while [ "$(ps -o stat= -p "$1" | cut -c1 | tr t T)" != "$2" ]; do sleep 0.01; done; }
trap 'echo usr1' USR1
trap 'echo exit trap' EXIT
dash stopper &
job=$!
until_state $job T
kill -USR1 $$
kill -CONT $job
wait $job; echo "status $?"
for signal in HUP INT QUIT KILL TERM ALRM; do
  dash -c "kill -$signal \$\$"; echo "$signal: $?"
done
dash -c 'trap "exit 3" TERM; kill -STOP $$; echo not told' &
job=$!
until_state $job T
kill -TERM $job
kill -CONT $job
wait $job; echo "status $?"
exit 4
SH
}
run() {
  echo bash; bash jobs.sh 2>/dev/null  # its notices, too, depend on when it looks
  echo dash; dash plain.sh
}
"$1"
