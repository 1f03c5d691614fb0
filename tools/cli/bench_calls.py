"""./hinge bench call and bench boundary: what crossing between services costs, as services/call_bench logs it from inside in
preset `bench`, timed in count mode. Lines: name<TAB>instructions<TAB>address-space switches<TAB>ring entries."""
import re
import time

import guest
import run
from archive import Archive
from bench_peers import Hinge
from bench_sets import Row, jobs
from console import Stop, say

LIMIT_SECONDS = 600
CALLS = {"call_0": "call_0", "call_6": "call_6", "call_64": "call_64", "call_direct": "direct_0", "call_up": "up_0",
         "event_round_trip": "event_round_trip"}
WAYS = {"direct": "call in the kernel", "up": "kernel to domain", "call": "domain to domain"}
REQUESTS = {"0": "no words", "6": "6 words", "64": "64 words", "copy_4k": "4 KiB copied from a grant", "copy_64k": "64 KiB copied from a grant",
            "map_4k": "4 KiB mapped and unmapped", "map_64k": "64 KiB mapped and unmapped"}
LINE = re.compile(r"bench call (\w+) (\d+) (\d+) (\d+)\s*$", re.MULTILINE)
ALL = re.compile(r"bench call done (\w+)\s*$", re.MULTILINE)
PARTS = {"inside", "outside"}


def between_services():
    """{name: [instructions, switches, entries]} of what call_bench logged. The guest is ended when both halves are through."""

    def until_complete(process, machine):
        while process.poll() is None and set(ALL.findall(guest.read_log(machine))) < PARTS and time.monotonic() < end:
            time.sleep(0.2)
        process.kill()

    end = time.monotonic() + LIMIT_SECONDS
    with guest.workspace() as folder:
        options, _ = run.OPTIONS.parse(["--count"])
        machine = run.prepare(options, folder, Archive())
        machine.command_line = "preset=bench"
        verdict = guest.run(machine, LIMIT_SECONDS, lambda block: None, lambda process: until_complete(process, machine))
    if set(ALL.findall(verdict.log)) < PARTS:
        raise Stop(f"preset bench did not come to its end\n{verdict.report()}", 1)
    return {name: [int(word) for word in rest] for name, *rest in LINE.findall(verdict.log)}


def calls():
    say("measuring calls between services")
    found = between_services()
    for name, logged in CALLS.items():
        print("\t".join(map(str, [name, *found[logged]])))
    row = Row("osbench", "syscall_null")
    for preset in run.PRESETS:
        say(f"measuring a null system call in {preset}")
        cost = Hinge(preset).measure(jobs([row])[0])[row.title]
        if isinstance(cost, str):
            raise Stop(f"{preset}: {cost}", 1)
        print(f"syscall_null_{preset}\t{cost.instructions:.0f}\t{cost['cr3']:.2f}\t{cost['enter']:.2f}")
    return 0


def boundary():
    """The same request each way: instructions (address-space switches, ring entries)."""
    say("measuring the same requests on each side of a boundary")
    found = between_services()
    print(f"{'request':28}" + "".join(f"{title:>28}" for title in WAYS.values()) + f"{'message / call':>16}")
    for request, title in REQUESTS.items():
        cells = [found[f"{way}_{request}"] for way in WAYS]
        print(f"{title:28}" + "".join(f"{f'{instructions:,} ({switches}, {entries})':>28}" for instructions, switches, entries in cells)
              + f"{cells[2][0] / cells[0][0]:>16.1f}")
    print("instructions (address-space switches, ring entries), there and back; a mapping is of an object that the service holds")
    return 0
