"""Where in the sources an instruction is: the function and line of the .cpp or .S that it was written in, seen through what was
inlined from headers into that."""
import collections
import json
import pathlib
import re
import subprocess

import build
import slots
from bench_profile import BY_THE_LINKER
from console import ROOT

SOURCES = (".cpp", ".S")
LONGEST = 60  # Beyond that arguments of templates are left out.


def short(name):
    """A function's name without parameters and the namespaces that nearly all are in."""
    name = re.sub(BY_THE_LINKER + r"|hinge::(\w+_service::|nucleus::|host::)?", "", name)
    depth = 0
    for at, letter in enumerate(name):
        depth += (letter == "<") - (letter == ">")
        if letter == "(" and depth == 0:
            name = name[:at]
            break
    while len(name) > LONGEST and (fewer := re.sub(r"<[^<>]*>", "", name)) != name:
        name = fewer
    return name


def _frame(frames):
    """The innermost frame in a source file of ours, or else in a header; without any the outermost."""
    ours = [(frame, path) for frame in frames if (path := pathlib.Path(frame["FileName"])).is_relative_to(ROOT)]
    for frame, path in [pair for pair in ours if pair[1].suffix in SOURCES] or ours:
        return short(frame["FunctionName"]), f"{path.relative_to(ROOT)}:{frame['Line']}"
    return short(frames[-1]["FunctionName"]), ""


def of(addresses, preset):
    """{address: (function, file:line)} of instructions in the nucleus and the services of a preset; file:line "" where unknown."""
    images = [(build.NUCLEUS, 0)] + slots.addresses(slots.manifest_of(preset, None))
    wanted = collections.defaultdict(list)
    for address in addresses:
        slot = (address - slots.base(0)) >> slots.ENTRY_SHIFT
        wanted[images[slot + 1] if 0 <= slot < len(images) - 1 else images[0]].append(address)
    found = {}
    for (path, base), inside in wanted.items():
        words = ["llvm-symbolizer-19", f"--obj={path}", "--output-style=JSON", *(f"{address - base:#x}" for address in inside)]
        text = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True).stdout
        for address, known in zip(inside, json.loads(text)):
            found[address] = _frame(known.get("Symbol") or [{"FunctionName": f"{address:#x}", "FileName": ""}])
    return found
