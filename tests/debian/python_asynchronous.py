"""asyncio: tasks, pipes to processes, streams over pipes and socket pairs."""
import asyncio, os, signal, socket, sys

async def worker(name, queue, results):
    while True:
        results.append(await queue.get() ** 2)
        queue.task_done()

async def main():
    queue, results = asyncio.Queue(), []
    workers = [asyncio.create_task(worker(i, queue, results)) for i in range(5)]
    for i in range(100):
        queue.put_nowait(i)
    await queue.join()
    [w.cancel() for w in workers]
    print(sum(results), len(await asyncio.gather(*workers, return_exceptions=True)))
    process = await asyncio.create_subprocess_exec("tr", "a-z", "A-Z", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await process.communicate(b"through tr\n"), process.returncode)
    shells = [await asyncio.create_subprocess_shell(f"sleep 0.{i}; exit {i}") for i in (3, 1, 2)]
    print(await asyncio.gather(*(s.wait() for s in shells)))
    read, write = os.pipe()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb"))
    os.write(write, b"one\ntwo\n"); os.close(write)
    print(await reader.readline(), await reader.read())
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.1)
    except asyncio.TimeoutError:
        print("timed out")
    got = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, got.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await got.wait()
    print(await asyncio.to_thread(sum, range(10)))
    served = asyncio.Event()
    async def serve(reader, writer):
        writer.write((await reader.readline()).upper()); await writer.drain(); writer.close(); served.set()
    server = await asyncio.start_unix_server(serve, "socket")
    reader, writer = await asyncio.open_unix_connection("socket")
    writer.write(b"over a socket\n")
    print(await reader.read()); await served.wait()
    server.close()

asyncio.run(main())
