"""tour.py: docs/tour.md stays true: every file it names is there, and so is each name in the file it is given with."""
import re

import system
from system import ROOT

PATH = re.compile(r"`((?:abi|base|host|iface|nucleus|placement|services|tests|user)/[\w./]+)`")
NAMED = {"linux_handle": "abi/image.hpp", "linux_entry": "abi/image.hpp", "reply": "abi/native.hpp", "FileSystem": "iface/filesystem.hpp",
         "sys_read": "services/linux/files/calls_io.cpp", "slot_place": "host/host.hpp"}


def test():
    texts = [(ROOT / "README.md"), *sorted((ROOT / "docs").glob("*.md"))]
    paths = {path for text in texts for path in PATH.findall(text.read_text())}
    missing = sorted(path for path in paths if not (ROOT / path).exists())
    missing += [f"{name} in {path}" for name, path in NAMED.items() if not re.search(rf"\b{name}\b", (ROOT / path).read_text())]
    system.expect(not missing, f"the documents name what is not there: {', '.join(missing)}")
    print(f"{len(paths)} files and {len(NAMED)} names are where the documents say")


system.main(test)
