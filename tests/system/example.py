"""example.py: examples/message_read reads a file of an ext4 by messages that it makes itself, in a system without Linux."""
import pathlib
import subprocess
import tempfile
import time

import system
from system import ROOT, guest

LIMIT_SECONDS = 60
TEXT = "a message brought this"


def test():
    def until_read(process):
        end = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and time.monotonic() < end and not any(word in guest.read_log(machine) for word in ("then ", "does not start", "PANIC")):
            time.sleep(0.2)
        process.kill()

    with guest.workspace() as folder, tempfile.TemporaryDirectory(dir=folder) as tree:
        (pathlib.Path(tree) / "message").write_text(f"{TEXT}\n")
        disk = folder / "disk"
        subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", tree, disk, "8M"], check=True, stdin=subprocess.DEVNULL, capture_output=True)
        options, _ = system.run.OPTIONS.parse([f"--placement={ROOT}/examples/message_read/example.place", "--drive", str(disk)])
        machine = system.run.prepare(options, folder, guest.Archive())
        log = guest.run(machine, LIMIT_SECONDS, lambda block: None, until_read).log
    system.expect(f"message_read: read {len(TEXT) + 1} bytes: {TEXT}\n" in log and "message_read: then 0 bytes" in log, log)
    print(f"read: {TEXT}")


system.main(test)
