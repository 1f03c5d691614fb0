"""Disk images with partition tables around file systems, for tests: GPT (UEFI specification 2.10, section 5.3), and the
master boot record with a logical partition."""
import binascii
import struct
import uuid

SECTOR, ALIGNMENT = 512, 1 << 20
LINUX = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4").bytes_le
ENTRIES, ENTRY_BYTES = 128, 128


def _laid_out(contents):
    """(first sector, sectors) of each, aligned, with a free mebibyte before each and behind the last; and the disk."""
    places, at = [], 0
    for content in contents:
        at += ALIGNMENT
        places.append((at // SECTOR, len(content) // SECTOR))
        at += len(content) + -len(content) % ALIGNMENT
    disk = bytearray(at + ALIGNMENT)
    for (first, _), content in zip(places, contents):
        disk[first * SECTOR:first * SECTOR + len(content)] = content
    return places, disk


def _boot_record(disk, sector, entries):
    for index, (kind, first, sectors) in enumerate(entries):
        struct.pack_into("<4sB3sII", disk, sector * SECTOR + 446 + 16 * index, b"", kind, b"", first, min(sectors, 0xFFFFFFFF))
    disk[sector * SECTOR + 510:sector * SECTOR + 512] = b"\x55\xaa"


def mbr(primary, logical):
    """Partition 1 holds the one, partition 5 the other."""
    (first, sectors), (inner, inner_sectors) = (places := _laid_out([primary, logical]))[0]
    disk, link = places[1], inner - 2048 // 2
    _boot_record(disk, 0, [(0x83, first, sectors), (0x05, link, inner + inner_sectors - link)])
    _boot_record(disk, link, [(0x83, inner - link, inner_sectors)])
    return bytes(disk)


def gpt(contents, spoil_first=False):
    """Partitions 1, 2... With spoil_first only the backup is good."""
    places, disk = _laid_out(contents)
    last = len(disk) // SECTOR - 1
    table = b"".join(struct.pack("<16s16sQQQ72s", LINUX, bytes([index + 1] * 16), first, first + sectors - 1, 0, b"")
                     for index, (first, sectors) in enumerate(places)).ljust(ENTRIES * ENTRY_BYTES, b"\0")
    _boot_record(disk, 0, [(0xEE, 1, last)])
    for own, other, entries in ((1, last, 2), (last, 1, last - len(table) // SECTOR)):
        header = [b"EFI PART", 0x10000, 92, 0, 0, own, other, 34, last - 34, bytes([7] * 16), entries, ENTRIES, ENTRY_BYTES, binascii.crc32(table)]
        form = "<8sIIIIQQQQ16sQIII"
        header[3] = binascii.crc32(struct.pack(form, *header))
        disk[own * SECTOR:own * SECTOR + 92] = struct.pack(form, *header)
        disk[entries * SECTOR:entries * SECTOR + len(table)] = table
    if spoil_first:
        disk[SECTOR + 60] ^= 1
    return bytes(disk)
