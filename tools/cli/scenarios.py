"""Scenarios: shell scripts in tests/scenarios that the real busybox runs, on Hinge and on Debian's Linux. NAME.expected
is what Linux printed, its last line the status; `./hinge test --record-linux` writes it anew. One boot runs many. Those in
tests/debian run Debian's programs, on the default image under both systems."""
import difflib
import os
import pathlib
import re
import subprocess
import tempfile

import image
from console import BUILD, CACHE, ROOT, Stop, say

FOLDER = ROOT / "tests" / "scenarios"
DEBIAN = ROOT / "tests" / "debian"
MOVES = ROOT / "tests" / "moves"
RESTARTS = ROOT / "tests" / "restarts"
PROGRAMS = BUILD / "programs"
FRAME = re.compile(rb"^=== begin (\S+)\n(.*?)^=== end \1, status (\d+)\n", re.MULTILINE | re.DOTALL)
RECORD_LIMIT_SECONDS = 1500


def names(folder=FOLDER):
    return sorted(path.stem for path in folder.glob("*.sh"))


def beside_files():
    """(path in the guest without its slash, bytes, mode) of what moves and kills services beside a scenario."""
    for folder in (MOVES, RESTARTS):
        for path in sorted(folder.glob("*.sh")):
            yield f"{folder.name}/{path.name}", path.read_bytes(), 0o755


def guest_files():
    """The same of all our scripts and small programs."""
    for path in [FOLDER / "all", *sorted(FOLDER.glob("*.sh"))]:
        yield f"scenarios/{path.name}", path.read_bytes(), 0o755
    yield from beside_files()
    for path in sorted(PROGRAMS.iterdir()):
        yield f"tests/{path.name}", path.read_bytes(), 0o755


def program_files():
    """The same for tests/debian."""
    yield from beside_files()
    yield "debian/all", (FOLDER / "all").read_bytes(), 0o755
    for path in sorted(DEBIAN.iterdir()):
        if path.suffix != ".expected":
            yield f"debian/{path.name}", path.read_bytes(), 0o644


def transcripts(output):
    """{name: transcript} of every scenario that came to its end."""
    return {name.decode(): text + b"[status " + status + b"]\n" for name, text, status in FRAME.findall(output)}


def difference(name, transcript, folder=FOLDER):
    """Lines that differ from what Linux printed; empty when equal."""
    path = folder / f"{name}.expected"
    return between(path.read_bytes(), transcript) if path.exists() else ["what Linux prints is not recorded"]


def between(expected, transcript, names=("Linux", "Hinge")):
    """Lines in which two transcripts differ."""
    if transcript == expected:
        return []
    lines = [text.decode(errors="backslashreplace").splitlines() for text in (expected, transcript)]
    return list(difflib.unified_diff(*lines, *names, lineterm="", n=1)) or ["only in invisible bytes"]


def linux_tree(folder):
    """A root like the boot image's: busybox under all its names, and our files."""
    busybox = pathlib.Path("/bin/busybox")
    for name in ("bin", "etc", "tmp"):
        (folder / name).mkdir()
    (folder / "bin" / "busybox").write_bytes(busybox.read_bytes())
    (folder / "bin" / "busybox").chmod(0o755)
    for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if applet != "busybox":
            (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (folder / "etc" / "group").write_text("root:x:0:\n")
    for name, data, mode in guest_files():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode)


def linux(processors, *words):
    """The output of linux-peer with these further words."""
    done = subprocess.run([ROOT / "tests" / "peers" / "linux-peer", "--mode", "time", "--smp", str(processors),
                           "--timeout", str(RECORD_LIMIT_SECONDS), *words],
                          stdin=subprocess.DEVNULL, capture_output=True, env={**os.environ, "LINUX_PEER_CACHE": str(CACHE / "linux")})
    if done.returncode != 0:
        raise Stop(f"Linux: status {done.returncode}: {done.stderr.decode(errors='replace')}", 1)
    return done.stdout


def run_on_linux(command, processors=1):
    """Runs a command in Debian's Linux with our tree; its output."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # It becomes the root, for ordinary users too.
        linux_tree(pathlib.Path(folder))
        return linux(processors, folder, *command)


def run_in_image(disk, files, command, processors=1):
    """Runs a command in Debian's Linux on this image, with these files (name, data, mode) below /run/hinge; its output."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for name, data, mode in files:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            path.chmod(mode)
        return linux(processors, "--files", folder, "--root", "--snapshot", "--drive", disk, "--", *command)


def run_programs_on_linux(wanted, processors=1):
    """Runs scenarios of tests/debian in Debian's Linux on the default image; its output."""
    command = ["env", "LIMIT=900", "sh", "/run/hinge/debian/all", *wanted]
    return run_in_image(image.image(image.DEFAULT), program_files(), command, processors)


def record(wanted):
    """Runs the scenarios on Linux with one processor and with four; writes what both agree on."""
    wanted = wanted or names() + names(DEBIAN)
    unknown = set(wanted) - set(names()) - set(names(DEBIAN))
    if unknown:
        raise Stop(f"test: no scenario {', '.join(sorted(unknown))}")
    record_with(FOLDER, [name for name in wanted if name in names()], lambda some, processors: run_on_linux(["/scenarios/all", *some], processors))
    record_with(DEBIAN, [name for name in wanted if name in names(DEBIAN)], run_programs_on_linux)


def record_with(folder, wanted, run):
    if not wanted:
        return
    say(f"running {len(wanted)} scenarios on Linux, twice")
    once, again = (transcripts(run(wanted, processors)) for processors in (1, 4))
    bad = [name for name in wanted if name not in once or once[name] != again.get(name)]
    for name in wanted:
        if name not in bad:
            (folder / f"{name}.expected").write_bytes(once[name])
    for name in bad:
        print("\n".join([f"{name}:", *between(once.get(name, b""), again.get(name, b""), ("1 processor", "4 processors"))]))
    if bad:
        raise Stop(f"Linux does not agree with itself on: {', '.join(bad)}", 1)
    say(f"recorded {len(wanted)} scenarios")
