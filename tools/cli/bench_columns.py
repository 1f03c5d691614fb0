"""What one operation cost, in the columns of the counting plugin (tests/peers/opcount.c), and what becomes of them: the sum
of instructions, the weighted sum, ratios, geometric means.

An instruction is not a cycle. Some cost far more than one, and a system that saves instructions by switching address spaces
has saved nothing; so the sum is printed with these weights too, the same for every system. And where the program's own
instructions outweigh all else, as in a compressor, what a system does shows only in the ratio of what is beneath it."""
import math

SIDES = ("user", "kernel", "kernel_service", "user_service")
WEIGHTS = {"cr3": 150, "enter": 100, "cr_other": 100, "wrmsr": 100, "locked": 20}
WEIGHTS_TEXT = "instructions + 150 for each address-space switch, 100 for ring 0 entered and left, 100 for each wrmsr or control register written, 20 for each locked operation"


class Cost:
    """Events per operation. A column that was not counted is 0."""

    def __init__(self, columns):
        self.columns = columns

    def __getitem__(self, name):
        return self.columns.get(name, 0.0)

    @property
    def instructions(self):
        return sum(self[side] for side in SIDES)

    @property
    def beneath(self):
        """What is not the program's own."""
        return self.instructions - self["user"]

    @property
    def weighted(self):
        return self.instructions + sum(weight * self[name] for name, weight in WEIGHTS.items())

    @property
    def strings(self):
        return self["rep_user"] + self["rep_kernel"]

    def per(self, operations):
        return Cost({name: value / operations for name, value in self.columns.items()})


def row_of(label):
    """The row's name that a program has called a window by: whole programs say app.ticks_metric."""
    return label.replace(".ticks_", ".", 1)


def windows(text):
    """What the plugin wrote: {label: Cost per operation}."""
    names, found = [], {}
    for line in text.splitlines():
        words = line.lstrip("# ").split("\t")
        if line.startswith("# name"):
            names = words
        elif not line.startswith(("#", "@")) and len(words) == len(names):
            found[words[0]] = Cost({name: float(word) for name, word in zip(names[2:], words[2:])})
    return found


def ratio(cost, reference, measure):
    """None where there is nothing to compare."""
    if not isinstance(cost, Cost) or not isinstance(reference, Cost) or not measure(reference):
        return None
    return measure(cost) / measure(reference)


def geometric_mean(ratios):
    ratios = [r for r in ratios if r]
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None


def by_instructions(cost):
    return cost.instructions


def by_weight(cost):
    return cost.weighted


def beneath(cost):
    return cost.beneath
