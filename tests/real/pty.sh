#!/usr/bin/env bash
# an interactive bash in a pseudo terminal: Ctrl-C, Ctrl-Z, fg, bg, window size
# Needs: bash python3
prepare() {
  cat >talk.py <<'PY'
import fcntl, os, pty, re, struct, termios, time

def talk(text, until):
    os.write(fd, text)
    seen = b""
    while not re.search(until, seen):
        seen += os.read(fd, 4096)
    return seen

def runs_in_front(name):  # and waits: a key that is pressed earlier reaches the shell
    while True:
        try:
            group = os.tcgetpgrp(fd)
            with open(f"/proc/{group}/stat") as stat:
                _, comm, state = re.match(r"(\d+) \((.*)\) (.)", stat.read()).groups()
            if group != pid and comm == name and state == "S":
                return
        except FileNotFoundError:
            pass
        time.sleep(0.005)

pid, fd = pty.fork()
if pid == 0:
    os.environ.update(PS1="PROMPT> ", HISTFILE="")
    os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
prompt = rb"PROMPT> $"
stopped = rb"Stopped +cat\r\nPROMPT> $"
steps = [
    ("", b"stty -echo\n", prompt), ("", b"stty size\n", rb"33 77\r\nPROMPT> $"),
    ("", b"cat\n", rb""), ("cat", b"\x03", prompt), ("", b"echo status $?\n", rb"status 130\r\nPROMPT> $"),
    ("", b"cat\n", rb""), ("cat", b"line\n", rb"line\r\n$"), ("cat", b"\x1a", stopped),
    ("", b"jobs\n", stopped), ("", b"fg\n", rb"cat\r\n$"), ("cat", b"again\n", rb"again\r\n$"), ("cat", b"\x04", prompt),
    ("", b"cat & until ps -o stat= -p $! | grep -qi T; do :; done\n", prompt), ("", b"jobs\n", stopped),
    ("", b"kill -KILL %1; wait -f %1; echo status\n", rb"status\r\n.*PROMPT> $"),
    ("", b"sleep 100\n", rb""), ("sleep", b"\x1c", prompt), ("", b"echo status $?\n", rb"status 131\r\nPROMPT> $"),
    ("", b"sleep 100\n", rb""), ("sleep", b"\x1a", rb"Stopped +sleep 100\r\nPROMPT> $"),
    ("", b"bg\n", prompt), ("", b"kill %1; wait -f %1; echo status\n", rb"status\r\n.*PROMPT> $"),
    ("", b"dash -m -c 'cat; echo then $?'\n", rb""), ("cat", b"\x03", prompt),
]
for name, text, until in steps:
    if name:
        runs_in_front(name)
    answer = talk(text, until)
    print(text, [w for w in (b"status", b"again", b"33 77", b"then") if w in answer], flush=True)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 88, 0, 0))
print(talk(b"stty size\n", rb"44 88\r\nPROMPT> $")[:5])
os.write(fd, b"exit 12\n")
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}
run() { python3 talk.py; }
"$1"
