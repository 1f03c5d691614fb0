"""bench_shared.py: ./hinge bench shared sees two processes that use one pipe share its lines, by the functions that touch them, and
no more lines than are known where they use what is each one's own; ./hinge bench throughput prints its rows."""
import re
import subprocess

import system
from system import ROOT

PRESETS = ("mono", "micro")
# Neighbours in the frame table may belong to processes on both: that is the fault row's, and not always.
MOST = {preset: {"call": 0, "fault": 3, "pipe": 0, "file": 0} for preset in PRESETS}
COMMON_AT_LEAST = 3


def hinge(*words):
    done = subprocess.run([ROOT / "hinge", "bench", *words, "--presets", ",".join(PRESETS)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    system.expect(done.returncode == 0, done.stdout + done.stderr)
    print(done.stdout)
    return done.stdout


def test():
    text = hinge("shared", "common_pipe", *MOST[PRESETS[0]])
    for preset in PRESETS:
        found = {what: (int(lines), body) for what, lines, body in
                 re.findall(rf"^(\w+) in {preset}: (\d+) shared written lines? (.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)}
        for what, most in MOST[preset].items():
            system.expect(found[what][0] <= most, f"{what} in {preset}: {found[what][0]} shared lines, {most} known")
        lines, body = found["common_pipe"]
        system.expect(lines >= COMMON_AT_LEAST and "Pipe::write" in body and "linux: heap" in body, f"one pipe, and nothing seen in {preset}:\n{body}")
    rows = re.findall(r"^(\w+) +(\w+) .*\d\.\d\d \(", hinge("throughput", "call"), re.MULTILINE)
    system.expect(rows == [(preset, what) for preset in PRESETS for what in ("loop", "call")], f"rows of {rows}")


system.main(test)
