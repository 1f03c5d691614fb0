"""processor_time.py PRESET: what `time` prints of a loop in the shell and of a copy by single bytes, and what /proc/stat
makes of both. Counted instructions, so that the numbers do not depend on the machine the test runs on."""
import re

import system

COMMAND = """time sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'
time dd if=/dev/zero of=/dev/null bs=1 count=600000
head -1 /proc/stat"""


def test(preset):
    text = system.boot_well(preset, ["/bin/sh", "-c", f"exec 2>&1; {COMMAND}"], count=True)
    times = [tuple(60 * float(m) + float(s) for m, s in re.findall(r"(?:real|user|sys)\s+(\d+)m ([\d.]+)s", part))
             for part in text.split("real")[1:] for part in ["real" + part]]
    (loop, loop_user, loop_system), (copy, copy_user, copy_system) = times
    system.expect(loop_user > 0.9 * loop and loop_system < 0.1 * loop, f"a loop is the program's own time\n{text}")
    system.expect(copy_system > copy_user > 0, f"a copy by bytes is mostly the system's\n{text}")
    system.expect(0.9 * copy < copy_user + copy_system <= copy + 0.02, f"the parts are not the whole\n{text}")
    user, _, kernel = map(int, re.search(r"cpu +(\d+) (\d+) (\d+)", text).groups())
    system.expect(abs(user / 100 - loop_user - copy_user) < 0.2, f"/proc/stat: user {user}\n{text}")
    system.expect(abs(kernel / 100 - loop_system - copy_system) < 0.3, f"/proc/stat: system {kernel}\n{text}")
    print(text)


system.main(test)
