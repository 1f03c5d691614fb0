"""./hinge bench call: prices in instructions, address-space switches and ring entries, one line each:
name<TAB>instructions<TAB>address-space switches<TAB>ring entries.

Calls: services/call_bench in preset `bench` logs what it timed in count mode. Null system calls: osbench in each preset,
in count mode under tests/peers/opcount.c, a QEMU plugin that counts what is executed between two markers."""
import re
import sys
import time

import build
import guest
import packages
import run
from archive import Archive
from console import BUILD, Stop, say

PLUGIN = BUILD / "opcount.so"
OSBENCH = BUILD / "programs" / "osbench"
LIMIT_SECONDS = 600
CALLS = ("call_0", "call_6", "call_64", "call_direct", "call_up", "event_round_trip")
BENCH_LINE = re.compile(r"bench call (\w+) (\d+) (\d+) (\d+)\s*$", re.MULTILINE)


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


def between_services():
    """What call_bench logged: ready lines. The guest is ended when the last has come."""
    found = {}

    def until_complete(process, machine):
        while process.poll() is None and set(found) < set(CALLS) and time.monotonic() < end:
            time.sleep(0.2)
            found.update({name: "\t".join([name, *rest]) for name, *rest in BENCH_LINE.findall(guest.read_log(machine))})
        process.kill()

    end = time.monotonic() + LIMIT_SECONDS
    with guest.workspace() as folder:
        options, _ = run.OPTIONS.parse(["--count"])
        machine = run.prepare(options, folder, Archive())
        machine.command_line = "preset=bench"
        verdict = guest.run(machine, LIMIT_SECONDS, lambda block: None, lambda process: until_complete(process, machine))
    if missing := [name for name in CALLS if name not in found]:
        raise Stop(f"preset bench did not measure {', '.join(missing)}\n{verdict.report()}", 1)
    return [found[name] for name in CALLS]


def main(words):
    if words != ["call"]:
        raise Stop("bench: there is 'bench call'")
    packages.need(packages.BUILD, packages.RUN)
    build.build("nucleus.elf", "boot_image", "programs")
    say("measuring calls between services")
    print("\n".join(between_services()))
    for preset in run.PRESETS:
        say(f"measuring a null system call in {preset}")
        found = measure(preset, ["/osbench", "syscall_null"], {"osbench": OSBENCH})
        print(price(f"syscall_null_{preset}", found["syscall_null"]))
        sys.stdout.flush()
    return 0
