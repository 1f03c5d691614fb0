"""./hinge bench throughput: what two processors do against one, while independent processes do the same on each
(tests/programs/independent.c): operations per second by the guest's clock, several times, with the spread."""
import os
import re
import statistics

from bench_shared import OPERATIONS as INDEPENDENT
from bench_shared import PROCESSORS, boot, chosen

TIMES = 15
LIMIT_SECONDS = 600
SECONDS = 0.1  # Of each time, about: so that some of them are spared by what else the host does.

ROW = "{:8}{:12}{:>38}{:>38}{:>22}{:>16}"
CONTROL = "loop"
HEAD = """Operations per second of one process on one processor, and of {processors} processes on {processors}; median (lowest to highest) of {times} times, and
the ratio of each pair. The emulator runs each processor as a thread of this host ({host} processors, load {load:.1f} now), beside
all else that runs here; its clock is the host's. So these numbers are noisy: "loop" is a program that asks the system for nothing,
and what it does not reach nothing can. The last column is the ratio of the highest of each, which are disturbed least. To an
emulator's thread a shared cache line is less dear, beside all else it does, than to a processor: see ./hinge bench shared for those."""


def spread(values, form):
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def rates(text, what):
    """{processors: [operations per second of all together, ...]} from what the program printed."""
    found = {}
    for processors, operations, ns in re.findall(rf"^{what}\t(\d+)\t(\d+)\t(\d+)\r?$", text, re.MULTILINE):
        found.setdefault(int(processors), []).append(int(processors) * int(operations) / (int(ns) / 1e9))
    return found


def printed(preset, wanted, times, processors):
    """What the program prints, so many times for each thing with each number of processors by turns. wanted: {what: operations}."""
    lines = [f"/independent {what} {operations} {number}" for what, operations in wanted.items() for number in processors]
    return boot(preset, "\n".join(lines * times), LIMIT_SECONDS, emulate=True)[0]


def enough(preset, wanted):
    """How many operations take SECONDS in that preset, which differs much between them in the emulator."""
    text = printed(preset, wanted, 1, [1])
    return {what: int(max(rates(text, what)[1]) * SECONDS) + 1 for what in wanted}


def throughput(words, presets):
    wanted = chosen([CONTROL, *(word for word in words or INDEPENDENT if word != CONTROL)])
    print(HEAD.format(processors=PROCESSORS, times=TIMES, host=os.cpu_count(), load=os.getloadavg()[0]))
    print(ROW.format("", "", "1 processor", f"{PROCESSORS} processors", "ratio", "of the highest"))
    for preset in presets:
        text = printed(preset, enough(preset, wanted), TIMES, [1, PROCESSORS])
        for what in wanted:
            one, all_ = (rates(text, what)[processors] for processors in (1, PROCESSORS))
            ratios = [b / a for a, b in zip(one, all_)]
            print(ROW.format(preset, what, spread(one, ",.0f"), spread(all_, ",.0f"), spread(ratios, ".2f"), f"{max(all_) / max(one):.2f}"))
    return 0
