#!/usr/bin/env python3
"""Writes an image's function names as an assembly file for its .symbols section (nucleus/debug/symbols.hpp).

usage: symbols.py --nm NM --base ADDRESS IMAGE OUTPUT
"""
import argparse
import struct
import subprocess

MAGIC = 0x4D595348
HEADER, ENTRY = struct.Struct("<4I"), struct.Struct("<2I")


def without_arguments(name):
    """void hinge::f<int>(A<(B)1> const&) -> hinge::f<int>: a backtrace is read, not linked."""
    name = name.replace("(anonymous namespace)::", "")
    if "operator" in name:
        return name
    depth = begin = 0
    for i, c in enumerate(name):
        if c == "<":
            depth += 1
        elif c == ">":
            depth -= 1
        elif c == " " and depth == 0:
            begin = i + 1
        elif c == "(" and depth == 0 and i > 0:
            return name[begin:i]
    return name[begin:]


def functions(nm, image, base):
    """(offset, name) of each function, ascending; of several at one address the first."""
    text = subprocess.run([nm, "-nC", "--defined-only", image], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in text.splitlines():
        address, kind, name = line.split(" ", 2)
        if kind in "tTwW" and int(address, 16) >= base and not name.startswith(".L"):
            found.setdefault(int(address, 16) - base, without_arguments(name))
    return sorted(found.items())


def table(symbols):
    names, offsets, at = bytearray(), {}, HEADER.size + ENTRY.size * len(symbols)
    for _, name in symbols:
        if name not in offsets:
            offsets[name] = at + len(names)
            names += name.encode() + b"\0"
    entries = b"".join(ENTRY.pack(offset, offsets[name]) for offset, name in symbols)
    return HEADER.pack(MAGIC, len(symbols), at + len(names), 0) + entries + bytes(names)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--nm", required=True)
    p.add_argument("--base", required=True, type=lambda s: int(s, 0))
    p.add_argument("image")
    p.add_argument("output")
    a = p.parse_args()
    blob = table(functions(a.nm, a.image, a.base))
    with open(a.output, "w") as out:
        out.write('.section .symbols, "a", @progbits\n.balign 16\n')
        for i in range(0, len(blob), 16):
            out.write(".byte " + ",".join(map(str, blob[i:i + 16])) + "\n")


if __name__ == "__main__":
    main()
