"""./hinge bench shared: which written cache lines two processors share while independent processes do the same on both
(tests/programs/independent.c), by address, as the plugin tests/peers/sharedlines.c saw it. One instruction is one tick, so that a
timer's interrupt is rare."""
import collections
import pathlib

import guest
import places
import regions
import run
from bench_profile import Symbols
from console import BUILD, Stop
from shared_lines import RATE, windows

PROGRAM = BUILD / "programs" / "independent"
PLUGIN = BUILD / "sharedlines.so"
OPERATIONS = {"call": 2000, "fault": 500, "pipe": 1000, "fork": 300, "file": 1000, "open": 1000}
ALSO = {"loop": 300, "common_pipe": 300}  # What needs no system, and what is not independent: how that looks.
PROCESSORS = 2
DISTURBED = 1  # Accesses of an idle processor, an operation: less is its timer.
LIMIT_SECONDS = 300
FUNCTIONS, SMALLEST_SHARE = 3, 0.02


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
    """{what: Window}, and of one process while the other processor is idle {"what alone": Window}."""
    script = "\n".join(f"/independent {what} {operations} {number}" for what, operations in wanted.items() for number in (1, PROCESSORS))
    return windows(boot(preset, script, LIMIT_SECONDS, count=True, plugin=str(PLUGIN))[1])


def sums(lines):
    stores, loads = (sum(getattr(side, kind) for line in lines for side in line.sides) / PROCESSORS for kind in ("stores", "loads"))
    return f"{stores:.2f} stores and {loads:.2f} loads an operation"


def row(line, symbols, written):
    numbers = "".join(f"{side.stores:9.2f}{side.loads:9.2f}" for side in line.sides)
    yield f"  {line.address:016x} {numbers}  {'same' if line.same_bytes else 'other'} bytes  {regions.name(line, symbols)[:200]}"
    for function, share, source in line.functions(written)[:FUNCTIONS]:
        if share >= SMALLEST_SHARE:
            yield f"{'':19}{100 * share:5.0f} %  {function[:70]}  {source}"


def visitors(window, written):
    """The functions in which the second processor touches lines of both, most first."""
    found = collections.Counter()
    for line in window.lines:
        for place, touches in line.sides[1].places.items():
            found[written[place][0]] += touches
    return [name for name, _ in found.most_common(FUNCTIONS)]


def page(preset, what, window, alone, symbols, written, most):
    """The lines of text about one window, and the one of a process alone."""
    count = len(window.shared)
    yield (f"{what} in {preset}: {count} shared written line{'s' if count != 1 else ''} ({window.operations:,} operations on each of two "
           f"processors, {window.touches[0]:,.0f} and {window.touches[1]:,.0f} accesses an operation)")
    if count:
        where = collections.Counter(regions.region(line.address, symbols.services)[0] for line in window.shared)
        yield f"  {', '.join(f'{name} {lines}' for name, lines in where.most_common())}; {sums(window.shared)} on them"
    for line in window.shared[:most]:
        yield from row(line, symbols, written)
    if count > most:
        yield f"  ... and {count - most} more (--lines)"
    if window.rare:
        yield f"  more rarely, by one processor at least: {len(window.rare)} lines; {sums(window.rare)}"
    if alone.touches[1] >= DISTURBED:
        yield (f"  a process alone: the idle processor makes {alone.touches[1]:,.1f} accesses an operation; "
               f"of them to lines of both in {', '.join(visitors(alone, written))}")


HEAD = f"""Cache lines of the nucleus and the services that one of two processors writes and the other touches, while a process on each
does the same; counted from {RATE} times an operation on, on both processors, so that timer interrupts do not show. Columns: address;
of each processor stores and loads an operation; whether some byte that one writes is touched by the other ("other bytes": only the
line is shared); what is there. Below, which functions touch it. Where a process alone makes the idle processor work, that is said.
The processor's own accesses (page walks, descriptors) are not seen."""


def shared(words, presets, most):
    wanted = chosen(words)
    print(HEAD)
    for preset in presets:
        symbols, found = Symbols(preset), measure(preset, wanted)
        for what in wanted:
            window, alone = found[what], found[f"{what} alone"]
            written = places.of({place for line in window.shared + alone.lines for side in line.sides for place in side.places}, preset)
            print(*page(preset, what, window, alone, symbols, written, most), sep="\n")
    return 0
