"""The systems that ./hinge bench measures: Debian's Linux, and Hinge in a preset, each with the same emulator, processor model,
files and plugin. A system runs a job (bench_sets.py) and says what each row cost, or why there is no number."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile

import guest
import image
import packages
import run
import slots
from bench_columns import Cost, row_of, windows
from bench_sets import PEERS
from console import BUILD, CACHE, ROOT, Stop, say
from machine import PROCESSOR

PLUGIN = BUILD / "opcount.so"
PROGRAMS = [BUILD / "programs" / "osbench", BUILD / "programs" / "storage"]
KEPT = CACHE / "bench"
LINUX = CACHE / "linux"
LIMIT_SECONDS = 1200


def output_of(*words):
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout.strip()


def digest(*parts):
    state = hashlib.sha256()
    for part in parts:
        state.update(part.read_bytes() if isinstance(part, pathlib.Path) else repr(part).encode())
    return state.hexdigest()[:16]


def emulator():
    return output_of("qemu-system-x86_64", "--version").split("\n")[0]


def apps_image():
    """The ext4 of tests/peers/apps; made once."""
    recipe = PEERS / "apps"
    path = KEPT / f"apps-{digest(recipe, PEERS / 'apps-guest', PEERS / 'osbench.c')}.ext4"
    if not path.exists():
        packages.need(packages.IMAGE)
        say("making the disk of whole programs")
        KEPT.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        done = subprocess.run([recipe, "build", fresh], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Stop(f"the disk of whole programs could not be made: {done.stderr.strip()}", 1)
        fresh.rename(path)
    return path


def empty_image():
    """An ext4 with nothing in it, whose tables are made, so that no system does that in passing."""
    path = KEPT / "empty.ext4"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0", fresh, "512M"], check=True, stdin=subprocess.DEVNULL)
        fresh.rename(path)
    return path


def disks_of(job):
    return {"": lambda: [], "debian": lambda: [image.image()], "empty": lambda: [empty_image()]}[job.disk]()


def rows_of(job, counted, printed, why):
    """{title: Cost or a reason} for the job's rows. `printed`: what the command said; `why`: how the system ended, if not well."""
    said = dict(re.findall(r"^(\w+)\terror\t(.*)$", printed, re.MULTILINE))
    for app, metric, reason in re.findall(r"^(\w+)\t(\w+)\terror ?(.*)$", printed, re.MULTILINE):
        said[app if metric == "start" else f"{app}.{metric.removeprefix('ticks_')}"] = reason.lstrip(": ")
    for label in list(counted):
        counted[row_of(label)] = counted.pop(label)
    # How many requests fit into two seconds differs.
    if (requests := re.search(r"^nginx\trequests\t(\d+)", printed, re.MULTILINE)) and "nginx.wrk_2s" in counted and int(requests[1]):
        counted["nginx.request"] = counted["nginx.wrk_2s"].per(int(requests[1]))
    found = {}
    for row in job.rows:
        reason = said.get(row.name) or said.get(row.name.split(".")[0]) or why or (printed.strip().splitlines() or ["it printed nothing"])[-1]
        cost = counted.get(row.name)
        if row.name in said or cost is None:
            found[row.title] = f"missing: {reason[:90]}"
        elif cost["misplaced"] and row.set != "boot":  # Firmware is neither program nor kernel.
            raise Stop(f"{row.title}: instructions were counted for the wrong side ({cost['misplaced']} an operation)", 1)
        else:
            found[row.title] = cost
    return found


