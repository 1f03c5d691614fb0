"""boot.py PRESET PROCESSORS: boots, runs a command, hands over input, output and status, powers off and restarts."""
import re

import system
from system import guest


def test(preset, processors):
    smp = int(processors)
    text = system.boot_well(preset, ["/bin/sh", "-c", "uname -a; ls -l /; ps; nproc"], smp=smp)
    system.expect(re.search(r"^Linux \S+ \S+ .* x86_64", text, re.MULTILINE), f"uname -a: {text}")
    system.expect(re.search(r"^d.* bin$", text, re.MULTILINE), f"ls -l /: {text}")
    system.expect(re.search(r"^ *PID ", text, re.MULTILINE), f"ps: {text}")
    system.expect(text.split()[-1] == processors, f"nproc says {text.split()[-1]}")
    data = bytes(range(256)) * 1000
    verdict, output = system.boot(preset, ["/bin/cat"], standard_input=data)
    system.expect(output == data, f"{len(data)} bytes went in, {len(output)} came out{' changed' * (len(data) == len(output))}\n{verdict.report()}")
    for command, status in [(["/bin/sh", "-c", "exit 37"], 37), (["/bin/sh", "-c", "kill -9 $$"], 137), (["/nowhere"], 127)]:
        verdict, output = system.boot(preset, command)
        system.expect(verdict.status == status and not verdict.why, f"{command}: status {verdict.status}\n{verdict.report()}")
    verdict, _ = system.boot(preset, ["/bin/sleep", "1000"], limit=15)
    system.expect(verdict.status == guest.TIMED_OUT, f"a command that does not end: status {verdict.status}\n{verdict.report()}")
    for way in ("poweroff", "reboot"):
        verdict, _ = system.boot(preset, ["/bin/sh", "-c", f"{way} -f; sleep 60"], smp=smp, limit=60)
        system.expect(verdict.status == guest.DIED and "emulator status 0" in verdict.why, f"{way}: {verdict.report()}")
    print(f"{preset} boots, runs commands and ends, with {processors} processors")


system.main(test)
