"""What QEMU's driver blklogwrites has recorded of a disk, in the format of Linux' dm-log-writes, and what a disk with a
volatile cache could hold had the power gone at some moment: all that was written before the last flush that had ended, and
of what came later each sector or not, whatever the order; of two writes of one sector never the older one over the newer.

A write is recorded when it has ended and before the guest hears of it, a flush likewise. So what a flush covers lies before
it; a write that was still under way when the flush began may do so, too, and is then kept where a real disk could lose it."""
import dataclasses
import struct

SECTOR = 512
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4


@dataclasses.dataclass(frozen=True)
class Entry:
    offset: int
    data: memoryview
    flags: int


def options(disk, log):
    """QEMU's options for a virtio disk with such a record."""
    name = f"logged-{disk.name}"
    return ["-blockdev", f"driver=blklogwrites,node-name={name},file.driver=file,file.filename={disk},file.cache.no-flush=on,"
                         f"log.driver=file,log.filename={log},log.cache.no-flush=on",
            "-device", f"virtio-blk-pci,drive={name},disable-legacy=on,serial={name},write-cache=on"]


def entries(path):
    """All up to the last flush."""
    whole = memoryview(path.read_bytes())
    magic, version, count, sector = struct.unpack_from("<QQQI", whole)
    if (magic, version, sector) != (MAGIC, 1, SECTOR):
        raise ValueError(f"{path}: not a record of writes")
    found, at = [], SECTOR
    for _ in range(count):
        first, sectors, flags, _ = struct.unpack_from("<QQQQ", whole, at)
        at += SECTOR
        if flags & DISCARD:
            raise ValueError("a discard, which may be half done")
        found.append(Entry(first * SECTOR, whole[at:at + sectors * SECTOR], flags))
        at += sectors * SECTOR
    return found


class Disk:
    """Goes through the record, forward only. Sectors of `whole`, a range of bytes, are not torn apart."""

    def __init__(self, content, record, whole=range(0)):
        self._safe, self._record, self._whole, self._applied = bytearray(content), record, whole, 0

    def cut(self, position, random):
        """The disk when the power goes behind the first `position` entries."""
        flushed = max((i + 1 for i in range(self._applied, position) if self._record[i].flags & FLUSH), default=self._applied)
        for entry in self._record[self._applied:flushed]:
            self._safe[entry.offset:entry.offset + len(entry.data)] = entry.data
        self._applied = flushed
        disk = bytearray(self._safe)
        kept = random.randrange(5)  # Of four sectors, from none to all.
        for entry in self._record[flushed:position]:
            all_of_whole = random.randrange(4) < kept
            for at in range(0, len(entry.data), SECTOR):
                if entry.flags & FUA or (all_of_whole if entry.offset + at in self._whole else random.randrange(4) < kept):
                    disk[entry.offset + at:entry.offset + at + SECTOR] = entry.data[at:at + SECTOR]
        return disk
