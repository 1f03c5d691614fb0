"""Reads the ELF64 files our own linker made, as far as the boot image needs them. placement/elf_image.cpp is the reader
that trusts nothing; this one runs at build time and stops at the first surprise."""
import dataclasses
import struct

LOAD, SYMBOLS, RELA_SECTION, RELATIVE = 1, 2, 4, 8
HEADER, PROGRAM, SECTION = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ"), struct.Struct("<IIQQQQIIQQ")
SYMBOL, RELA = struct.Struct("<IBBHQQ"), struct.Struct("<QQq")
HEADER_SECTION_FIELDS = ((40, 8), (60, 4))  # e_shoff; e_shnum and e_shstrndx


@dataclasses.dataclass
class Segment:
    address: int
    offset: int
    file_bytes: int
    memory_bytes: int
    protection: int  # Protection bits of abi/native.hpp: read 1, write 2, execute 4


class ElfFile:
    def __init__(self, path):
        self.path, self._data = path, path.read_bytes()
        header = HEADER.unpack_from(self._data)
        if header[0][:6] != b"\x7fELF\2\1":
            raise SystemExit(f"{path}: not an ELF64 file")
        self._program_offset, self._section_offset = header[5], header[6]
        self._program_count, self._section_count = header[10], header[12]

    def _programs(self):
        return [PROGRAM.unpack_from(self._data, self._program_offset + i * PROGRAM.size) for i in range(self._program_count)]

    def _sections(self):
        return [SECTION.unpack_from(self._data, self._section_offset + i * SECTION.size) for i in range(self._section_count)]

    def segments(self):
        found = []
        for kind, flags, offset, address, _, file_bytes, memory_bytes, _ in self._programs():
            if kind == LOAD and memory_bytes:
                protection = (flags >> 2 & 1) | (flags & 2) | (flags & 1) << 2
                found.append(Segment(address, offset, file_bytes, memory_bytes, protection))
        return found

    def relocated(self, base):
        """The memory image from address 0 on, with every relocation applied for `base`."""
        segments = self.segments()
        memory = bytearray(max(s.address + s.memory_bytes for s in segments))
        for s in segments:
            memory[s.address:s.address + s.file_bytes] = self._data[s.offset:s.offset + s.file_bytes]
        for _, kind, _, _, offset, size, *_ in self._sections():
            if kind != RELA_SECTION:
                continue
            for where, info, addend in RELA.iter_unpack(self._data[offset:offset + size]):
                if info != RELATIVE:
                    raise SystemExit(f"{self.path}: a relocation of kind {info & 0xFFFFFFFF}")
                struct.pack_into("<Q", memory, where, base + addend)
        return memory

    def symbol(self, name):
        wanted = name.encode()
        sections = self._sections()
        for _, kind, _, _, offset, size, link, *_ in sections:
            if kind != SYMBOLS:
                continue
            names = sections[link][4]
            for name_at, _, _, _, value, _ in SYMBOL.iter_unpack(self._data[offset:offset + size]):
                if self._data[names + name_at:names + name_at + len(wanted) + 1] == wanted + b"\0":
                    return value
        raise SystemExit(f"{self.path}: no symbol {name}")

    def loaded_part(self):
        """The file without what is never loaded: sections, symbols, debug information."""
        end = max(s.offset + s.file_bytes for s in self.segments())
        part = bytearray(self._data[:end])
        for at, size in HEADER_SECTION_FIELDS:
            part[at:at + size] = bytes(size)
        return bytes(part)
