"""debian.py PRESET PROCESSORS [mover|killer] [NAME...]: Debian's programs on the default image, by the scenarios in tests/debian, all
or those named; each transcript must be what Linux printed on the same image. With `mover` or `killer` beside them, as in
scenario.py."""
import re

import system
from system import scenarios

import image

LIMIT_SECONDS, LIMIT_OF_SOME = 2900, 280
BESIDE = {"mover": "/run/hinge/moves/shake.sh", "killer": "/run/hinge/restarts/killer.sh"}


def test(preset, processors, *words):
    named = [word for word in words if word not in BESIDE]
    wanted = named or scenarios.names(scenarios.DEBIAN)
    beside = [word for path in (BESIDE[word] for word in words if word in BESIDE) for word in ("sh", path)]
    verdict, output = system.boot(preset, ["/usr/bin/env", "LIMIT=900", *beside, "sh", "/run/hinge/debian/all", *wanted], smp=int(processors),
                                  limit=LIMIT_OF_SOME if named else LIMIT_SECONDS, image=image.image(image.DEFAULT), files=scenarios.program_files())
    if beside:
        times = re.search(r"(?:end|turn): (\d+) times", verdict.log)
        system.expect(times and int(times[1]) > 0, f"nothing happened beside them\n{verdict.report()}")
        print(f"{times[1]} times beside them")
    system.expect_linux_transcripts(wanted, verdict, output, f"{preset} with {processors} processors", scenarios.DEBIAN)


system.main(test)
