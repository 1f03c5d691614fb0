"""The tool's own parts: options, archives, verdicts."""
import subprocess
import sys
import unittest

import guest
import slots
from archive import Archive
from console import ROOT, Stop
from machine import PANIC_STATUS
from options import Options, choice, number, text


class OptionsTest(unittest.TestCase):
    options = Options("run", flags=("count",), values={"smp": number(1, 8), "preset": choice("mono", "micro")}, lists={"drive": text})

    def test_finds_each_kind(self):
        found, rest = self.options.parse(["--count", "--smp", "4", "--drive=a", "--drive", "b", "--", "sh", "-c", "x"])
        self.assertTrue(found["count"])
        self.assertEqual((found["smp"], found["drive"], rest), (4, ["a", "b"], ["sh", "-c", "x"]))

    def test_refuses(self):
        for words in (["--nope"], ["-x"], ["--smp"], ["--smp", "9"], ["--smp", "x"], ["--preset", "vax"], ["--count=1"], ["--words"]):
            with self.subTest(words), self.assertRaises(Stop) as caught:
                self.options.parse(words)
            self.assertEqual(caught.exception.status, 2)


class ArchiveTest(unittest.TestCase):
    def test_cpio_can_read_it(self):
        archive = Archive()
        archive.file("root/a/b.txt", b"hello", 0o644)
        archive.link("root/l", "a/b.txt")
        data = archive.bytes()
        self.assertEqual(len(data) % 512, 0)
        listed = subprocess.run(["busybox", "cpio", "-t"], input=data, capture_output=True, check=True).stdout.decode().split()
        self.assertEqual(listed, ["root", "root/a", "root/a/b.txt", "root/l"])


class VerdictTest(unittest.TestCase):
    def test_status_comes_from_the_log(self):
        verdict = guest.judge(0, "boot\n[1.2] hinge: exit status 3\n", 1, 9)
        self.assertEqual((verdict.status, verdict.why), (3, ""))

    def test_other_ends(self):
        self.assertEqual(guest.judge(0, "boot\n", 1, 9).status, guest.DIED)
        self.assertEqual(guest.judge(PANIC_STATUS, "", 1, 9).status, guest.DIED)
        self.assertEqual(guest.judge(None, "boot\n", 9, 9).status, guest.TIMED_OUT)
        self.assertEqual(guest.judge(None, "PANIC on CPU 1: null write in tmpfs\n", 9, 9).status, guest.DIED)
        self.assertIn("null write", guest.judge(None, "PANIC on CPU 1: null write in tmpfs\n", 9, 9).report())


class SlotsTest(unittest.TestCase):
    def test_the_manifest_gives_the_order(self):
        names = list(slots.images(slots.manifest_of("micro", None)))
        self.assertEqual(names, ["console.elf", "platform.elf", "tmpfs.elf", "virtio_blk.elf", "ext4.elf", "linux.elf"])
        self.assertEqual(slots.base(1), 0xFFFF_A080_0000_0000)

    def test_later_places_win(self):
        self.assertEqual(slots.on_user_side(slots.manifest_of("mono", None)), [0])
        self.assertEqual(slots.on_user_side(slots.manifest_of("hybrid", None)), [0, 1, 2, 4])
        self.assertEqual(slots.on_user_side(slots.manifest_of("micro", None)), [0, 1, 2, 3, 4, 5, 6])


class CommandLineTest(unittest.TestCase):
    def hinge(self, *words):
        done = subprocess.run([ROOT / "hinge", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return done.returncode, done.stderr.strip().split("\n")

    def test_wrong_use_is_one_line_and_status_2(self):
        for words in (["nope"], ["run", "--nope"], ["run", "--drive", "/nowhere"], ["run", "--placement", "/nowhere"], ["run", "--image", "x"],
                      ["run", "--smp", "many"], ["run", "--"], ["run", "ls"], ["test", "--nope"], ["lint", "x"], ["build", "x"],
                      ["bench", "nope"], ["bench", "--nope"], ["bench", "--presets", "vax"], ["bench", "call", "x"], ["bench", "profile"], ["debug", "--nope"], ["image", "ls"], ["run", "--count", "--smp", "2", "--", "ls"]):
            with self.subTest(words):
                status, lines = self.hinge(*words)
                self.assertEqual(status, 2)
                self.assertEqual(len(lines), 1, lines)


if __name__ == "__main__":
    sys.exit(unittest.main())
