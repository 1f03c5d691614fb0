"""What the scripts of Debian packages would have set up when they were installed, made by rule, since running them would
need to be root inside of the tree: dpkg's database, alternatives, the linker's cache, byte code of Python's library."""
import collections
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

SHARED_EXTENSIONS = ["shlibs", "symbols", "triggers", "conffiles", "md5sums", "preinst", "postinst", "prerm", "postrm"]

Control = collections.namedtuple("Control", "name paragraph scripts members")


def read_control(package, folder):
    """A package's control paragraph, its scripts' text by name, and its control files, which are unpacked to `folder`."""
    subprocess.run(["dpkg-deb", "-e", package, folder], check=True)
    paragraph = (folder / "control").read_text()
    fields = dict(re.findall(r"^(\S+?): *(.*)$", paragraph, re.MULTILINE))
    name = f"{fields['Package']}:{fields['Architecture']}" if fields.get("Multi-Arch") == "same" else fields["Package"]
    members = [folder / extension for extension in SHARED_EXTENSIONS if (folder / extension).is_file()]
    scripts = {path.name: path.read_text(errors="replace") for path in members if path.name.endswith("inst")}
    return Control(name, paragraph, scripts, members)


def conffile_lines(control, tree):
    """The Conffiles field of the database: each configuration file with the checksum it came with."""
    listed = next((path for path in control.members if path.name == "conffiles"), None)
    names = [line for line in listed.read_text().split("\n") if line.startswith("/")] if listed else []
    there = [name for name in names if (tree / name[1:]).is_file()]
    if not there:
        return ""
    sums = subprocess.run(["md5sum", *(tree / name[1:] for name in there)], check=True, capture_output=True, text=True).stdout
    return "Conffiles:\n" + "".join(f" {name} {line.split()[0]}\n" for name, line in zip(there, sums.splitlines()))


def add_to_database(control, package, tree):
    """The package is installed, as far as dpkg can tell."""
    info = tree / "var/lib/dpkg/info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "format").write_text("1\n")  # Names of packages that may be there for several architectures say which.
    for path in control.members:
        shutil.copy(path, info / f"{control.name}.{path.name}")
    tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    names = subprocess.run(["tar", "-t"], stdin=tar.stdout, check=True, capture_output=True, text=True).stdout.splitlines()
    tar.wait()
    (info / f"{control.name}.list").write_text("".join(f"{name[1:].rstrip('/') or '/.'}\n" for name in names))
    head, _, rest = control.paragraph.rstrip("\n").partition("\n")
    with open(tree / "var/lib/dpkg/status", "a") as status:
        status.write(f"{head}\nStatus: install ok installed\n{rest}\n{conffile_lines(control, tree)}\n")


def alternatives(script):
    """The words of every `update-alternatives --install` in a script that stand there as they are, without a variable."""
    for line in re.sub(r"\\\n", " ", script).splitlines():
        words = shlex.split(line, comments=True) if "update-alternatives" in line and "--install" in line and "$" not in line else []
        if "--install" in words:
            words = words[words.index("--install"):]
            yield words[:next((i for i, word in enumerate(words) if word in ("||", "&&", ";")), len(words))]


def add_alternatives(controls, tree):
    for control in controls:
        for words in alternatives(control.scripts.get("postinst", "")):
            if (tree / words[3][1:]).exists():
                subprocess.run(["update-alternatives", "--quiet", "--root", tree, "--log", "/dev/null", *words], check=True, stderr=subprocess.DEVNULL)


def cache_libraries(tree):
    if (tree / "etc/ld.so.conf").exists():
        subprocess.run(["ldconfig", "-r", tree], check=True, stderr=subprocess.DEVNULL)
        shutil.rmtree(tree / "var/cache/ldconfig", ignore_errors=True)  # It knows inode numbers of this machine.


def compile_python(tree):
    """Byte code beside the library, where this machine's Python is of the same version: the root may not be writable later. What
    does not compile, and some tests are meant not to, stays as it is."""
    for library in sorted((tree / "usr/lib").glob("python3.*")):
        python = shutil.which(library.name, path="/usr/bin")
        if python:
            subprocess.run([python, "-m", "compileall", "-qq", "-j", "0", "-s", tree, "-p", "/", library], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def set_up(packages, tree):
    """After all packages are unpacked into `tree`."""
    with tempfile.TemporaryDirectory(dir=tree.parent) as folder:
        controls = [read_control(package, pathlib.Path(folder) / str(i)) for i, package in enumerate(packages)]
        for control, package in zip(controls, packages):
            add_to_database(control, package, tree)
    add_alternatives(controls, tree)
    cache_libraries(tree)
    compile_python(tree)
