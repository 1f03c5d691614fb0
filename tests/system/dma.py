"""dma.py SIDE PROCESSORS confined|trusted|descriptors: QEMU's edu device, its driver on one side, and what a device reaches. With an
IOMMU a driver that misuses the device changes nothing: the pattern that the device writes is nowhere in the machine's memory,
the nucleus' text is that of its file, and what was refused is reported with the driver's name. Without one the same misuse
gets through, and `hinge ls` says that the service is trusted. `descriptors`: virtio_blk tells its disk, behind an IOMMU, to put
what it reads over the nucleus; not a byte arrives there, the driver dies of its silent disk, and its next life reads the same
right: who reads sees nothing of it."""
import hashlib
import mmap
import pathlib
import re
import struct
import tempfile
import time

import system
from monitor import Monitor
from system import guest, run

SIDES = {"mono": "place * kernel\n", "micro": "place * apart\n"}
READY = b"ready\n"
SCRIPT = """while ! hinge log | grep -q "edu check [df][oa][ni]"; do sleep 1; done
hinge ls; cat /sys/hinge/service/edu/dma_faults; echo ready; sleep 60"""
LIMIT_SECONDS = 100
MIB = 1 << 20
DESCRIPTORS_SCRIPT = """echo before $(dd if=/dev/vda bs=64k count=4 2>/dev/null | md5sum)
hinge fault virtio_blk wild-dma; echo meanwhile $(dd if=/dev/vda bs=64k skip=32 count=4 2>/dev/null | md5sum)
hinge ls; cat /sys/hinge/service/virtio_blk/dma_faults
hinge kill virtio_blk; echo after $(dd if=/dev/vda bs=64k skip=8 count=4 2>/dev/null | md5sum); echo ready; sleep 60"""
PATTERN_BYTES, CHUNK = 512, 32
WRITES, READS, MISUSES = 16, 1, 3
NUCLEUS, LOAD, EXECUTE = 0xFFFF_FFFF_8000_0000, 1, 1


