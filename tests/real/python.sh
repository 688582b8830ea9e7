#!/usr/bin/env bash
# python3: subprocess, threads, signals, multiprocessing by fork, spawn and forkserver
# Needs: python3
prepare() {
  cat >work.py <<'PY'
import concurrent.futures, multiprocessing, os, signal, subprocess, sys, threading, time

def square(n):
    return n * n

def child(connection, n):
    connection.send(sum(range(n)))
    connection.close()

def subprocesses():
    print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True))
    print(subprocess.run("kill -TERM $$", shell=True).returncode)
    sleeper = subprocess.Popen(["sleep", "100"])
    try:
        sleeper.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        sleeper.kill()
    print(sleeper.wait())
    pipes = [subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(8)]
    print([p.communicate(b"x" * 100000)[0].count(b"x") for p in pipes])
    try:
        subprocess.run(["./missing"])
    except FileNotFoundError as error:
        print(error)

def threads():
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        print(sum(pool.map(square, range(1000))))
        print(list(pool.map(lambda n: subprocess.run(["sh", "-c", f"exit {n}"]).returncode, range(20))))

def signals():
    seen = []
    signal.signal(signal.SIGALRM, lambda *_: seen.append("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while len(seen) < 5:
        time.sleep(0.003)
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(seen[:5])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)
    print(signal.sigwaitinfo([signal.SIGUSR1]).si_signo)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
    except KeyboardInterrupt:
        print("interrupted")

def multiprocesses(method):
    context = multiprocessing.get_context(method)
    with context.Pool(4) as pool:
        print(method, pool.map(square, range(10)))
    ours, theirs = context.Pipe()
    process = context.Process(target=child, args=(theirs, 100))
    process.start()
    print(ours.recv())
    process.join()
    print(process.exitcode)
    process = context.Process(target=time.sleep, args=(100,))
    process.start()
    process.terminate()
    process.join()
    print(process.exitcode)

if __name__ == "__main__":
    for step in (subprocesses, threads, signals):
        step()
    for method in ("fork", "spawn", "forkserver"):
        multiprocesses(method)
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGTERM)
PY
}
# The root's own death by a signal is its end as well.
run() { exec python3 work.py; }
"$1"
