"""disks.py PRESET PROCESSORS|price: the disk driver by itself, on the sides that the preset says, with services/disk_check
above it: random extents read from three drives give the checksums of the host's files; a read-only drive refuses writes and
stays as it was; what was written and flushed is in the file. `price`: what reads cost instead, and not more than they may."""
import re
import time
import zlib

import system
import bench_columns  # Where system has looked.
import bench_peers
from system import guest, run

SIDES = {"mono": "place * kernel\n", "micro": "place * apart\n", "hybrid": "place * kernel\nplace platform apart\nplace virtio_blk apart\n"}
LIMIT_SECONDS = 60
BUDGET = {"read_4096": 6_000, "read_65536": 13_000, "read_524288": 60_000}  # Instructions, the wait included.
MIB = 1 << 20
WORD = (1 << 64) - 1
MAX_EXTENTS, MAX_BYTES, PAGE, BLOCK, REQUESTS = 14, 512 * 1024, 4096, 512, 60


def drive_bytes(number, size):
    """Eight bytes that tell drive and place, over and over."""
    return b"".join((number << 56 | at * 0x9E3779B1).to_bytes(8, "little") for at in range(size // 8))


class Random:
    """xorshift64*, as in services/disk_check."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        s = self.state
        s ^= s >> 12
        s = (s ^ s << 25) & WORD
        s ^= s >> 27
        self.state = s
        return (s * 0x2545F4914F6CDD1D & WORD) // (1 << 33) % limit


def reads(unit, blocks):
    """Ranges of bytes in the order in which the checker reads them."""
    random = Random(unit + 1)
    for _ in range(REQUESTS):
        count = 1 + random.below(MAX_EXTENTS)
        most = MAX_BYTES // BLOCK // count
        for _ in range(count):
            length = 1 + random.below(min(most, blocks))
            first = random.below(blocks - length + 1)
            yield first * BLOCK, (first + length) * BLOCK
        random.below(PAGE // 4)


def checksum(unit, data):
    value, total = 1, 0
    for begin, end in reads(unit, len(data) // BLOCK):
        value = zlib.adler32(data[begin:end], value)
        total += end - begin
    return total, value


def written(unit, data):
    expected = bytearray(data)
    for at in range(0, len(data), MIB):
        expected[at:at + BLOCK] = bytes((at // MIB * 7 + i * 3 + unit) & 255 for i in range(BLOCK))
    return bytes(expected)


def boot(preset, processors, drives, price=False):
    """The nucleus' log; with `price` what the plugin counted."""

    def until_done(process):
        end = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and time.monotonic() < end and "disk check done" not in guest.read_log(machine):
            time.sleep(0.1)
        process.terminate()
        process.wait(10)

    with guest.workspace() as folder:
        placement = folder / "placement"
        placement.write_text("include disks.place\n" + SIDES[preset])
        words = [f"--placement={placement}", f"--smp={processors}", f"--append={'price' if price else ''}"]
        words += [f"--drive={drive}" for drive in drives]
        found, _ = run.OPTIONS.parse(words)
        machine = run.prepare(found, folder, run.Archive())
        if price:
            machine.plugin = str(bench_peers.PLUGIN)
        guest.run(machine, LIMIT_SECONDS, lambda block: None, until_done)
        log = guest.read_log(machine)
        system.expect("disk check done" in log, log)
        return bench_columns.windows((folder / "log.plugin").read_text()) if price else log


def price_reads(preset):
    with guest.workspace() as folder:
        drive = folder / "drive"
        drive.write_bytes(bytes(MIB))
        found = boot(preset, 1, [drive], price=True)
    for name, most in BUDGET.items():
        took = found[name].instructions
        print(f"{preset}: {name} takes {took:.0f} instructions, {found[name]['cr3']:.1f} address-space switches")
        system.expect(took <= most, f"{most} allowed")


def test(preset, processors):
    if processors == "price":
        return price_reads(preset)
    sizes = [8 * MIB, 3 * MIB + 5 * BLOCK, 40 * BLOCK]
    contents = [drive_bytes(number, size) for number, size in enumerate(sizes)]
    with guest.workspace() as folder:
        drives = [folder / f"drive{number}" for number in range(len(sizes))]
        for drive, content in zip(drives, contents):
            drive.write_bytes(content)
        drives[1].chmod(0o444)
        log = boot(preset, int(processors), drives)
        after = [drive.read_bytes() for drive in drives]
    for unit, content in enumerate(contents):
        total, value = checksum(unit, content)
        system.expect(f"disk {unit}: read {total} bytes, checksum {value:x}" in log, f"drive {unit}: not checksum {value:x}\n{log}")
    refused = re.findall(r"disk (\d): write refused: (\w+)", log)
    system.expect(refused == [("1", "read_only")], f"{refused}\n{log}")
    system.expect(after == [written(0, contents[0]), contents[1], written(2, contents[2])], f"the files are not what was written\n{log}")
    print(f"{preset}, {processors} processors: three drives read and written")


system.main(test)
