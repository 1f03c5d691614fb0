"""hostile_service.py PROCESSORS SEED...: preset hostile, odd seeds with the preemption fuzzer. A malicious user-side
service attacks the nucleus and its neighbours (services/hostile); every attack must leave a line that says so, in a system
that stays well."""
import re
import time

import system
from system import guest

LIMIT_SECONDS = 60
ATTACKS = ["registers", "flags", "calls", "replies", "long-replies", "natives", "unmap", "sse", "single-step"]
DEATHS = ["breaks_sse", "breaks_step"]


def run(processors, line):
    """The log up to the last line, or to the limit."""
    def until_done(process):
        end = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and time.monotonic() < end:
            if re.search(r"hostile all survived|BROKE|does not start|PANIC", guest.read_log(machine)):
                break
            time.sleep(0.2)
        process.kill()

    with guest.workspace() as folder:
        options, _ = system.run.OPTIONS.parse([f"--smp={processors}"])
        machine = system.run.prepare(options, folder, guest.Archive())
        machine.command_line = line
        return guest.run(machine, LIMIT_SECONDS, lambda block: None, until_done)


def test(processors, *seeds):
    for seed in seeds:
        verdict = run(int(processors), f"preset=hostile seed={seed}" + f" preempt={seed}" * (int(seed) % 2))
        survived = re.findall(r"hostile ([\w-]+) survived", verdict.log)
        died = re.findall(r"fault: service (\w+) died", verdict.log)
        system.expect("PANIC" not in verdict.log and survived == [*ATTACKS, "all"] and died == DEATHS,
                      f"seed {seed}: survived {survived}, died {died}\n{verdict.report()}")
        print(f"seed {seed}, {processors} processors: {verdict.seconds:.0f} s")
        print("\n".join(re.findall(r"^.*hostile .*", verdict.log, re.M)))


system.main(test)
