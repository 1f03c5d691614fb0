"""move_undone.py PRESET: a service with a call inside that does not end cannot be moved: past its drain limit it stays where it
was, says why, and goes on serving. `hinge ls -v` shows that too."""
import re

import system

COMMAND = """
hinge fault tmpfs loop &
for i in $(seq 300); do [ "$(awk '{ print $14 + $15 }' /proc/$!/stat)" -gt 5 ] && break; sleep 0.1; done  # ticks of 10 ms: it loops
hinge move tmpfs elsewhere && echo it moved
echo served >/tmp/file && cat /tmp/file
cat /sys/hinge/service/tmpfs/last_move
hinge ls -v
"""


def test(preset):
    text = system.boot_well(preset, ["/bin/sh", "-c", COMMAND], smp=2, limit=90)
    system.expect(re.search(r"^tmpfs stays in \w+: still inside after 1000 ms: 1 by portal, 0 directly$", text, re.MULTILINE), text)
    for line in ("served", "outcome timed_out"):
        system.expect(line in text.splitlines(), f"'{line}' is missing:\n{text}")
    details = text[text.index("\ntmpfs\n"):]
    system.expect(re.search(r"^  moves      1, the last: tmpfs stays in", details, re.MULTILINE), details)
    system.expect(re.search(r"^  restarts   0; 0 of 5 deaths in 10 s, back-off of the next: none$", details, re.MULTILINE), details)
    system.expect("it moved" not in text, text)
    print(f"a move that cannot drain is undone in {preset}")


system.main(test)
