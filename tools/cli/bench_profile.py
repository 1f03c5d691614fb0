"""./hinge bench profile: the instructions of one row by function, from the blocks that the counting plugin saw executed."""
import bisect
import collections
import pathlib
import re
import subprocess

import build
import slots
from bench_columns import row_of
from bench_peers import Hinge
from bench_sets import jobs
from console import Stop


BY_THE_LINKER = r"\(anonymous namespace\)::| ?\(\.[\w.]*llvm\.\d+\)"  # Of names nothing that tells.


class Symbols:
    """Functions and data of the nucleus and of every slot of a preset, by address."""

    def __init__(self, preset):
        functions, self.variables = [], []
        loaded = slots.addresses(slots.manifest_of(preset, None))
        self.services = [path.stem for path, _ in loaded]
        for path, base in [(build.NUCLEUS, 0), *loaded]:
            text = subprocess.run(["llvm-nm-19", "-nCS", "--defined-only", path], capture_output=True, text=True, check=True).stdout
            for address, size, kind, name in re.findall(r"^([0-9a-f]+)(?: ([0-9a-f]+))? (\w) (.*)$", text, re.MULTILINE):
                begin = base + int(address, 16)
                title = f"{pathlib.Path(path).stem}  {re.sub(BY_THE_LINKER, '', name)}"
                if kind in "tTwW" and not name.startswith(".L"):
                    functions.append((begin, title))
                elif kind in "bBdD" and size:
                    self.variables.append((begin, begin + int(size, 16), title))
        functions.sort()
        self.addresses, self.names = [address for address, _ in functions], [name for _, name in functions]

    def of(self, address):
        if address < slots.base(-slots.FIRST_ENTRY + 256) & 0xFFFF_FFFF_FFFF_FFFF:
            return "the program"
        at = bisect.bisect_right(self.addresses, address) - 1
        return self.names[at] if at >= 0 else f"{address:#x}"

    def variables_in(self, low, high):
        """(address, name) of the variables that lie in part between these addresses."""
        return [(begin, name) for begin, end, name in self.variables if begin < high and low < end]


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
