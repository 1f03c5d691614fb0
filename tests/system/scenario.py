"""scenario.py PRESET PROCESSORS [mover|killer] [NAME|KEY=VALUE...]: one boot runs all scenarios, or those named; each transcript must
be what Linux printed. KEY=VALUE goes to the kernel command line: preempt=SEED forces switches at every way out of the
nucleus. With `mover`, a service that can move does so every 200 ms of guest time (tests/moves/shake.sh); with
`killer`, one that restarts is killed every 300 ms (tests/restarts/killer.sh)."""
import system
from system import scenarios

LIMIT_SECONDS = 540
BESIDE = {"mover": "/moves/shake.sh", "killer": "/restarts/killer.sh"}


def test(preset, processors, *words):
    append = " ".join(word for word in words if "=" in word)
    wanted = [word for word in words if "=" not in word and word not in BESIDE] or scenarios.names()
    beside = [BESIDE[word] for word in words if word in BESIDE]
    verdict, output = system.boot(preset, [*beside, "/scenarios/all", *wanted], smp=int(processors), limit=LIMIT_SECONDS, append=append)
    found = scenarios.transcripts(output)
    bad = 0
    for name in wanted:
        lines = scenarios.difference(name, found[name]) if name in found else ["did not come to its end"]
        bad += bool(lines)
        print(f"{'fails' if lines else 'equal'}: {name}")
        for line in lines[:40]:
            print(f"    {line}")
    if verdict.why:
        print(output.decode(errors="backslashreplace")[-2000:])
    system.expect(not verdict.why, verdict.report())
    system.expect(not bad, f"{bad} of {len(wanted)} scenarios differ from Linux in {preset} with {processors} processors")
    print(f"{len(wanted)} scenarios as on Linux, {verdict.seconds:.0f} s")


system.main(test)
