"""Threads, locks and queues."""
import concurrent.futures, os, queue, sched, signal, threading, time

counter, lock = 0, threading.Lock()
def count():
    global counter
    for _ in range(20000):
        with lock:
            counter += 1
threads = [threading.Thread(target=count) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(counter)
work, done = queue.Queue(10), []
def consume():
    while (item := work.get()) is not None:
        done.append(item * 2)
        work.task_done()
consumers = [threading.Thread(target=consume) for _ in range(3)]
[c.start() for c in consumers]
[work.put(i) for i in range(200)]
work.join()
[work.put(None) for _ in consumers]
[c.join() for c in consumers]
print(sum(done), threading.active_count())
barrier, event, condition = threading.Barrier(4), threading.Event(), threading.Condition()
order = []
def meet(i):
    barrier.wait()
    event.wait()
    with condition:
        order.append(i)
        condition.notify_all()
met = [threading.Thread(target=meet, args=(i,)) for i in range(3)]
[m.start() for m in met]
barrier.wait()
event.set()
with condition:
    print(condition.wait_for(lambda: len(order) == 3, 10), sorted(order))
semaphore = threading.BoundedSemaphore(2)
print(semaphore.acquire(), semaphore.acquire(), semaphore.acquire(timeout=0.1), lock.acquire(), lock.acquire(timeout=0.1))
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(lambda x: x * x, range(500))), pool.submit(pow, 2, 10).result())
local = threading.local()
local.x = 1
print(threading.get_native_id() == os.getpid(), hasattr(local, "y"), threading.main_thread() is threading.current_thread())
timer = threading.Timer(0.1, lambda: print("timer"))
timer.start(); timer.join()
s, ran = sched.scheduler(time.monotonic, time.sleep), []
[s.enter(0.05 * (3 - i), 1, ran.append, (i,)) for i in range(3)]
s.run()
print(ran)
seen = threading.Event()
signal.signal(signal.SIGUSR1, lambda *_: seen.set())
threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
print(seen.wait(10))
enough = threading.Event()
big = [threading.Thread(target=enough.wait) for _ in range(60)]
[b.start() for b in big]
print(threading.active_count())
enough.set()
[b.join() for b in big]
def fork_in_thread():
    pid = os.fork()
    if pid == 0:
        os._exit(threading.active_count())
    print("forked from a thread", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
t = threading.Thread(target=fork_in_thread); t.start(); t.join()
