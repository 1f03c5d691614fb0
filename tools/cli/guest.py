"""Runs a guest and judges how it ended. Used by `run` and by the system tests.

A command reaches the guest in a further cpio archive behind the boot image: /run/hinge/command holds its words, each ended
by a zero byte; /run/hinge/stdin its standard input, absent for none. Its output comes back on COM2, byte for byte; its status
as the line "hinge: exit status N" in the nucleus' log. The emulator is our child and dies with us."""
import contextlib
import ctypes
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import build
from archive import Archive
from console import BUILD
from machine import PANIC_STATUS, Machine

TIMED_OUT, DIED = 124, 125
STATUS_LINE = re.compile(r"hinge: exit status (\d+)\s*$", re.MULTILINE)
DEATH_LINE = re.compile(r"^.*(PANIC on CPU|panic inside of a panic).*$", re.MULTILINE)
REPORT_LINES = 60


@dataclasses.dataclass
class Verdict:
    status: int       # The command's own, or TIMED_OUT, or DIED.
    why: str          # Empty when the command ended by itself.
    log: str
    seconds: float

    def report(self):
        """What to show a person when the guest did not end well."""
        tail = self.log.splitlines()
        death = next((i for i, line in enumerate(tail) if DEATH_LINE.match(line)), len(tail))
        tail = tail[max(0, min(death - 10, len(tail) - REPORT_LINES)):]
        return f"{self.why}\n--- the nucleus' log, its end ---\n" + "\n".join(tail[:4 * REPORT_LINES]) + "\n---"


def die_with_parent():
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


@contextlib.contextmanager
def workspace():
    """A folder for one run, removed afterwards."""
    (BUILD / "runs").mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(dir=BUILD / "runs"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def command_archive(words, standard_input=None):
    archive = Archive()
    archive.file("root/run/hinge/command", b"".join(os.fsencode(word) + b"\0" for word in words))
    if standard_input is not None:
        archive.file("root/run/hinge/stdin", standard_input)
    return archive


def boot_image_with(archive, folder):
    """The boot image with one more archive behind it, in a file of its own."""
    path = folder / "initrd"
    with open(path, "wb") as out:
        with open(build.BOOT_IMAGE, "rb") as image:
            shutil.copyfileobj(image, out)
        out.write(b"\0" * (-out.tell() % 512) + archive.bytes())
    return path


def read_log(machine):
    try:
        return machine.log.read_text(errors="replace").replace("\r", "")
    except OSError:
        return ""


def judge(emulator_status, log, seconds, limit):
    """emulator_status None: it was killed at the limit."""
    if DEATH_LINE.search(log) or emulator_status == PANIC_STATUS:
        return Verdict(DIED, "the system panicked or locked up", log, seconds)
    if emulator_status is None:
        return Verdict(TIMED_OUT, f"stopped after {limit:.0f} s", log, seconds)
    statuses = STATUS_LINE.findall(log)
    if not statuses:
        return Verdict(DIED, f"the system ended before the command did (emulator status {emulator_status})", log, seconds)
    return Verdict(int(statuses[-1]) & 255, "", log, seconds)


def forward(source, sink):
    while block := source.read1(65536):
        sink(block)


def run(machine: Machine, limit, sink, beside=None):
    """Boots and waits for the end, at most `limit` seconds; COM2 goes to sink(bytes). beside(process): called once the
    emulator runs, for tests that talk to its monitor and for those that end it themselves."""
    serial = ["-serial", f"file:{machine.log}.console", "-chardev", "stdio,id=output,signal=off", "-serial", "chardev:output"]
    began = time.monotonic()
    process = subprocess.Popen(machine.arguments(serial), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    try:
        reader = threading.Thread(target=forward, args=(process.stdout, sink), daemon=True)
        reader.start()
        if beside:
            beside(process)
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            status = None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    reader.join(10)
    return judge(status, read_log(machine), time.monotonic() - began, limit)
