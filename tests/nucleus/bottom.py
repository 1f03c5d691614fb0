#!/usr/bin/env python3
"""bottom.py IMAGE [--long]: boots the bottom of the nucleus (bottom.cpp) on the machines it must come up on.

Every processor model, memory size and number of CPUs; then the ways to end: panic, kernel stack overflow, lock-up.
"""
import re
import subprocess
import sys
import tempfile

LIMIT_SECONDS = 60
HELD, PANICKED = 1, 171  # QEMU's status for 0 and 0x55 written to the exit port.
USUAL = "qemu64,+smep,+smap,+umip,+fsgsbase,+rdrand"
COUNT = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]


class Failed(Exception):
    pass


def boot(image, append="", cpu=USUAL, memory=1024, smp=1, more=()):
    """Runs it to its end; returns (status, log)."""
    with tempfile.NamedTemporaryFile(mode="r", errors="replace") as log:
        command = ["qemu-system-x86_64", "-machine", "q35", "-cpu", cpu, "-m", str(memory), "-smp", str(smp), "-kernel", image,
                   "-append", append, "-display", "none", "-serial", "none", "-no-reboot", "-debugcon", f"file:{log.name}",
                   "-device", "isa-debug-exit,iobase=0xf4", *more]
        try:
            status = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT_SECONDS).returncode
        except subprocess.TimeoutExpired:
            status = f"still running after {LIMIT_SECONDS} s"
        return status, log.read()


def expect(condition, what, log):
    if not condition:
        raise Failed(f"{what}\n{log}")


def comes_up(image, **machine):
    status, log = boot(image, **machine)
    expect(status == HELD and "all checks held" in log, f"{machine}: status {status}", log)
    print(f"comes up: {machine}")


def panics(image, append, pattern, smp=1):
    status, log = boot(image, append=append, smp=smp)
    expect(status == PANICKED, f"{append}: status {status}", log)
    expect(re.search(pattern, log, re.DOTALL), f"{append}: not found: {pattern}", log)
    print(f"panics: {append}, {smp} CPUs")


def main():
    image, long = sys.argv[1], "--long" in sys.argv
    for cpu in ("qemu64", "max", USUAL):
        for smp in (1, 2, 4, 8) if long else (1, 4):
            comes_up(image, cpu=cpu, smp=smp)
    for memory in (64, 2048, 3072, 8192) if long else (64, 8192):
        comes_up(image, memory=memory, smp=2)
    comes_up(image, more=COUNT)
    comes_up(image, more=["-machine", "hpet=off"])
    panics(image, "panic", r"PANIC on CPU 0: asked for.*nucleus: hinge::nucleus::nucleus_main\+.*CPU 2 stopped.*nucleus_main_ap", smp=3)
    panics(image, "overflow", r"PANIC on CPU 0: kernel stack overflow.*overflow_stack")
    for smp in (1, 3) if long else (3,):
        panics(image, "lockup", rf"CPU {smp - 1} is locked up.*nucleus: hinge::nucleus::nucleus_main", smp=smp)


if __name__ == "__main__":
    try:
        main()
    except Failed as e:
        sys.exit(str(e))
