"""terminal.py PRESET: a person at the console. Keys go into COM1; what comes back, echo and all, must be what a terminal of
Linux shows. At its prompt the shell edits by itself; what programs read in between, the line discipline has edited."""
import os
import select
import subprocess
import time

import system
from archive import Archive
from system import guest, run

PROMPT = b"root@hinge:~# \x1b[6n"  # With the shell's question where the cursor is.
LIMIT_SECONDS = 20
# (keys, whether a prompt follows, what must be seen after the last prompt or keys). ^C is "\x03" and so on.
DIALOGUE = [
    ("echo ab\x7fc\r", True, "echo ab\b\x1b[Jc\r\nac\r\n"),
    ("echo go; cat\r", False, "echo go; cat\r\ngo\r\n"),
    ("one tw\x15two \x17three\r", False, "one tw\b \b\b \b\b \b\b \b\b \b\b \btwo \b \b\b \b\b \b\b \bthree\r\nthree\r\n"),
    ("a\x16\x03b\r", False, "a^\b^Cb\r\na\x03b\r\n"),
    ("\x04", True, ""),
    ("echo go; sleep 100\r", False, "echo go; sleep 100\r\ngo\r\n"),
    ("\x03", True, "^C\r\n"),
    ("echo go; sleep 100\r", False, "echo go; sleep 100\r\ngo\r\n"),
    ("\x1a", True, "^Z[1]+  Stopped                    sleep 100\r\n"),
    ("fg\r", False, "fg\r\nsleep 100\r\n"),
    ("\x1c", True, "^\\Quit\r\n"),
    ("stty -echo; echo go; read line; stty echo; echo \"<$line>\"\r", False,
     "stty -echo; echo go; read line; stty echo; echo \"<$line>\"\r\ngo\r\n"),
    ("secret\r", True, "<secret>\r\n"),
    ("stty rows 11 cols 22; stty size\r", True, "stty rows 11 cols 22; stty size\r\n11 22\r\n"),
    ("echo up >/dev/tty; cat /dev/ttyS0 & sleep 1\r", True, None),
    ("jobs\r", True, "jobs\r\n[1]+  Stopped (tty input)        cat /dev/ttyS0\r\n"),
]


class Console:
    def __init__(self, machine):
        serial = ["-serial", "stdio", "-serial", "null"]
        self.emulator = subprocess.Popen(machine.arguments(serial), stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=guest.die_with_parent)
        self.seen = b""

    def until(self, done):
        """Reads until done(what has been seen since the last time); returns that, or None at the limit."""
        end = time.monotonic() + LIMIT_SECONDS
        while not done(self.seen):
            if time.monotonic() > end:
                return None
            if select.select([self.emulator.stdout], [], [], 0.1)[0]:
                block = os.read(self.emulator.stdout.fileno(), 65536)
                if not block:
                    return None
                self.seen += block
        seen, self.seen = self.seen, b""
        return seen

    def type(self, keys):
        time.sleep(0.3)  # The program that is to read may have been started only just now.
        self.emulator.stdin.write(keys.encode("latin-1"))
        self.emulator.stdin.flush()


def talk(console):
    system.expect(console.until(lambda seen: seen.endswith(PROMPT)) is not None, f"no prompt: {console.seen}")
    for keys, prompt, wanted in DIALOGUE:
        console.type(keys)
        wanted_bytes = None if wanted is None else wanted.encode("latin-1") + (PROMPT if prompt else b"")
        seen = console.until(lambda seen: seen.endswith(PROMPT) if wanted_bytes is None else len(seen) >= len(wanted_bytes))
        system.expect(seen is not None, f"after {keys!r}: nothing but {console.seen!r}, not {wanted_bytes!r}")
        system.expect(wanted_bytes is None or seen == wanted_bytes, f"after {keys!r}: {seen!r}, not {wanted_bytes!r}")
    console.type("poweroff -f\r")


def test(preset):
    found, _ = run.OPTIONS.parse([f"--preset={preset}"])
    with guest.workspace() as folder:
        console = Console(run.prepare(found, folder, Archive()))
        try:
            talk(console)
            system.expect(console.emulator.wait(LIMIT_SECONDS) == 0, "poweroff did not end the machine")
        finally:
            console.emulator.kill()
            console.emulator.wait()
    print(f"{len(DIALOGUE)} exchanges at the console of {preset}")


system.main(test)
