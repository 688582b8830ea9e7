#!/usr/bin/env bash
# bash: traps, pipelines, subshells, substitutions, a coprocess, wait -n
# Needs: bash
# Quick
# Same: s/line [0-9]+: +[0-9]+ /line N: PID /
prepare() { seq 1 2000 >numbers; }
run() {
  trap 'echo "exit trap, status $?"' EXIT
  trap 'echo usr1' USR1
  trap 'echo usr2' USR2
  kill -USR1 $$
  kill -USR2 $$
  (trap 'echo term in a subshell; exit 7' TERM; kill -TERM $BASHPID; echo not reached) || echo "status $?"
  (kill -KILL $BASHPID) || echo "status $?"
  (kill -SEGV $BASHPID) || echo "status $?"
  (ulimit -c 0; kill -ABRT $BASHPID) || echo "status $?"
  (kill -PIPE $BASHPID) || echo "status $?"
  sort -rn numbers | head -3
  yes | head -2
  set -o pipefail
  (exit 3) | (exit 4) | true || echo "pipe status ${PIPESTATUS[*]}"
  echo "$(echo "$(echo nested)" substitution)"
  diff <(seq 1 3) <(seq 2 4) || true
  coproc UP { while read -r line; do echo "${line^^}"; done; }
  local pid=$UP_PID
  echo coprocess >&"${UP[1]}"
  read -r answer <&"${UP[0]}"
  echo "$answer"
  exec {in}>&"${UP[1]}"
  kill "$pid"
  wait "$pid" || echo "coprocess ended with $?"
  for code in 5 6 7; do (exit $code) & wait -n || echo "wait -n: $?"; done
  for n in $(seq 40); do (echo "$n" >"part.$n") & done
  wait
  cat part.* | sort -n | tail -2
  (trap '' INT; kill -INT $BASHPID; echo ignored)
  (trap 'echo child; wait; exit 0' CHLD; set -m; sleep 0.05 & wait)
  exec 3<<<"here string"
  cat <&3
  trap 'echo err trap $?' ERR
  false || true
  set +e
  false
  return 9
}
"$1"
