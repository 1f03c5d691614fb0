#!/usr/bin/env python3
"""Makes boot.img: placement as a flat image (abi/boot_image.hpp), then a cpio archive of services, presets and the root.

usage: make_boot_image.py --output FILE --placement ELF --busybox FILE --root FOLDER [--presets FOLDER]
                          [--service NAME=ELF]... [--program NAME=FILE]...
The same inputs give the same bytes.
"""
import argparse
import pathlib
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "cli"))
from archive import Archive  # noqa: E402
from elf_file import ElfFile  # noqa: E402

PAGE = 4096
FLAT_MAGIC = 0x31304C50474E4948
MAX_SEGMENTS = 8
FLAT_HEADER, FLAT_SEGMENT = struct.Struct("<5QII"), struct.Struct("<4QII")
PLACEMENT_BASE = 0xFFFF_A000_0000_0000  # layout::slot_base(0)
ENTRY = "placement_main"
EMPTY_FOLDERS = {"dev": 0o755, "proc": 0o555, "sys": 0o555, "root": 0o700, "mnt": 0o755, "home": 0o755,
                 "var/tmp": 0o1777, "tmp": 0o1777}


def padded(data):
    return data + b"\0" * (-len(data) % PAGE)


def flat(elf):
    """Placement, relocated for slot 0, by pages."""
    segments = elf.segments()
    if len(segments) > MAX_SEGMENTS:
        raise SystemExit(f"{elf.path}: {len(segments)} segments, the format has room for {MAX_SEGMENTS}")
    memory = elf.relocated(PLACEMENT_BASE)
    table, body, offset = b"", b"", PAGE
    for s in segments:
        content = padded(bytes(memory[s.address:s.address + s.file_bytes]))
        table += FLAT_SEGMENT.pack(offset, s.file_bytes, s.address, s.memory_bytes + -s.memory_bytes % PAGE, s.protection, 0)
        body += content
        offset += len(content)
    last = segments[-1]
    end = last.address + last.memory_bytes + -last.memory_bytes % PAGE
    header = FLAT_HEADER.pack(FLAT_MAGIC, offset, end, 0, elf.symbol(ENTRY), len(segments), 0)
    return padded(header + table) + body


def add_busybox(archive, busybox):
    archive.file("root/bin/busybox", busybox.read_bytes(), 0o755)
    applets = subprocess.run([busybox, "--list-full"], capture_output=True, text=True, check=True).stdout.split()
    for path in sorted(applets):
        if path not in ("linuxrc", "sbin/init", "bin/busybox"):
            archive.link(f"root/{path}", "/bin/busybox")


def add_root(archive, folder, busybox, programs):
    for name, mode in EMPTY_FOLDERS.items():
        archive.folder(f"root/{name}", mode)
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        archive.file(f"root/{file.relative_to(folder)}", file.read_bytes(), 0o600 if file.name == "shadow" else 0o644)
    add_busybox(archive, busybox)
    # Below /run, which is a tmpfs whatever the root is.
    for name, file in programs:
        archive.file(f"root/run/hinge/{name}", file.read_bytes(), 0o755)
        archive.link(f"root/sbin/{name}", f"/run/hinge/{name}")


def pair(text):
    name, _, path = text.partition("=")
    return name, pathlib.Path(path)


def main():
    parser = argparse.ArgumentParser()
    for option in ("output", "placement", "busybox", "root", "presets"):
        parser.add_argument(f"--{option}", type=pathlib.Path, required=True)
    parser.add_argument("--service", type=pair, action="append", default=[])
    parser.add_argument("--program", type=pair, action="append", default=[])
    given = parser.parse_args()
    archive = Archive()
    for name, path in sorted(given.service):
        archive.file(f"boot/services/{name}.elf", ElfFile(path).loaded_part())
    for preset in sorted(given.presets.glob("*.place")):
        archive.file(f"boot/presets/{preset.name}", preset.read_bytes())
    add_root(archive, given.root, given.busybox, sorted(given.program))
    given.output.write_bytes(flat(ElfFile(given.placement)) + archive.bytes())


if __name__ == "__main__":
    main()
