"""What is written while the power may go, and what must be found afterwards, side by side; runs in a guest and on the host.

    writers.py load FOLDER DEVICE SECONDS    all writers at once, each in a process
    writers.py check ACKNOWLEDGED FOLDER...  what is there, a line for each writer; status 1 and "wrong" where it must not be

A writer goes step by step, and each step is durable when it returns, by fsync and its kin or by SQLite's promise. Then its
number is written past all caches to DEVICE, which lies on the same disk: who reads the disk's writes in their order knows
at each moment what had been acknowledged. ACKNOWLEDGED is a JSON file, for each folder {writer: last acknowledged step}.
After a cut a writer's files are as after that step, or the next step has begun."""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import sqlite3
import sys
import time

SLOT, SLOTS = 512, 2048  # Bytes of an acknowledgement, and how many of a writer lie one behind the other.


class Wrong(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Wrong(message)


def content(name, number, most=20_000):
    """Bytes that nobody else writes, of a length that varies."""
    noise = random.Random(f"{name} {number}")
    return f"{name} {number}\n".encode() + noise.randbytes(noise.randrange(most))


def write(path, data):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, data)
    os.fsync(file)
    os.close(file)


def sync_folder(path):
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)


class Create:
    """New files, each synced with its folder; every third step removes one."""

    def __init__(self, home):
        self.home = home

    def step(self, n):
        write(self.home / str(n), content("create", n))
        if n % 3 == 0:
            (self.home / str(n - 1)).unlink()
        sync_folder(self.home)

    def found(self, done):
        there = {int(path.name) for path in self.home.iterdir()}
        kept = {n for n in range(1, done + 1) if n % 3 != 2 or n == done}
        undecided = {done + 1, done} if (done + 1) % 3 == 0 else {done + 1}
        expect(there - undecided == kept - undecided, f"files {sorted(there ^ kept)} are there or are not")
        for n in there - {done + 1}:
            expect((self.home / str(n)).read_bytes() == content("create", n), f"file {n} holds something else")
        return len(there), digest(*((self.home / str(n)).read_bytes() for n in sorted(there)))


class Append:
    """A log: three records at a time, then fdatasync."""

    RECORD = 100

    def __init__(self, home):
        self.path = home / "log"

    def record(self, n):
        return f"record {n} {hashlib.md5(str(n).encode()).hexdigest()}".ljust(self.RECORD - 1).encode() + b"\n"

    def step(self, n):
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for i in range(3 * n, 3 * n + 3):
            os.write(file, self.record(i))
        os.fdatasync(file) if n > 1 else (os.fsync(file), sync_folder(self.path.parent))
        os.close(file)

    def found(self, done):
        data = self.path.read_bytes() if self.path.exists() else b""
        most = b"".join(self.record(i) for i in range(3, 3 * done + 6))
        expect(most.startswith(data), f"{len(data)} bytes are not the log's beginning")
        expect(len(data) >= 3 * done * self.RECORD, f"{3 * done} records were acknowledged, {len(data) / self.RECORD} are there")
        return len(data), digest(data)


class Rename:
    """A file is replaced, and a folder with a file inside renamed."""

    def __init__(self, home):
        self.home = home

    def step(self, n):
        write(self.home / "new", content("rename", n))
        os.rename(self.home / "new", self.home / "current")
        if n == 1:
            (self.home / "folder.1").mkdir()
            write(self.home / "folder.1" / "inside", b"kept")
        else:
            os.rename(self.home / f"folder.{n - 1}", self.home / f"folder.{n}")
        sync_folder(self.home)

    def found(self, done):
        names = {path.name for path in self.home.iterdir()} - {"new"}
        folders = names - {"current"}
        if done == 0:
            expect(folders <= {"folder.1"}, f"folders {sorted(folders)}")
            return ("-", "-")
        expect(len(folders) == 1 and folders <= {f"folder.{done}", f"folder.{done + 1}"}, f"folders {sorted(folders)}, {done} is acknowledged")
        expect((self.home / folders.pop() / "inside").read_bytes() == b"kept", "the renamed folder has lost its file")
        data = (self.home / "current").read_bytes()
        expect(data in (content("rename", done), content("rename", done + 1)), f"neither version {done} nor the next")
        return len(data), digest(data)


class Folders:
    """Forty folders at a time, the oldest goes when a new one comes; nobody syncs but every twentieth step."""

    ALIVE = 40

    def __init__(self, home):
        self.home = home

    def step(self, n):
        for i in range(20 * n, 20 * n + 20):
            (self.home / str(i)).mkdir()
            with contextlib.suppress(FileNotFoundError):
                (self.home / str(i - self.ALIVE)).rmdir()
        sync_folder(self.home)

    def found(self, done):
        there = sorted(int(path.name) for path in self.home.iterdir())
        newest = there[-1] if there else 19
        expect(there == list(range(newest - len(there) + 1, newest + 1)), f"later changes are there and earlier ones are not: {there}")
        expect(newest >= 20 * done + 19 and len(there) in (newest - 19, self.ALIVE, self.ALIVE + 1), f"{len(there)} up to {newest}, {done} steps are acknowledged")
        return len(there), newest