class Linux:
    """Debian's kernel with every switchable hardening off, or a kernel of one's own. What it took is kept, as long as nothing
    that the numbers depend on changes."""

    def __init__(self, name="linux", kernel=None, fresh=False, plugin_options=""):
        packages.need(packages.PEER)
        self.name, self.fresh, self.plugin = name, fresh, f"{PLUGIN}{plugin_options}"
        self.options = ["--kernel", str(kernel)] if kernel else []
        if not kernel:
            kernel = pathlib.Path(self.peer(["--fetch"]).stdout.strip())
        self.version = f"{kernel.name} {digest(kernel)}, profile lean"

    def peer(self, words):
        done = subprocess.run([PEERS / "linux-peer", *self.options, *words], capture_output=True, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, env={**os.environ, "LINUX_PEER_CACHE": str(LINUX)})
        if done.returncode == 125:
            raise Stop(f"Linux: {done.stderr.strip()}", 1)
        return done

    def kept(self, job):
        return KEPT / f"{digest(self.version, emulator(), PROCESSOR, PLUGIN, *PROGRAMS, PEERS / 'linux-peer', job)}.json"

    def measure(self, job):
        kept = self.kept(job)
        if kept.exists() and not self.fresh:
            return {title: Cost(was) if isinstance(was, dict) else was for title, was in json.loads(kept.read_text()).items()}
        found, _ = self.run(job)
        KEPT.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({title: is_.columns if isinstance(is_, Cost) else is_ for title, is_ in found.items()}))
        return found

    def run(self, job):
        """(rows, what the plugin wrote)"""
        with tempfile.TemporaryDirectory() as folder:
            tree, log = pathlib.Path(folder) / "tree", pathlib.Path(folder) / "log"
            tree.mkdir()
            for program in PROGRAMS:
                (tree / program.name).write_bytes(program.read_bytes())
                (tree / program.name).chmod(0o755)
            words = ["--mode", "events", "--plugin", self.plugin, "--log", str(log), "--timeout", str(LIMIT_SECONDS)]
            if job.image:
                done = self.peer([*words, "--root", "--snapshot", "--drive", str(apps_image()), "--", *job.words])
            else:
                drives = [word for disk in disks_of(job) for word in ("--snapshot", "--drive", str(disk))]
                done = self.peer([*words, *drives, str(tree), *job.words])
            counted = pathlib.Path(f"{log}.plugin").read_text()
            return rows_of(job, windows(counted), done.stdout, done.stderr.strip() if done.returncode == 124 else ""), counted


class Hinge:
    def __init__(self, preset, plugin_options=""):
        self.name = preset
        user_side = "".join(f",user_services={slots.base(slot):#x}-{slots.base(slot + 1):#x}" for slot in slots.on_user_side(slots.manifest_of(preset, None)))
        self.plugin = f"{PLUGIN},services={slots.base(0):#x}-{slots.base(slots.SLOTS):#x}{user_side}{plugin_options}"
        self.version = f"commit {output_of('git', '-C', str(ROOT), 'describe', '--always', '--dirty')}"

    def measure(self, job):
        return self.run(job)[0]

    def run(self, job):
        """(rows, what the plugin wrote)"""
        archive = guest.command_archive(job.words)
        for program in PROGRAMS:
            archive.file(f"root/{program.name}", program.read_bytes(), 0o755)
        found, _ = run.OPTIONS.parse([f"--preset={self.name}", "--count", "--snapshot", *([] if job.image else ["--append=root=tmpfs"])])
        if job.image:
            # As on Linux the root is written, and --snapshot throws that away.
            found["image"], found["writable"] = apps_image(), True
        found["drive"] = disks_of(job)
        printed = bytearray()
        with guest.workspace() as folder:
            machine = run.prepare(found, folder, archive)
            machine.plugin = self.plugin
            verdict = guest.run(machine, LIMIT_SECONDS, printed.extend)
            counted = pathlib.Path(f"{machine.log}.plugin").read_text()
        why = f"{verdict.why}; {(verdict.log.strip().splitlines() or [''])[-1]}" if verdict.why else ""
        return rows_of(job, windows(counted), printed.decode(errors="replace").replace("\r", ""), why), counted


class Recorded:
    """A recording of tests/peers/record: an events file. Rows it does not hold are missing."""

    def __init__(self, name, path, profile="lean"):
        self.name, self.version = name, f"recorded in {path.name}, profile {profile}"
        self.rows = {}
        for line in path.read_text().splitlines():
            words = line.lstrip("# ").split("\t")
            if line.startswith("# profile"):
                names = words[3:]
            elif words[0] == profile:
                self.rows[words[1]] = Cost({name: float(word) for name, word in zip(names, words[3:])})

    def measure(self, job):
        return {row.title: self.rows.get(row.name, "missing: not recorded") if row.set == "osbench" else "missing: not recorded" for row in job.rows}
