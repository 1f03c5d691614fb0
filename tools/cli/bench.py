"""./hinge bench: what operations cost, here and on Linux. What the words behind it choose is in USAGE."""
import pathlib
import sys

import bench_calls
import bench_changes
import bench_page
import bench_profile
import bench_shared
import bench_throughput
import build
import packages
from bench_columns import Cost
from bench_peers import Hinge, Linux, Recorded, emulator
from bench_sets import PEERS, chosen, jobs
from bench_table import Table, text, tsv
from console import Stop, existing_file, say
from machine import PROCESSOR
from options import Options, number
from options import text as any_text
from run import PRESETS

USAGE = """usage: ./hinge bench [OPTION...] [ROW|SET...]   instructions per operation on Debian's Linux and on Hinge, in one table
       ./hinge bench call                       what calls cost: instructions, address-space switches, ring entries
       ./hinge bench boundary                   the same request as a call and as a message, with words, copies, grants
       ./hinge bench moves|restarts             how long a service is away when it moves, or has died; the switch has a limit
       ./hinge bench profile ROW [OPTION...]    in which functions the instructions of a row are
       ./hinge bench shared [WHAT...]           the written cache lines that two processors share while independent processes
                                                run on both, by address; WHAT: call, fault, pipe, fork, file, open
       ./hinge bench throughput [WHAT...]       what two processors do in a second against one, with the noise

Sets: osbench (single operations), disk (a cached file of an ext4), storage (an ext4 that is written), apps (whole programs),
boot; without any: all. Rows are named as in the table. All on the same emulated processor, one guest instruction being one tick.

  --presets A,B,...   of Hinge (default mono,hybrid,micro; of shared and throughput mono,micro)
  --tsv FILE          the table as tab-separated values too
  --html FILE         and as a page with bars
  --fresh             measure Linux anew; else what was measured with these versions before is taken
  --recorded          compare with tests/peers/results/osbench-same-cpu.events.tsv, and run no Linux at all
  --minimal FILE      one more Linux: a kernel (tests/peers/build-lean-kernel makes one), or a recorded .events.tsv
  --lines N           of a profile (default 40), of what is shared for each WHAT (default 40)"""

RECORDED = PEERS / "results" / "osbench-same-cpu.events.tsv"
OPTIONS = Options("bench", flags=("fresh", "recorded", "help"),
                  values={"presets": any_text, "tsv": any_text, "html": any_text, "minimal": any_text, "lines": number(1, 100_000)})


def presets_of(found, default="mono,hybrid,micro"):
    names = (found["presets"] or default).split(",")
    if unknown := [name for name in names if name not in PRESETS]:
        raise Stop(f"bench: no preset '{unknown[0]}'")
    return names


def writable(name):
    if name and not pathlib.Path(name).absolute().parent.is_dir():
        raise Stop(f"bench: no such folder: {pathlib.Path(name).parent}")
    return name and pathlib.Path(name)


def systems(found, presets):
    yield Recorded("linux", RECORDED) if found["recorded"] else Linux(fresh=found["fresh"])
    if found["minimal"]:
        path = existing_file(found["minimal"])
        yield Recorded("minimal", path) if path.suffix == ".tsv" else Linux("minimal", path, found["fresh"])
    for preset in presets:
        yield Hinge(preset)


def compare(found):
    rows, presets = chosen(found["words"]), presets_of(found)
    outputs = {kind: writable(found[kind]) for kind in ("tsv", "html")}
    prepare()
    measured, versions = {row.title: {} for row in rows}, [emulator(), f"processor {PROCESSOR}, 1 CPU, icount shift=0"]
    names = []
    for system in systems(found, presets):
        names.append(system.name)
        versions.append(f"{system.name}: {system.version}")
        for job in jobs(rows):
            say(f"measuring {job.set} on {system.name}")
            for title, cost in system.measure(job).items():
                measured[title][system.name] = cost
    table = Table(rows, names, measured, versions)
    for line in text(table):
        print(line)
    if outputs["tsv"]:
        outputs["tsv"].write_text("\n".join(tsv(table)) + "\n")
    if outputs["html"]:
        outputs["html"].write_text(bench_page.page(table))
    return 0 if any(isinstance(cell, Cost) for cells in measured.values() for cell in cells.values()) else 1


def prepare():
    packages.need(packages.BUILD, packages.RUN)
    build.build("nucleus.elf", "boot_image", "programs")
    sys.stdout.reconfigure(line_buffering=True)


def main(words):
    found, rest = OPTIONS.parse(words)
    if rest is not None:
        raise Stop("bench: nothing may follow --")
    if found["help"]:
        print(USAGE)
        return 0
    kind = found["words"][0] if found["words"] else ""
    if kind in ("call", "boundary", "moves", "restarts"):
        if len(words) > 1:
            raise Stop(f"bench: '{kind}' takes no arguments")
        prepare()
        if kind in bench_changes.RUNS:
            return bench_changes.changes(kind)
        return bench_calls.calls() if kind == "call" else bench_calls.boundary()
    if kind == "profile":
        rows, presets = chosen(found["words"][1:]), presets_of(found)
        if len(found["words"]) != 2 or len(rows) != 1:
            raise Stop("bench: profile takes one row")
        prepare()
        return bench_profile.profile(rows[0], presets, found["lines"] or 40)
    if kind in ("shared", "throughput"):
        what, presets = found["words"][1:], presets_of(found, "mono,micro")
        bench_shared.chosen(what)
        prepare()
        if kind == "shared":
            return bench_shared.shared(what, presets, found["lines"] or 40)
        return bench_throughput.throughput(what, presets)
    return compare(found)