def pattern():
    """As services/edu_check makes it."""
    state, words = 0x9E3779B97F4A7C15, []
    for _ in range(PATTERN_BYTES // 8):
        state ^= state << 13 & (1 << 64) - 1
        state ^= state >> 7
        state ^= state << 17 & (1 << 64) - 1
        words.append(state)
    return struct.pack(f"<{len(words)}Q", *words)


def nucleus_segments():
    """(flags, physical address, bytes of the file, bytes in memory) of each segment of the nucleus. ELF-64: gabi, chapter 5."""
    data = run.build.NUCLEUS.read_bytes()
    offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    for at in range(offset, offset + size * count, size):
        kind, flags, begin, address, _, length, in_memory = struct.unpack_from("<IIQQQQQ", data, at)
        if kind == LOAD and address >= NUCLEUS:
            yield flags, address - NUCLEUS, data[begin:begin + length], in_memory


def nucleus_text():
    return [(address, text) for flags, address, text, _ in nucleus_segments() if flags & EXECUTE]


def nucleus_end():
    return max(address + in_memory for _, address, _, in_memory in nucleus_segments())


def look(dump):
    """(pieces of the pattern found, whether the nucleus is as it was) in a dump of all memory."""
    with open(dump, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        wanted = pattern()
        found = [hex(memory.find(wanted[at:at + CHUNK])) for at in range(0, PATTERN_BYTES, CHUNK) if memory.find(wanted[at:at + CHUNK]) >= 0]
        return found, all(memory[at:at + len(text)] == text for at, text in nucleus_text())


def boot(side, words, script, prepare):
    """Boots with options and a script that says ready; prepare(machine). What look() finds then, the output, the log."""
    seen = {}

    def beside(process):
        end = time.monotonic() + LIMIT_SECONDS
        while READY not in output and process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        if READY in output:
            monitor = Monitor(machine.monitor)
            monitor.ask("stop")
            dump = machine.log.parent / "memory"
            monitor.ask("pmemsave", val=0, size=machine.memory_mib << 20, filename=str(dump))
            seen["pattern"], seen["nucleus"] = look(dump)
        process.kill()

    output = bytearray()
    with guest.workspace() as folder:
        placement = folder / "placement"
        placement.write_text("include edu.place\n" + SIDES[side])
        found, _ = run.OPTIONS.parse([f"--placement={placement}", "--mem=256", "--no-image", *words])
        machine = run.prepare(found, folder, guest.command_archive(["/bin/sh", "-c", script]))
        machine.monitor = folder / "monitor"
        prepare(machine)
        verdict = guest.run(machine, LIMIT_SECONDS, output.extend, beside)
    system.expect(seen, f"never ready: {output.decode(errors='replace')}\n{verdict.report()}")
    return seen, output.decode(), verdict.log


def descriptors(side, processors):
    with tempfile.NamedTemporaryFile() as disk:
        # The pattern is where only the misled driver reads.
        disk.write(b"one" * (2 * MIB // 3 + 1))
        disk.seek(2 * MIB)
        disk.write(pattern() * (2 * MIB // PATTERN_BYTES))
        disk.flush()
        seen, output, log = boot(side, [f"--smp={processors}", "--iommu", f"--drive={disk.name}", "--append=root=tmpfs"], DESCRIPTORS_SCRIPT, lambda machine: None)
        parts = [pathlib.Path(disk.name).read_bytes()[at:at + MIB // 4] for at in (0, 2 * MIB, MIB // 2)]
    report = f"{output}\n{seen}\n{log}"
    for when, data in zip(("before", "meanwhile", "after"), parts):
        system.expect(f"{when} {hashlib.md5(data).hexdigest()} -" in output, report)
    line = next(line for line in output.splitlines() if line.startswith("virtio_blk "))
    faults = int(next(line for line in output.splitlines() if line.isdecimal()))
    # What was read lies in the reader's memory, and nowhere in the nucleus' own, at which the disk was misled to begin.
    system.expect(all(int(at, 16) >= nucleus_end() for at in seen["pattern"]) and seen["nucleus"] and line.endswith(" confined") and faults > 0, report)
    system.expect(re.search("dma: write of device .* refused, driver virtio_blk: ", log) and "virtio_blk is back after hang" in log, report)
    print(f"{side}, {processors} processors: a misled disk changed nothing, {faults} accesses refused")


def test(side, processors, which):
    if which == "descriptors":
        return descriptors(side, processors)
    confined = which == "confined"

    def add_edu(machine):
        machine.extra = ["-device", "edu,dma_mask=0xffffffff"]

    seen, output, log = boot(side, [f"--smp={processors}"] + ["--iommu"] * confined, SCRIPT, add_edu)
    report = f"{output}\n{seen}\n{log}"
    system.expect("10! is 3628800" in log and f"{PATTERN_BYTES} of {PATTERN_BYTES} bytes came back" in log and "edu check done" in log, report)
    changed = [int(n) for n in re.findall(r"misuse \d changed (\d+) bytes", log)]
    refused = re.findall(r"dma: (\w+) of device \S+ refused, driver edu: ", log)
    line = next(line for line in output.splitlines() if line.startswith("edu "))
    faults = int(output.split()[output.split().index("ready") - 1])
    if confined:
        system.expect(changed == [0] * MISUSES and seen["pattern"] == [] and seen["nucleus"], report)
        system.expect(line.endswith(" confined") and refused and faults >= WRITES + READS + MISUSES, report)
    else:
        system.expect(changed and all(n > PATTERN_BYTES // 2 for n in changed), report)
        system.expect(line.endswith("trusted for DMA") and not refused and faults == 0, report)
    print(f"{side}, {processors} processors, {which}: misuse changed {changed} bytes, {faults} accesses refused")


system.main(test)
