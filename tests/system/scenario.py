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
    system.expect_linux_transcripts(wanted, verdict, output, f"{preset} with {processors} processors")


system.main(test)
