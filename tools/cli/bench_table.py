"""The table of ./hinge bench: one line for each row and system, as text and as tab-separated values."""
from bench_columns import Cost, SIDES, WEIGHTS_TEXT, beneath, by_instructions, by_weight, geometric_mean, ratio
from bench_sets import SETS

COLUMNS = (  # Title, decimals, what it says of a Cost.
    ("instructions", 0, by_instructions),
    ("user", 0, lambda c: c["user"]),
    ("nucleus", 0, lambda c: c["kernel"]),
    ("kernel_services", 0, lambda c: c["kernel_service"]),
    ("user_services", 0, lambda c: c["user_service"]),
    ("switches", 2, lambda c: c["cr3"]),
    ("entries", 2, lambda c: c["enter"]),
    ("wrmsr", 2, lambda c: c["wrmsr"]),
    ("control", 2, lambda c: c["cr_other"]),
    ("fpu", 2, lambda c: c["fpu_state"]),
    ("locked", 2, lambda c: c["locked"]),
    ("strings", 0, lambda c: c.strings),
    ("weighted", 0, by_weight),
)
RATIOS = {"ratio": by_instructions, "beneath": beneath, "weighted": by_weight}  # To the first system.
RATIOS_TEXT = "ratio: of all instructions; beneath: without the program's own; weighted: of the weighted sums"
assert len(SIDES) == 4


class Table:
    """`found`: {row title: {system name: Cost or a reason}}. The first system is what the others are compared with."""

    def __init__(self, rows, systems, found, versions):
        self.rows, self.systems, self.found, self.versions = rows, systems, found, versions

    def cell(self, row, system):
        return self.found[row.title][system]

    def ratio(self, row, system, measure):
        return ratio(self.cell(row, system), self.cell(row, self.systems[0]), measure)

    def means(self):
        """(set, system, means of the ratios of instructions, of what is beneath the program, of weighted sums; how many rows)"""
        for set_name in SETS:
            rows = [row for row in self.rows if row.set == set_name and row.in_mean]
            for system in self.systems[1:]:
                ratios = [[self.ratio(row, system, measure) for row in rows] for measure in RATIOS.values()]
                if count := sum(r is not None for r in ratios[0]):
                    yield set_name, system, [geometric_mean(of_one) for of_one in ratios], count

    def lines(self):
        """(row, system, numbers or None, reason, ratios as RATIOS names them)"""
        for row in self.rows:
            for system in self.systems:
                cell = self.cell(row, system)
                if isinstance(cell, Cost):
                    numbers = [f"{value(cell):.{decimals}f}" for _, decimals, value in COLUMNS]
                    yield row, system, numbers, "", [self.ratio(row, system, measure) for measure in RATIOS.values()]
                else:
                    yield row, system, None, cell, [None] * len(RATIOS)


def shown(r):
    return f"{r:.3f}" if r is not None else "-"


def described(ratios):
    """The ratios in words, the first by its number alone."""
    one, *rest = ratios
    return ", ".join([shown(one), *(f"{name} {shown(r)}" for name, r in zip(list(RATIOS)[1:], rest))])


def heads():
    return [title for title, _, _ in COLUMNS]


def tsv(table):
    yield from (f"# {line}" for line in table.versions)
    yield "\t".join(["row", "system", *heads(), "ratio", "beneath_ratio", "weighted_ratio", "note"])
    for row, system, numbers, reason, ratios in table.lines():
        yield "\t".join([row.title, system, *(numbers or ["-"] * len(COLUMNS)), *map(shown, ratios), reason])
    for set_name, system, ratios, count in table.means():
        yield "\t".join([f"mean.{set_name}", system, *["-"] * len(COLUMNS), *map(shown, ratios), f"geometric mean of {count} rows"])


def with_commas(number):
    whole, dot, rest = number.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def text(table):
    yield from table.versions
    yield f"weighted: {WEIGHTS_TEXT}"
    yield RATIOS_TEXT
    yield ""
    widths = [max(len(title), 13 if decimals == 0 else 8) for title, decimals, _ in COLUMNS]
    yield f"{'row':24} {'system':9}" + "".join(f" {title:>{width}}" for title, width in zip(heads(), widths)) + "".join(f" {name:>8}" for name in RATIOS)
    before = None
    for row, system, numbers, reason, ratios in table.lines():
        title, before = (row.title if row is not before else ""), row
        if numbers is None:
            yield f"{title:24} {system:9} {reason}"
            continue
        cells = "".join(f" {with_commas(number):>{width}}" for number, width in zip(numbers, widths))
        yield f"{title:24} {system:9}{cells}" + "".join(f" {shown(one):>8}" for one in ratios)
    yield ""
    for set_name, system, ratios, count in table.means():
        yield f"geometric mean, {set_name}: {system} / {table.systems[0]} = {described(ratios)} ({count} rows)"
