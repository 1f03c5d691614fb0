"""python_tests.py PRESET PROCESSORS [MODULE...]: Python's own tests from Debian's libpython3.11-testsuite, module by module, beside what
Linux made of the same ones on the same image. PRESET `linux` records that (tests/python/linux.txt). Fails when a test does
worse than on Linux and tests/python/explained.txt has no reason for it (a test, or a class of tests, and why)."""
import collections

import system
from system import ROOT, scenarios

import image

FOLDER = ROOT / "tests" / "python"
LINUX = FOLDER / "linux.txt"
EXPLAINED = dict(line.split(": ", 1) for line in (FOLDER / "explained.txt").read_text().splitlines())
MODULES = ["test_os", "test_posix", "test_subprocess", "test_threading", "test_signal", "test_mmap", "test_fcntl", "test_io", "test_tempfile",
           "test_shutil", "test_select", "test_epoll", "test_pty", "test_resource", "test_time"]
LIMIT_SECONDS = 7000


def command(modules):
    return ["/bin/sh", "-c", "mkdir -p /tmp/t; cd /tmp/t; exec env HOME=/tmp LC_ALL=C.UTF-8 TERM=dumb python3 /run/hinge/python/outcomes.py \"$@\"", "sh", *modules]


def files():
    return [("python/outcomes.py", (FOLDER / "outcomes.py").read_bytes(), 0o644)]


def outcomes(text):
    """{module: {test: word}}; a module's own end stands under 'ran'."""
    found = collections.defaultdict(dict)
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith("test_"):
            module, word, test = words
            found[module]["ran" if word == "ran" else test] = test if word == "ran" else word
    return found


def on_linux(disk, modules):
    return scenarios.run_in_image(disk, files(), command(modules)).decode(errors="replace")


def read_linux():
    return LINUX.read_text() if LINUX.exists() else ""


def why(test):
    """The reason why this test may do worse, or None."""
    return EXPLAINED.get(test) or EXPLAINED.get(test.rpartition(".")[0])


def worse(linux, hinge):
    """Tests that do worse, and their number of runs if there are fewer."""
    lines = [f"{test}: {word} ({linux.get(test, 'fine')} on Linux)" for test, word in sorted(hinge.items())
             if test != "ran" and linux.get(test) != word and word != "unexpected"]
    if hinge.get("ran") != linux.get("ran"):
        lines.append(f"{hinge.get('ran', 'none')} tests ran of Linux' {linux.get('ran', 'none')}")
    return lines


def test(preset, processors, *modules):
    modules = modules or MODULES
    disk = image.image([*image.DEFAULT, "libpython3.11-testsuite"])
    if preset == "linux":
        text = on_linux(disk, modules)
        recorded = [line for line in read_linux().splitlines() if line.split()[0] not in modules]
        recorded += [line for line in text.replace("\r", "").splitlines() if line.startswith("test_")]
        LINUX.write_text("".join(f"{line}\n" for line in recorded))
        print(text)
        return
    verdict, output = system.boot(preset, command(modules), smp=int(processors), image=disk, files=files(), limit=LIMIT_SECONDS)
    text = output.decode(errors="replace").replace("\r", "")
    (system.BUILD / f"python_tests.{preset}.log").write_text(text)
    linux, hinge = outcomes(read_linux()), outcomes(text)
    bad = 0
    for module in modules:
        lines = worse(linux[module], hinge[module])
        reasons = [why(line.partition(":")[0]) for line in lines]
        bad += reasons.count(None)
        print(f"{module}: {hinge[module].get('ran', 'not to its end')} of {linux[module].get('ran')} tests, {len(lines)} worse than on Linux")
        print("".join(f"    {line}{f': {reason}' if reason else ''}\n" for line, reason in zip(lines, reasons)), end="")
    system.expect(not verdict.why, verdict.report())
    system.expect(not bad, f"{bad} outcomes worse than on Linux without an explanation; build/python_tests.{preset}.log has the reasons")


system.main(test)
