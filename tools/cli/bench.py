"""./hinge bench call: prices in instructions, address-space switches and ring entries, one line each:
name<TAB>instructions<TAB>address-space switches<TAB>ring entries.

The guest runs in count mode under tests/peers/opcount.c, a QEMU plugin that counts what is executed between two markers."""
import sys

import build
import guest
import packages
import run
from console import BUILD, Stop, say

PLUGIN = BUILD / "opcount.so"
OSBENCH = BUILD / "programs" / "osbench"
LIMIT_SECONDS = 600


def windows(text):
    """What the plugin wrote: {label: {column: events per operation}}."""
    columns, found = [], {}
    for line in text.splitlines():
        words = line.lstrip("# ").split("\t")
        if line.startswith("#"):
            columns = words
        elif len(words) == len(columns):
            found[words[0]] = {column: float(word) for column, word in zip(columns[1:], words[1:])}
    return found


def measure(preset, command, files):
    """Runs a command of the given files in count mode; {label: columns} of every window it marked."""
    archive = guest.command_archive(command)
    for name, path in files.items():
        archive.file(f"root/{name}", path.read_bytes(), 0o755)
    found, _ = run.OPTIONS.parse([f"--preset={preset}", "--count"])
    with guest.workspace() as folder:
        machine = run.prepare(found, folder, archive)
        machine.plugin = str(PLUGIN)
        verdict = guest.run(machine, LIMIT_SECONDS, lambda block: None)
        if verdict.why:
            raise Stop(f"{preset}: {verdict.report()}", 1)
        return windows((folder / "log.plugin").read_text())


def price(name, columns):
    instructions = columns["user"] + columns["kernel"]
    entries = columns["syscall"] + max(0.0, columns["enter"] - columns["syscall"])
    return f"{name}\t{instructions:.0f}\t{columns['cr3']:.2f}\t{entries:.2f}"


def main(words):
    if words != ["call"]:
        raise Stop("bench: there is 'bench call'")
    packages.need(packages.BUILD, packages.RUN)
    build.build("nucleus.elf", "boot.img", "programs")
    for preset in run.PRESETS:
        say(f"measuring a null system call in {preset}")
        found = measure(preset, ["/osbench", "syscall_null"], {"osbench": OSBENCH})
        print(price(f"syscall_null_{preset}", found["syscall_null"]))
        sys.stdout.flush()
    return 0
