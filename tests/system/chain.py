"""chain.py PROCESSORS [WORD...]: preset chain, with more words for the kernel's command line. A caller is resumed when a domain
in the middle of its chain dies or its deadline passes, what it had called finishes as an orphan, and a call that hangs ends its
domain by name (services/chain says what must hold in each case)."""
import re

import services_only
import system

CASES = ["answered-in-time", "deadline-of-a-wait", "the-wait-was-cancelled", "deadline-of-work", "the-orphan-finished", "deadline-inherited",
         "the-orphans-finished", "death-in-the-middle", "below-the-dead", "death-above-a-wait", "grants-are-revoked", "hang-of-work",
         "hang-of-sleep"]
DEATHS = [("middle", "page fault"), ("middle_by_buffer", "page fault"), ("spins", "hang"), ("sleeps", "hang")]


def test(processors, *words):
    verdict = services_only.run(int(processors), " ".join(["preset=chain", *words]), r"chain all \w+")
    held = re.findall(r"chain ([\w-]+) holds", verdict.log)
    died = re.findall(r"fault: service (\w+) died: (page fault|hang)", verdict.log)
    system.expect(held == CASES and "chain all hold" in verdict.log and died == DEATHS and "PANIC" not in verdict.log,
                  f"held {held}, died {died}\n{verdict.report()}")
    print("\n".join(re.findall(r"^.*chain .*", verdict.log, re.M)))


system.main(test)
