"""Writes cpio archives in the newc format, which the boot image is made of; several may follow each other."""
import os

REGULAR, FOLDER, LINK = 0o100000, 0o040000, 0o120000


class Archive:
    """Collects entries; bytes() is the finished archive, padded to 512 bytes. Owner is root, time is fixed."""

    def __init__(self):
        self._parts, self._inode, self._folders = [], 0, set()

    def _entry(self, name, mode, data=b"", links=1):
        self._inode += 1
        name_bytes = name.encode() + b"\0"
        fields = [self._inode, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name_bytes), 0]
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        for block in (header + name_bytes, data):
            self._parts.append(block + b"\0" * (-len(block) % 4))

    def folder(self, name, mode=0o755):
        """A directory and those above it."""
        if not name or name in self._folders:
            return
        self.folder(os.path.dirname(name))
        self._folders.add(name)
        self._entry(name, FOLDER | mode, links=2)

    def file(self, name, data, mode=0o644):
        self.folder(os.path.dirname(name))
        self._entry(name, REGULAR | mode, data)

    def link(self, name, target):
        self.folder(os.path.dirname(name))
        self._entry(name, LINK | 0o777, target.encode())

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        whole = b"".join(self._parts)
        return whole + b"\0" * (-len(whole) % 512)
