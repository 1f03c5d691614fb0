"""bench_call.py: ./hinge bench call prints every line it promises, and calls between two user domains and null system calls stay
in budget."""
import subprocess

import system
from system import ROOT

BUDGET = {"call_0": 220, "call_6": 220, "syscall_null_mono": 110, "syscall_null_micro": 330}
LINES = ["call_0", "call_6", "call_64", "call_direct", "call_up", "event_round_trip",
         "syscall_null_mono", "syscall_null_micro", "syscall_null_single", "syscall_null_hybrid"]


def test():
    done = subprocess.run([ROOT / "hinge", "bench", "call"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    system.expect(done.returncode == 0, done.stdout + done.stderr)
    rows = dict(line.split("\t", 1) for line in done.stdout.splitlines())
    system.expect(list(rows) == LINES, f"lines: {list(rows)}")
    for name, most in BUDGET.items():
        took = int(rows[name].split("\t")[0])
        system.expect(took <= most, f"{name} takes {took} instructions, {most} allowed")
    print(done.stdout)


system.main(test)
