"""What the system tests share: boot a preset with a command, get its output and how it ended. Each boot has its limit, and
all of a test's end before ctest's (HINGE_TEST_SECONDS); at the limit the emulator is killed by its process id and its log
is shown."""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "cli"))

import guest  # noqa: E402
import run  # noqa: E402
import scenarios  # noqa: E402
from console import BUILD, ROOT  # noqa: E402, F401


TO_REPORT_SECONDS = 15
END = time.monotonic() + float(os.environ.get("HINGE_TEST_SECONDS", "inf")) - TO_REPORT_SECONDS


class Failure(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


def boot(preset, command, smp=1, limit=120, standard_input=None, files=True, append="", beside=None, count=False, image=None,
         drives=(), memory=1024, writable=False, extra=()):
    """(verdict, output). Our scripts and programs lie in /scenarios and /tests, or what `files` gives, unless it is False;
    with an image as root, below /run/hinge. `extra`: more words for the emulator."""
    archive = guest.command_archive(command, standard_input)
    if files:
        for name, data, mode in scenarios.guest_files() if files is True else files:
            archive.file(f"root/run/hinge/{name}" if image else f"root/{name}", data, mode)
    found, _ = run.OPTIONS.parse([f"--preset={preset}", f"--smp={smp}", f"--append={append}", f"--mem={memory}"] + ["--count"] * count)
    found["image"] = image
    found["writable"] = writable
    found["drive"] = list(drives)
    output = bytearray()
    limit = min(limit, END - time.monotonic())
    with guest.workspace() as folder:
        machine = run.prepare(found, folder, archive)
        machine.extra += extra
        if beside:
            machine.monitor = folder / "monitor"
        verdict = guest.run(machine, limit, output.extend, (lambda process: beside(process, machine, output)) if beside else None)
    return verdict, bytes(output)


def boot_well(preset, command, **options):
    """The output of a command that has to end with status 0 in a system that stays well."""
    verdict, output = boot(preset, command, **options)
    text = output.decode(errors="backslashreplace")
    expect(not verdict.why, f"{verdict.report()}\n--- output ---\n{text}")
    expect(verdict.status == 0, f"status {verdict.status}\n{text}\n{verdict.report()}")
    return text


def expect_linux_transcripts(wanted, verdict, output, where, *folder):
    """Each of the scenarios (of that folder) printed what it prints on Linux. `where`: how they ran, for the message."""
    found = scenarios.transcripts(output)
    bad = 0
    for name in wanted:
        lines = scenarios.difference(name, found[name], *folder) if name in found else ["did not come to its end"]
        bad += bool(lines)
        print(f"{'fails' if lines else 'equal'}: {name}")
        for line in lines[:60]:
            print(f"    {line}")
    if verdict.why:
        print(output.decode(errors="backslashreplace")[-3000:])
    expect(not verdict.why, verdict.report())
    expect(not bad, f"{bad} of {len(wanted)} scenarios differ from Linux in {where}")
    print(f"{len(wanted)} scenarios as on Linux, {verdict.seconds:.0f} s")


def main(test):
    """Runs test(*arguments of the command line); exit 1 with the reason when it fails."""
    try:
        test(*sys.argv[1:])
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
