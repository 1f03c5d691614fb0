"""memory_out.py PRESET: memory runs out; the process that has most of it is killed by name, the one that asked goes on."""
import system


def test(preset):
    text = system.boot_well(preset, ["/bin/sh", "-c", "/tests/memory_out && dmesg | grep 'out of memory'"], limit=100, memory=256)
    system.expect("the small one lives" in text and "(memory_out) is killed" in text, text)
    print(text.strip())


system.main(test)
