"""hostile.py PRESET KIND COUNT SEED: hostile input from programs. No panic, no hang, and no memory lost.

mutants: damaged ELF files are executed. syscalls: random system calls from an unprivileged process."""
import re

import system

LIMIT_SECONDS = {"mutants": 500, "syscalls": 500}
LONG_LIMIT_SECONDS = 20_000
LEAK_ALLOWED_KIB = 4096  # Caches may have grown; a leak of one page in a hundred calls would show.


def mutants(preset, count, seed, limit):
    text = system.boot_well(preset, ["/tests/elf_mutants", count, seed, "/tests/limit"], smp=2, limit=limit)
    system.expect(f"mutants {count}\n" in text, text)
    return text


def syscalls(preset, count, seed, limit):
    shell = f"/tests/syscall_fuzz 2000 99 >/dev/null; /tests/syscall_fuzz {count} {seed} && ls / >/dev/null && echo usable"
    text = system.boot_well(preset, ["/bin/sh", "-c", shell], smp=2, limit=limit)
    memory = re.search(r"free KiB before (-?\d+) after (-?\d+)", text)
    system.expect(memory and text.endswith("usable\n"), text)
    before, after = map(int, memory.groups())
    system.expect(before - after <= LEAK_ALLOWED_KIB, f"{before - after} KiB are gone\n{text}")
    return text


def test(preset, kind, count, seed):
    limit = LONG_LIMIT_SECONDS if int(count) > 500_000 else LIMIT_SECONDS[kind]
    print({"mutants": mutants, "syscalls": syscalls}[kind](preset, count, seed, limit))


system.main(test)
