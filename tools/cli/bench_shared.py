"""./hinge bench shared: which written cache lines two processors share while independent processes do the same on both
(tests/programs/independent.c), by address, as the plugin tests/peers/sharedlines.c saw it. One instruction is one tick, so that a
timer's interrupt is rare; a line counts from RATE touches an operation on, which leaves such interrupts out."""
import collections
import dataclasses
import pathlib

import guest
import places
import regions
import run
from bench_profile import Symbols
from console import BUILD, Stop

PROGRAM = BUILD / "programs" / "independent"
PLUGIN = BUILD / "sharedlines.so"
OPERATIONS = {"call": 2000, "fault": 500, "pipe": 1000, "fork": 300, "file": 1000, "open": 1000}
ALSO = {"loop": 300, "common_pipe": 300}  # What needs no system, and what is not independent: how that looks.
PROCESSORS = 2
RATE = 0.05
LIMIT_SECONDS = 300
FUNCTIONS = 3


def in_order(sources):
    """file:3, file:12 and file:5 as one word: file:3,5,12."""
    files = collections.defaultdict(set)
    for path, _, line in (source.partition(":") for source in sources if source):
        files[path].add(int(line))
    return " ".join(f"{path}:{','.join(map(str, sorted(lines)))}" for path, lines in files.items())


@dataclasses.dataclass
class Side:
    """What one processor did to a line: stores, loads per operation, masks of bytes, {instruction: touches}."""
    stores: float
    loads: float
    stored: int
    loaded: int
    places: dict

    @property
    def touches(self):
        return self.stores + self.loads


@dataclasses.dataclass
class Line:
    address: int
    sides: list

    @property
    def counts(self):
        """One processor writes it and the other touches it, each at least RATE times an operation."""
        return any(a.stores >= RATE and b.touches >= RATE for a, b in (self.sides, self.sides[::-1]))

    @property
    def same_bytes(self):
        """Some byte that one processor writes is touched by the other: no matter of layout."""
        return any(a.stored & (b.stored | b.loaded) for a, b in (self.sides, self.sides[::-1]))

    @property
    def written(self):
        return self.sides[0].stored | self.sides[1].stored

    @property
    def bytes(self):
        return self.written | self.sides[0].loaded | self.sides[1].loaded

    def functions(self, written):
        """[(function, share of the touches, lines of source)], the most frequent first. written: places.of."""
        found, lines = collections.Counter(), collections.defaultdict(set)
        for side in self.sides:
            for place, touches in side.places.items():
                function, source = written[place]
                found[function] += touches
                lines[function].add(source)
        return [(name, touches / found.total(), in_order(lines[name])) for name, touches in found.most_common()]


@dataclasses.dataclass
class Window:
    operations: int
    touches: list          # Of each processor, an operation.
    lines: list            # All that one wrote and the other touched.

    @property
    def shared(self):
        return sorted((line for line in self.lines if line.counts), key=lambda line: -sum(side.touches for side in line.sides))

    @property
    def rare(self):
        return [line for line in self.lines if not line.counts]


def side(words, operations):
    places = (place.split(":") for place in words[4].split(",") if place)
    return Side(int(words[0]) / operations, int(words[1]) / operations, int(words[2], 16), int(words[3], 16),
                {int(place, 16): int(touches) for place, touches in places})


def windows(text):
    """What the plugin wrote: {label: Window}."""
    found = {}
    for words in (line.split("\t") for line in text.splitlines()):
        if words[0] == "#":
            n = int(words[2])
            found[words[1]] = Window(n, [int(words[3]) / n, int(words[4]) / n], [])
        else:
            n = int(words[1])
            found[words[0]].lines.append(Line(int(words[2], 16), [side(words[3:8], n), side(words[8:13], n)]))
    return found


def chosen(words):
    known = {**OPERATIONS, **ALSO}
    if unknown := [word for word in words if word not in known]:
        raise Stop(f"bench: nothing called '{unknown[0]}' is done by independent processes ({' '.join(known)})")
    return {what: known[what] for what in words or OPERATIONS}


def boot(preset, script, limit, **settings):
    """(what the script printed, what a plugin wrote). settings: of the machine."""
    archive = guest.command_archive(["/bin/sh", "-ec", script])
    archive.file("root/independent", PROGRAM.read_bytes(), 0o755)
    found, _ = run.OPTIONS.parse([f"--preset={preset}", f"--smp={PROCESSORS}"])
    printed = bytearray()
    with guest.workspace() as folder:
        machine = run.prepare(found, folder, archive)
        for name, value in settings.items():
            setattr(machine, name, value)
        verdict = guest.run(machine, limit, printed.extend)
        text = printed.decode(errors="replace")
        if verdict.why or verdict.status:
            raise Stop(f"{preset}: {text}{verdict.report() if verdict.why else f'status {verdict.status}'}", 1)
        written = pathlib.Path(f"{machine.log}.plugin")
        return text, written.read_text() if written.exists() else ""


def measure(preset, wanted):
    """{what: Window}"""
    script = "\n".join(f"/independent {what} {operations} {PROCESSORS}" for what, operations in wanted.items())
    return windows(boot(preset, script, LIMIT_SECONDS, count=True, plugin=str(PLUGIN))[1])


def sums(lines):
    stores, loads = (sum(getattr(side, kind) for line in lines for side in line.sides) / PROCESSORS for kind in ("stores", "loads"))
    return f"{stores:.2f} stores and {loads:.2f} loads an operation"


def page(preset, what, window, symbols, written, most):
    """The lines of text about one window."""
    count = len(window.shared)
    yield (f"{what} in {preset}: {count} shared written line{'s' if count != 1 else ''} ({window.operations:,} operations on each of two "
           f"processors, {window.touches[0]:,.0f} and {window.touches[1]:,.0f} accesses an operation)")
    if count:
        where = collections.Counter(regions.region(line.address, symbols.services)[0] for line in window.shared)
        yield f"  {', '.join(f'{name} {lines}' for name, lines in where.most_common())}; {sums(window.shared)} on them"
    for line in window.shared[:most]:
        numbers = "".join(f"{side.stores:9.2f}{side.loads:9.2f}" for side in line.sides)
        yield f"  {line.address:016x} {numbers}  {'same' if line.same_bytes else 'other'} bytes  {regions.name(line, symbols)[:200]}"
        for function, share, source in line.functions(written)[:FUNCTIONS]:
            yield f"{'':19}{100 * share:5.0f} %  {function[:70]}  {source}"
    if count > most:
        yield f"  ... and {count - most} more (--lines)"
    if window.rare:
        yield f"  more rarely, by one processor at least: {len(window.rare)} lines; {sums(window.rare)}"


HEAD = f"""Cache lines of the nucleus and the services that one of two processors writes and the other touches, while a process on each
does the same; counted from {RATE} times an operation on, on both processors, so that timer interrupts do not show. Columns: address;
of each processor stores and loads an operation; whether some byte that one writes is touched by the other ("other bytes": only the
line is shared); what is there; which functions touch it. The processor's own accesses (page walks, descriptors) are not seen."""


def shared(words, presets, most):
    wanted = chosen(words)
    print(HEAD)
    for preset in presets:
        symbols, found = Symbols(preset), measure(preset, wanted)
        for what in wanted:
            written = places.of({place for line in found[what].shared for side in line.sides for place in side.places}, preset)
            print(*page(preset, what, found[what], symbols, written, most), sep="\n")
    return 0
