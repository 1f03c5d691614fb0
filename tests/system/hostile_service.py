"""hostile_service.py PROCESSORS SEED...: preset hostile, odd seeds with the preemption fuzzer. A malicious user-side
service attacks the nucleus and its neighbours (services/hostile); every attack must leave a line that says so, in a system
that stays well."""
import re

import services_only
import system

ATTACKS = ["registers", "flags", "calls", "replies", "long-replies", "natives", "unmap", "portals", "sse", "single-step"]
DEATHS = ["breaks_sse", "breaks_step"]


def test(processors, *seeds):
    for seed in seeds:
        verdict = services_only.run(int(processors), f"preset=hostile seed={seed}" + f" preempt={seed}" * (int(seed) % 2), "hostile all survived|BROKE")
        survived = re.findall(r"hostile ([\w-]+) survived", verdict.log)
        died = re.findall(r"fault: service (\w+) died", verdict.log)
        system.expect("PANIC" not in verdict.log and survived == [*ATTACKS, "all"] and died == DEATHS,
                      f"seed {seed}: survived {survived}, died {died}\n{verdict.report()}")
        print(f"seed {seed}, {processors} processors: {verdict.seconds:.0f} s")
        print("\n".join(re.findall(r"^.*hostile .*", verdict.log, re.M)))


system.main(test)
