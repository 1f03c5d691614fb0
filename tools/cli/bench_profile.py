"""./hinge bench profile: the instructions of one row by function, from the blocks that the counting plugin saw executed."""
import bisect
import collections
import pathlib
import subprocess

import build
import slots
from bench_columns import row_of
from bench_peers import Hinge
from bench_sets import jobs
from console import Stop


class Symbols:
    """Functions of the nucleus and of every slot of a preset, by address."""

    def __init__(self, preset):
        found = []
        for path, base in [(build.NUCLEUS, 0), *slots.addresses(slots.manifest_of(preset, None))]:
            text = subprocess.run(["llvm-nm-19", "-nC", "--defined-only", path], capture_output=True, text=True, check=True).stdout
            for line in text.splitlines():
                address, kind, name = line.split(" ", 2)
                if kind in "tTwW" and not name.startswith(".L"):
                    found.append((base + int(address, 16), f"{pathlib.Path(path).stem}  {name.replace('(anonymous namespace)::', '')}"))
        found.sort()
        self.addresses, self.names = [address for address, _ in found], [name for _, name in found]

    def of(self, address):
        if address < slots.base(-slots.FIRST_ENTRY + 256) & 0xFFFF_FFFF_FFFF_FFFF:
            return "the program"
        at = bisect.bisect_right(self.addresses, address) - 1
        return self.names[at] if at >= 0 else f"{address:#x}"


def by_function(counted, label, symbols):
    """(operations, {function: instructions}) of the window with that label."""
    operations, found = 1, collections.Counter()
    for line in counted.splitlines():
        words = line.split("\t")
        if words[0] == "@" and row_of(words[1]) == label:
            operations = int(words[2])
            found[symbols.of(int(words[3], 16))] += int(words[4])
    return operations, found


def profile(row, presets, most):
    job, = jobs([row])
    for preset in presets:
        rows, counted = Hinge(preset, ",profile=on").run(job)
        operations, found = by_function(counted, row.name, Symbols(preset))
        if not found:
            raise Stop(f"{preset}: {rows[row.title]}", 1)
        print(f"{row.title} in {preset}: {sum(found.values()) / operations:,.1f} instructions an operation")
        for name, instructions in found.most_common(most):
            print(f"{instructions / operations:14,.1f} {100 * instructions / sum(found.values()):6.2f} %  {name[:150]}")
    return 0
