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
    found = scenarios.transcripts(output)
    bad = 0
    for name in wanted:
        lines = scenarios.difference(name, found[name], scenarios.DEBIAN) if name in found else ["did not come to its end"]
        bad += bool(lines)
        print(f"{'fails' if lines else 'equal'}: {name}")
        for line in lines[:60]:
            print(f"    {line}")
    if verdict.why:
        print(output.decode(errors="backslashreplace")[-3000:])
    system.expect(not verdict.why, verdict.report())
    system.expect(not bad, f"{bad} of {len(wanted)} programs differ from Linux in {preset} with {processors} processors")
    print(f"{len(wanted)} scenarios as on Linux, {verdict.seconds:.0f} s")


system.main(test)
