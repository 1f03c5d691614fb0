"""stress.py PRESET PROCESSORS [SECONDS] [NAME...]: stress-ng's stressors of Debian's package, SECONDS each (5), one instance: all
that Linux passed in the same emulator (tests/stress/linux.txt), or those named. Prints a table of what became of each. Those in
tests/stress/not_there.txt need what is not there, by the reason beside them; one that passes all the same is to be taken off
that list. A batch shares a boot; one that hangs ends it, and the others go on in the next. PRESET `linux` records what Linux
makes of them, with SECONDS and names given."""
import re
import time

import system
from system import ROOT, scenarios

import image

FOLDER = ROOT / "tests" / "stress"
LINUX, NOT_THERE = FOLDER / "linux.txt", FOLDER / "not_there.txt"
PACKAGES = ["stress-ng", "procps"]
FRAME = re.compile(r"^=== begin (\S+)\n(.*?)^=== end \1, status (\d+)\n", re.MULTILINE | re.DOTALL)
BATCH, LIMIT_SECONDS, STUCK_SECONDS = 10, 1200, 90
AFTERWARDS = "1000\n1\n1\n1\n"


def outcomes(text):
    """{name: (word, what it printed)} of those that came to their end. `passes`: it ended well, verified, and did something."""
    found = {}
    for name, printed, status in FRAME.findall(text.replace("\r", "")):
        operations = re.search(rf"^stress-ng: metrc: \[\d+\] {name} +(\d+) ", printed, re.MULTILINE)
        if name == "afterwards":
            word = "passes" if printed == AFTERWARDS and status == "0" else "fails"
        elif status != "0":
            word = {"3": "skipped", "4": "skipped"}.get(status, "fails")
        else:
            word = "passes" if operations and int(operations[1]) else "idle"
        found[name] = word, printed
    return found


def recorded():
    """{name: outcome} on Linux."""
    return dict(line.split() for line in LINUX.read_text().splitlines()) if LINUX.exists() else {}


def not_there():
    """{name: what it needs that is not there}."""
    return dict(line.split(maxsplit=1) for line in NOT_THERE.read_text().splitlines())


def command(seconds, names):
    return ["/usr/bin/env", f"SECONDS_EACH={seconds}", "sh", "/run/hinge/stress/all", *names]


def files():
    return [("stress/all", (FOLDER / "all").read_bytes(), 0o755)]


def record(processors, seconds, names, disk):
    text = scenarios.run_in_image(disk, files(), command(seconds, names), processors)
    found = outcomes(text.decode(errors="replace"))
    known = recorded() | {name: word for name, (word, _) in found.items() if name != "afterwards"}
    LINUX.write_text("".join(f"{name} {known[name]}\n" for name in sorted(known)))


def end_when_stuck(seconds):
    """For system.boot: ends the emulator when a stressor is overdue by far, though the guest has a limit of its own for each."""
    def beside(process, machine, output):
        ended, since = -1, time.monotonic()
        while process.poll() is None:
            if (now := output.count(b"=== end ")) != ended:
                ended, since = now, time.monotonic()
            elif time.monotonic() - since > seconds + STUCK_SECONDS:
                return process.kill()
            time.sleep(0.5)
    return beside


def run_batch(preset, processors, seconds, names, disk):
    """(outcomes, why the boot ended early or nothing)."""
    verdict, output = system.boot(preset, command(seconds, names), smp=processors, image=disk, files=files(), limit=LIMIT_SECONDS,
                                  beside=end_when_stuck(seconds))
    return outcomes(output.decode(errors="replace")), verdict.report() if verdict.why else ""


def show(name, word, printed, missing):
    print(f"{name:<16} {word}{f', needs {missing}' if missing else ''}", flush=True)
    if word != "passes" and not missing:
        print("".join(f"    {line}\n" for line in printed.splitlines()[-12:]), end="")


def run_all(preset, processors, seconds, names, disk):
    """Batch by batch, what is behind one that hangs in the next; {name: word}, and why boots ended early."""
    words, reasons, left, missing = {}, [], list(names), not_there()
    while left:
        batch = left[:BATCH]
        found, why = run_batch(preset, processors, seconds, batch, disk)
        ended = [name for name in batch if name in found]
        if len(ended) < len(batch):
            found[batch[len(ended)]] = "hangs", why
        for name, (word, printed) in found.items():
            words[name] = word if words.get(name, "passes") == "passes" else words[name]
            show(name, word, printed, missing.get(name))
        if why:
            reasons.append(why)
        left = left[len(ended) + 1 if len(ended) < len(batch) else len(batch):]
    return words, reasons


def test(preset, processors, *words):
    seconds = int(words[0]) if words and words[0].isdigit() else 5
    named = [word for word in words if not word.isdigit()]
    names = named or [name for name, word in recorded().items() if word == "passes"]
    disk = image.image(PACKAGES)
    if preset == "linux":
        return record(int(processors), seconds, names, disk)
    found, reasons = run_all(preset, int(processors), seconds, names, disk)
    missing = not_there()
    bad = sorted(name for name, word in found.items() if word != "passes" and name not in missing)
    passed = sum(word == "passes" for name, word in found.items() if name in names)
    print(f"{passed} of {len(names)} stressors that Linux passes pass in {preset} with {processors} processors, {seconds} s each")
    system.expect(not bad and not reasons, f"they do worse than on Linux: {' '.join(bad)}")
    system.expect(not (late := [name for name in missing if found.get(name) == "passes"]), f"not missing any more: {' '.join(late)}")


system.main(test)