class Sqlite:
    """Transactions of two tables that must agree."""

    def __init__(self, home, mode, synchronous):
        self.path, self.mode, self.synchronous, self.base = home / "base.db", mode, synchronous, None

    def open(self):
        self.base = sqlite3.connect(self.path, isolation_level=None)
        self.base.execute(f"pragma journal_mode={self.mode}").fetchone()
        self.base.execute(f"pragma synchronous={self.synchronous}")
        self.base.execute("pragma wal_autocheckpoint=40")

    def step(self, n):
        if n == 1:
            self.open()
            self.base.execute("create table rows(n integer primary key, data blob)")
            self.base.execute("create table counter(n integer)")
            self.base.execute("insert into counter values(0)")
            sync_folder(self.path.parent)
        self.base.execute("begin immediate")
        self.base.execute("insert into rows values(?, ?)", (n, content("sqlite", n, 3000)))
        self.base.execute("update counter set n = n + 1")
        if n % 5 == 0:
            self.base.execute("update rows set data = ? where n = ?", (content("later", n), n - 3))
        self.base.execute("commit")

    def found(self, done):
        if done == 0:
            return ("-", "-")
        self.open()
        with contextlib.closing(self.base) as base:
            said = base.execute("pragma integrity_check").fetchall()
            expect(said == [("ok",)], f"integrity_check: {said}")
            rows = base.execute("select n, data from rows order by n").fetchall()
            counter = base.execute("select n from counter").fetchone()[0]
        expect([n for n, _ in rows] == list(range(1, len(rows) + 1)) and counter == len(rows), f"{len(rows)} rows, the counter says {counter}")
        expect(len(rows) in (done, done + 1), f"{done} transactions were acknowledged, {len(rows)} are there")
        for n, data in rows:
            later = n % 5 == 2 and n + 3 <= len(rows)
            expect(data == (content("later", n + 3) if later else content("sqlite", n, 3000)), f"row {n} holds something else")
        return len(rows), digest(*(data for _, data in rows))


# EXTRA, since with FULL a transaction comes back undone when the journal's removal was not durable.
WRITERS = {"create": Create, "append": Append, "rename": Rename, "folders": Folders,
           "journal": lambda home: Sqlite(home, "delete", "extra"), "wal": lambda home: Sqlite(home, "wal", "full")}


def digest(*pieces):
    return hashlib.md5(b"".join(pieces)).hexdigest()


def acknowledgements(offset, data):
    """(writer, step) of each that bytes written to the device hold, from that offset of it on."""
    for at in range(0, len(data), SLOT):
        name, _, number = data[at:at + SLOT].rstrip(b"\0").decode().partition(" ")
        if name:
            yield name, int(number)


def load(folder, device, seconds):
    homes = {name: pathlib.Path(folder) / name for name in WRITERS}
    for home in homes.values():
        home.mkdir()
    os.sync()
    end = time.monotonic() + seconds
    for index, (name, home) in enumerate(homes.items()):
        if os.fork():
            continue
        marks = os.open(device, os.O_WRONLY | os.O_DIRECT)
        writer, n = WRITERS[name](home), 0
        while time.monotonic() < end:
            n += 1
            writer.step(n)
            os.pwrite(marks, f"{name} {n}".encode().ljust(SLOT, b"\0"), (index * SLOTS + n % SLOTS) * SLOT)
        print(f"{name} made {n} steps", flush=True)
        os._exit(0)
    return max(os.waitpid(-1, 0)[1] for _ in homes)


def found(folder, acknowledged):
    """A line for each writer."""
    for name, writer in WRITERS.items():
        home = pathlib.Path(folder) / name
        done = acknowledged.get(name, 0)
        try:
            expect(home.is_dir(), "its folder is not there")
            yield f"{name}: {' '.join(map(str, writer(home).found(done)))}"
        except (Wrong, OSError, sqlite3.Error) as error:
            yield f"wrong: {name}: {error!r}"


def check(acknowledged, *folders):
    lines = [f"{number} {line}" for number, (folder, known) in enumerate(zip(folders, json.loads(pathlib.Path(acknowledged).read_text())))
             for line in found(folder, known)]
    print("\n".join(lines))
    return any("wrong" in line for line in lines)


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    sys.exit(load(words[0], words[1], float(words[2])) if what == "load" else check(*words))
