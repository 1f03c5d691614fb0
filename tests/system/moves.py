"""moves.py PRESET PROCESSORS MOVES [count]: that many moves of each service that can move, under a load of checksums, pipes,
processes, files and a disk that checks itself (tests/moves). No error, and the distribution of drain and switch; with `count`
an instruction is a tick, and the switch's 99th percentile has a limit."""
import re

import small_disk
import system

LIMIT_SECONDS = {100: 880, 1000: 14000}  # By the number of moves; less for fewer.
SWITCH_P99 = 300_000
MOVED = re.compile(r"^(\S+) is in (\S+) now: drain \d+ ns \((\d+) ticks\), switch \d+ ns \((\d+) ticks\), (\d+) requests waited$", re.MULTILINE)
PARTS = ("checksums", "pipes", "processes", "files", "disk")


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def distribution(name, values):
    print(f"{name:<24} p50 {percentile(values, 0.5):>10,}  p99 {percentile(values, 0.99):>10,}  max {max(values):>12,} ticks of {len(values)}")


def test(preset, processors, moves, count=""):
    with small_disk.for_load() as (disk, checksum):
        text = system.boot_well(preset, ["/moves/run.sh", moves], smp=int(processors), limit=LIMIT_SECONDS.get(int(moves), 580),
                                count=bool(count), drives=[disk], append="root=tmpfs")
    system.expect(f"load reads {checksum}\n" in text, text[-2000:])
    wrong = [line for line in text.splitlines() if "wrong" in line or "stays in" in line]
    system.expect(not wrong, "\n".join(wrong[:20]))
    for part in PARTS:
        rounds = re.search(rf"^load {part}: (\d+) rounds$", text, re.MULTILINE)
        system.expect(rounds and int(rounds[1]) > 1, f"the load's {part} did not go round:\n{text[-2000:]}")
    by_service = {}
    for service, _, drain, switch, waited in MOVED.findall(text):
        by_service.setdefault(service, []).append((int(drain), int(switch), int(waited)))
    system.expect(by_service, f"nothing moved:\n{text[-2000:]}")
    for service, reports in by_service.items():
        system.expect(len(reports) == int(moves), f"{service} moved {len(reports)} times")
        distribution(f"{service} drain", [report[0] for report in reports])
        distribution(f"{service} switch", [report[1] for report in reports])
    switches = [report[1] for reports in by_service.values() for report in reports]
    distribution("all switches", switches)
    print(f"{len(switches)} moves in {preset}, {processors} processors; {sum(report[2] for r in by_service.values() for report in r)} requests waited")
    if count:
        p99 = percentile(switches, 0.99)
        print(f"switch p99: {p99:,} instructions, may be {SWITCH_P99:,}")
        system.expect(p99 <= SWITCH_P99, "the switch takes too many instructions")


system.main(test)
