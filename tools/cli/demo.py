"""./hinge demo crash: one bug, a store through a null pointer, in three places, side by side: in tmpfs when it has a domain
of its own, in tmpfs when it is in the kernel, and in a module of Debian's Linux. A file was written before in each; what each
system says is its own log. Status 0 when it is as it should be: the first goes on with its file, the others panic and name
who it was."""
import dataclasses
import re
import subprocess
import tempfile
import textwrap

import build
import guest
import linux_module
import packages
import run
from console import ROOT, Stop, say

LIMIT_SECONDS = 60
WIDTH, LABEL = 44, 12   # Of a column, and of what stands left of them.
BEGIN, KEPT = "written before", "the file is there"
HINGE = f"""echo {KEPT} >/tmp/file; echo {BEGIN}
hinge fault tmpfs null-write
cat /tmp/file; cat /sys/hinge/service/tmpfs/state"""
LINUX = f"echo {KEPT} >/tmp/file; echo {BEGIN}; insmod /null_write.ko; cat /tmp/file"
STACK_LINES = 3


@dataclasses.dataclass
class Outcome:
    where: str
    command: str
    output: str
    log: list          # The lines that tell what happened.
    survived: bool
    named: bool        # The report says whose bug it was.

    def rows(self):
        kept = self.survived and KEPT in self.output
        return {
            "where": self.where,
            "command": self.command,
            "its log": "\n".join(self.log),
            "the system": "goes on; no program saw an error" if self.survived else "has panicked, and everything with it",
            "the file": f'"{KEPT}"' if kept else "gone with the machine",
        }


def _without_stamp(line):
    return re.sub(r"^\[ *\d+\.\d+\] ", "", line)


def _from(lines, pattern, count):
    """The first line with the pattern and what follows, without time stamps."""
    first = next((i for i, line in enumerate(lines) if re.search(pattern, line)), len(lines))
    return [_without_stamp(line) for line in lines[first:first + count]]


def on_hinge(preset, where):
    found, _ = run.OPTIONS.parse([f"--preset={preset}"])
    output = bytearray()
    with guest.workspace() as folder:
        machine = run.prepare(found, folder, guest.command_archive(["/bin/sh", "-c", HINGE]))
        verdict = guest.run(machine, LIMIT_SECONDS, output.extend)
    lines = verdict.log.splitlines()
    log = _from(lines, "fault: service|PANIC on CPU", 1) + _from(lines, r"  \w+ tmpfs: ", STACK_LINES) + _from(lines, "is back after", 1)
    survived = verdict.status == 0 and output.decode().endswith("running\n")
    return Outcome(where, "hinge fault tmpfs null-write", output.decode(), log, survived, any("tmpfs" in line for line in log))


def on_linux():
    release = linux_module.prepare()
    module = linux_module.module(ROOT / "tests" / "peers" / "null_write", release)
    with tempfile.TemporaryDirectory() as folder:
        tree, log = f"{folder}/tree", f"{folder}/log"
        subprocess.run(["install", "-D", module, f"{tree}/null_write.ko"], check=True)
        done = subprocess.run([linux_module.PEER, "--mode", "time", "--timeout", str(LIMIT_SECONDS), "--log", log,
                               "--append", "oops=panic loglevel=7", tree, "sh", "-c", LINUX],
                              env=linux_module.ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        with open(log, errors="replace") as file:
            lines = file.read().replace("\r", "").splitlines()
    report = _from(lines, "BUG: kernel NULL", 1) + _from(lines, r"RIP: 0010:null_write", 1) + _from(lines, "Kernel panic", 1)
    return Outcome(f"a module of Debian's Linux {release}", "insmod null_write.ko", done.stdout, report, done.returncode == 0,
                   any("null_write" in line for line in report))


def side_by_side(outcomes):
    def wrapped(text):
        # A line of a stack says enough when it begins.
        lines = [line if not line.startswith("  ") else line[:WIDTH] for line in text.splitlines()]
        return [piece for line in lines for piece in textwrap.wrap(line, WIDTH, subsequent_indent="    ")]

    tables = [outcome.rows() for outcome in outcomes]
    for label in tables[0]:
        cells = [wrapped(table[label]) for table in tables]
        for i in range(max(len(cell) for cell in cells)):
            line = [f"{label if i == 0 else '':<{LABEL}}"] + [f"{cell[i] if i < len(cell) else '':<{WIDTH}}" for cell in cells]
            yield " | ".join(line).rstrip()
        yield "-+-".join(["-" * LABEL] + ["-" * WIDTH] * len(cells))


def crash():
    packages.need(packages.BUILD, packages.RUN)
    build.build("nucleus.elf", "boot_image")
    say("one bug in three places: a store through a null pointer")
    outside, inside, linux = (on_hinge("micro", "tmpfs on Hinge, in a domain of its own"), on_hinge("mono", "tmpfs on Hinge, in the kernel"), on_linux())
    print("\n".join(side_by_side([outside, inside, linux])))
    for outcome in (outside, inside, linux):
        if BEGIN not in outcome.output or not outcome.named or outcome.survived != (outcome is outside):
            raise Stop(f"{outcome.where}: not as it should be\n{outcome.output}{outcome.log}", 1)
    return 0


def main(words):
    if words != ["crash"]:
        raise Stop("demo: there is 'demo crash'")
    return crash()
