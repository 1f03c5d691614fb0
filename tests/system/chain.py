"""chain.py PROCESSORS [WORD...]: preset chain, with more words for the kernel's command line. A caller is resumed when a domain
in the middle of its chain dies or its deadline passes, what it had called finishes as an orphan, and a call that hangs ends its
domain by name (services/chain says what must hold in each case)."""
import re
import time

import system
from system import guest

LIMIT_SECONDS = 60
CASES = ["answered-in-time", "deadline-of-a-wait", "the-wait-was-cancelled", "deadline-of-work", "the-orphan-finished", "deadline-inherited",
         "the-orphans-finished", "death-in-the-middle", "below-the-dead", "death-above-a-wait", "grants-are-revoked", "hang-of-work",
         "hang-of-sleep"]
DEATHS = [("middle", "page fault"), ("middle_by_buffer", "page fault"), ("spins", "hang"), ("sleeps", "hang")]


def run(processors, line):
    def until_done(process):
        end = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and time.monotonic() < end:
            if re.search(r"chain all \w+|does not start|PANIC", guest.read_log(machine)):
                break
            time.sleep(0.2)
        process.kill()

    with guest.workspace() as folder:
        options, _ = system.run.OPTIONS.parse([f"--smp={processors}"])
        machine = system.run.prepare(options, folder, guest.Archive())
        machine.command_line = line
        return guest.run(machine, LIMIT_SECONDS, lambda block: None, until_done)


def test(processors, *words):
    verdict = run(int(processors), " ".join(["preset=chain", *words]))
    held = re.findall(r"chain ([\w-]+) holds", verdict.log)
    died = re.findall(r"fault: service (\w+) died: (page fault|hang)", verdict.log)
    system.expect(held == CASES and "chain all hold" in verdict.log and died == DEATHS and "PANIC" not in verdict.log,
                  f"held {held}, died {died}\n{verdict.report()}")
    print("\n".join(re.findall(r"^.*chain .*", verdict.log, re.M)))


system.main(test)
