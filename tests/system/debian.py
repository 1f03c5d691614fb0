"""debian.py PRESET PROCESSORS [NAME...]: Debian's programs on the default image, by the scenarios in tests/debian, all or those
named; each transcript must be what Linux printed on the same image."""
import system
from system import scenarios

import image

LIMIT_SECONDS, LIMIT_OF_SOME = 2900, 280


def test(preset, processors, *words):
    wanted = words or scenarios.names(scenarios.DEBIAN)
    verdict, output = system.boot(preset, ["/usr/bin/env", "LIMIT=900", "sh", "/run/hinge/debian/all", *wanted], smp=int(processors), limit=LIMIT_OF_SOME if words else LIMIT_SECONDS,
                                  image=image.image(image.DEFAULT), files=scenarios.program_files())
    system.expect_linux_transcripts(wanted, verdict, output, f"{preset} with {processors} processors", scenarios.DEBIAN)


system.main(test)
