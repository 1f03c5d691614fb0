"""memory_out.py PRESET: memory runs out. Who fills it with files hears that there is no space, nobody dies, and it comes
back with the files. Of programs the one that has most of it is killed by name, the one that asked goes on."""
import system

FILL = """for f in 1 2; do dd if=/dev/zero of=/tmp/$f bs=1M count=1000 2>&1 | grep -o 'No space left on device'; done
seq 1 30000 | sort -rn | head -n 1; rm /tmp/?; awk '/MemFree/ {print ($2 > 200000) ? "it is back" : $0}' /proc/meminfo
head -c 50000000 /dev/zero >/tmp/1 && rm /tmp/1 && echo 'and is of use'
dmesg | grep 'out of memory'
"""


def test(preset):
    text = system.boot_well(preset, ["/bin/sh", "-c", f"{FILL}/tests/memory_out && dmesg | grep 'out of memory'"], limit=100, memory=256)
    full, programs = text[:(end := text.index("and is of use\n") + 14)], text[end:]
    system.expect(full.splitlines() == ["No space left on device"] * 2 + ["30000", "it is back", "and is of use"], text)
    system.expect(programs.count("is killed") == 1 and "the small one lives" in programs and "(memory_out) is killed" in programs, text)
    print(text.strip())


system.main(test)
