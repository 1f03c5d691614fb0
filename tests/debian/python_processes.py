"""subprocess, multiprocessing, signals, ptys."""
import concurrent.futures, multiprocessing, os, pty, resource, select, signal, subprocess, sys, time
from multiprocessing import shared_memory

def square(x):
    return x * x

def fill(queue, n):
    for i in range(n):
        queue.put(i)

def add(value, lock, n):
    for _ in range(n):
        with lock:
            value.value += 1

def main():
    run = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input=b"given\n", capture_output=True)
    print(run.returncode, run.stdout, run.stderr)
    print(subprocess.check_output("echo $HOME_TEST | tr a-z A-Z", shell=True, env={"HOME_TEST": "home", "PATH": os.environ["PATH"]}, text=True).strip())
    try:
        subprocess.run(["sleep", "10"], timeout=0.3)
    except subprocess.TimeoutExpired as expired:
        print("timed out", expired.cmd)
    first = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE)
    second = subprocess.Popen(["wc", "-l"], stdin=first.stdout, stdout=subprocess.PIPE)
    first.stdout.close()
    print(second.communicate()[0].strip(), first.wait(), second.returncode)
    try:
        subprocess.run(["/no/such/program"])
    except FileNotFoundError as error:
        print(error.errno, error.filename)
    child = subprocess.Popen(["sleep", "30"], start_new_session=True, close_fds=True)
    os.killpg(child.pid, signal.SIGTERM)
    print("ended by", child.wait())
    got = []
    signal.signal(signal.SIGUSR1, lambda number, frame: got.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    signal.signal(signal.SIGALRM, lambda number, frame: got.append(number))
    time.sleep(0.3)
    print([signal.Signals(n).name for n in got], signal.sigtimedwait([signal.SIGUSR2], 0.01))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    os.kill(os.getpid(), signal.SIGUSR2)
    print(signal.sigpending(), signal.sigwait([signal.SIGUSR2]))
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, b"from the child")
        os._exit(4)
    print(os.read(read, 100), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), os.WIFEXITED(0))
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 6"], os.environ)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 0)
    master, slave = pty.openpty()
    echo = subprocess.Popen(["sh", "-c", "stty size; tty | cut -c1-9; read x; echo got $x"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.write(master, b"typed\n")
    echo.wait()
    out = b""
    while select.select([master], [], [], 0.2)[0]:
        out += os.read(master, 1000)
    print(sorted(out.split()))
    with multiprocessing.Pool(4) as pool:
        print(sum(pool.map(square, range(1000))), pool.apply_async(square, (7,)).get())
    queue = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=fill, args=(queue, 50)) for _ in range(3)]
    [w.start() for w in workers]
    print(sum(queue.get() for _ in range(150)), [w.join() or w.exitcode for w in workers])
    value, lock = multiprocessing.Value("i", 0), multiprocessing.Lock()
    workers = [multiprocessing.Process(target=add, args=(value, lock, 200)) for _ in range(4)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    print(value.value)
    memory = shared_memory.SharedMemory(create=True, size=1000)
    other = shared_memory.SharedMemory(memory.name)
    memory.buf[:5] = b"hello"
    print(bytes(other.buf[:5]))
    other.close(); memory.close(); memory.unlink()
    with concurrent.futures.ProcessPoolExecutor(2) as executor:
        print(list(executor.map(square, range(5))))
    context = multiprocessing.get_context("spawn")
    mine, theirs = multiprocessing.Pipe()
    mine.send({"a": [1, 2]})
    print(theirs.recv(), context.Process(target=square, args=(1,)).start())
    print("done")

if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    main()
