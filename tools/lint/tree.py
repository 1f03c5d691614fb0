"""What the rules look at: source files by path, and built images by name. Examples for self-tests are made by hand."""
import dataclasses
import os
import re
import struct

CODE = (".cpp", ".hpp", ".h", ".c", ".S", ".ld", ".def")
SKIPPED = {".git", "build", ".cache", "__pycache__", "cache"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.DOTALL)


@dataclasses.dataclass
class Image:
    """A built file: its symbols (mangled), and the bytes in each section."""
    symbols: list
    sections: dict


@dataclasses.dataclass
class Tree:
    files: dict                                             # path -> text
    images: dict = dataclasses.field(default_factory=dict)  # name -> Image

    def code(self, *folders):
        """(path, text) of code below the folders, without tests and what only they include; all rooms when none is named."""
        support = self.test_support()
        for path, text in sorted(self.files.items()):
            if path.endswith(CODE) and not is_test(path) and path not in support and (not folders or path.split("/")[0] in folders):
                yield path, text

    def test_support(self):
        """Headers that tests include and nobody else does."""
        by_tests, by_others = set(), set()
        for path, text in self.files.items():
            if path.endswith(CODE):
                (by_tests if is_test(path) else by_others).update(INCLUDE.findall(text))
        return {path for path in by_tests - by_others if path.endswith(".hpp")}


def is_test(path):
    """Tests beside what they test, and what stands in for hardware or peers in them."""
    return re.search(r"_(test|fuzz)\.(cpp|hpp)$|/(fake|test)_\w+\.(cpp|hpp)$|^tests/", path) is not None


def without_comments(text):
    """The same lines, with comments blanked and strings kept."""
    return COMMENT.sub(lambda m: m.group(1) or "\n" * m.group(0).count("\n"), text)


def guest_part(text):
    """Without what stands between #ifdef HINGE_HOST (or #if) and its #else or #endif."""
    return re.sub(r"^#if(?:def)? HINGE_HOST\n.*?^(?=#else|#endif)", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.MULTILINE | re.DOTALL)


def lines_of_code(text):
    return sum(1 for line in without_comments(text).split("\n") if line.strip())


def read_image(data):
    """Symbols and section sizes of an ELF64 file, by the System V ABI's section header table."""
    table, = struct.unpack_from("<Q", data, 0x28)
    entry_bytes, count, names_index = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * entry_bytes) for i in range(count)]

    def text(start):
        return data[start:data.index(b"\0", start)].decode(errors="replace")

    names = headers[names_index][4]
    sections, symbols = {}, []
    for header in headers:
        sections[text(names + header[0])] = header[5]
        if header[1] == 2:  # SHT_SYMTAB
            strings = headers[header[6]][4]
            for at in range(header[4], header[4] + header[5], 24):
                symbols.append(text(strings + struct.unpack_from("<I", data, at)[0]))
    return Image([symbol for symbol in symbols if symbol], sections)


def load(root, build):
    tree = Tree({})
    for folder, names, found in os.walk(root):
        names[:] = sorted(name for name in names if name not in SKIPPED)
        for name in found:
            path = os.path.join(folder, name)
            try:
                with open(path, encoding="utf-8") as file:
                    tree.files[os.path.relpath(path, root)] = file.read()
            except (UnicodeDecodeError, FileNotFoundError):
                continue  # Data, or a link to nowhere.
    for path in sorted(build.glob("*.elf")):
        tree.images[path.name] = read_image(path.read_bytes())
    return tree
