"""leaks.py PRESET PROCESSORS ROUNDS [SCENARIO...]: Debian's programs by the scenarios in tests/debian, all or those named, so many
times in one boot: after the last round each service holds as many capabilities as after the one before, the personality's
heap no more blocks of any size, and as much memory is free. `leaks.py PRESET PROCESSORS cycles N`: the same of three rounds
of N times fork and exec.

What a first round leaves behind is no leak: tables grow to what was in use at once. Nor are slabs that lie in pieces: memory is
counted in frames, so that it may differ by a few where blocks do not. Nor are activations: a processor keeps those that were
given back on it, so that a portal makes more, up to its limit, when its callers wander between processors."""
import re

import system
from system import ROOT, scenarios

import image

HOLDS = re.compile(r"^holds (\d+) (\S+) (\d+) (\d+) (\d+)$", re.MULTILINE)
BLOCKS = re.compile(r"^heap (\d+) (\d+|large) (\d+) \d+$", re.MULTILINE)
LIMIT_SECONDS = 5900
MOST_KIB, ACTIVATION_KIB = 64, 52  # Of the machine: slabs in pieces, what the last round has left pending. Two stacks, their guard's tables.


def holdings(text):
    """{(round, service): (bytes, capabilities, activations)}; `free` is in KiB."""
    return {(int(round), name): tuple(map(int, numbers)) for round, name, *numbers in HOLDS.findall(text)}


def blocks_grown(text, rounds):
    """What the last round has left in the personality's heap, size by size, as text."""
    blocks = {(int(round), size): int(count) for round, size, count in BLOCKS.findall(text)}
    sizes = [size for round, size in blocks if round == rounds]
    system.expect(len(sizes) > 20, "the heap's blocks are not told")
    return ", ".join(f"{blocks[rounds, size] - blocks[rounds - 1, size]} of {size} bytes" for size in sizes
                     if blocks[rounds, size] > blocks[rounds - 1, size])


def compare(text, rounds):
    held = holdings(text)
    names = sorted({name for _, name in held})
    system.expect((rounds, "free") in held, f"not to its end:\n{text[-3000:]}")
    for name in names:
        print(f"{name:<12}" + "".join(f" {held[number, name][0]:>12,}" for number in range(1, rounds + 1)))
    before, after = ({name: held[number, name] for name in names} for number in (rounds - 1, rounds))
    grown = [name for name in names if after[name][1] > before[name][1]]
    system.expect(not grown, f"more capabilities than before: {' '.join(grown)}")
    left = blocks_grown(text, rounds)
    system.expect(not left, f"the personality's heap has more blocks than before: {left}")
    activations = sum(after[name][2] - before[name][2] for name in names)
    lost = before["free"][0] - after["free"][0] - ACTIVATION_KIB * max(activations, 0)
    system.expect(lost <= MOST_KIB, f"{lost} KiB are gone, beside {activations} more activations")
    print(f"no more capabilities and blocks than a round before; {lost} KiB less are free, beside {activations} more activations")


def test(preset, processors, rounds, *words):
    files = [*scenarios.program_files(), ("leaks/rounds", (ROOT / "tests" / "leaks" / "rounds").read_bytes(), 0o755)]
    if rounds == "cycles":
        rounds, program = "3", "tests/osbench"
        files.append((program, (scenarios.PROGRAMS / "osbench").read_bytes(), 0o755))
        cycles = f"n=0; while [ $n -lt {words[0]} ]; do /run/hinge/{program} --exit-at-once; n=$((n + 1)); done"
        command = ["/run/hinge/leaks/rounds", rounds, "/bin/sh", "-c", cycles]
    else:
        wanted = words or scenarios.names(scenarios.DEBIAN)
        command = ["/usr/bin/env", "LIMIT=900", "/run/hinge/leaks/rounds", rounds, "sh", "/run/hinge/debian/all", *wanted]
    text = system.boot_well(preset, command, smp=int(processors), image=image.image(image.DEFAULT), files=files, limit=LIMIT_SECONDS)
    compare(text, int(rounds))


system.main(test)
