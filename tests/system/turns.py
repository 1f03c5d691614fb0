"""turns.py PRESET PROCESSORS: who runs when (services/turns). Instructions are counted, on one processor and on several.

A thread of low priority holds a lock, others of medium priority want all processors, one of high priority wants the lock: it
must get it before the first of the others is done, and not much later than the owner's own work takes. Then workers with a
budget of 20 ms in 100 ms: each gets its share, also the one that uses 50 ms at a time and owes most of it."""
import re
import time

import system
from system import guest

LIMIT_SECONDS = 150
LONGEST_WAIT_US = 60_000  # 40 ms are what the owner does with the lock.


def run(preset, processors):
    """The log, up to its last line or the limit."""
    def until_done(process):
        end = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and time.monotonic() < end:
            if len(re.findall(r"turns \w+ share", guest.read_log(machine))) == 2:
                break
            time.sleep(0.2)
        process.kill()

    with guest.workspace() as folder:
        options, _ = system.run.OPTIONS.parse([f"--smp={processors}"])
        machine = system.run.prepare(options, folder, guest.Archive())
        machine.count = True
        machine.command_line = f"preset={preset}"
        return guest.run(machine, LIMIT_SECONDS, lambda block: None, until_done)


def test(preset, processors):
    verdict = run(preset, int(processors))
    lines = re.findall(r"turns (.*)", verdict.log)
    print("\n".join(lines))
    high = next((i for i, line in enumerate(lines) if line.startswith("high waited")), None)
    system.expect(high is not None and "medium done" in lines[high:], f"the lock came late\n{verdict.report()}")
    system.expect("medium done" not in lines[:high], f"priorities were inverted\n{verdict.report()}")
    if int(processors) == 1:
        waited = int(lines[high].split()[2])
        system.expect(1_000 < waited < LONGEST_WAIT_US, f"high waited {waited} us\n{verdict.report()}")
    shares = dict(re.findall(r"(\w+) share (\d+) of 1000", "\n".join(lines)))
    system.expect(set(shares) == {"spender", "debtor"}, f"shares: {shares}\n{verdict.report()}")
    for role, share in shares.items():
        system.expect(190 <= int(share) <= 210, f"{role} had {share} thousandths of the time, 200 are due")


system.main(test)
