"""The parts of ./hinge bench shared and throughput that need no emulator."""
import sys
import unittest

import bench_shared
import bench_throughput
import places
import regions
import shared_lines
import slots
from console import Stop

HEAP = slots.base(1) + (16 << 30) + 0x40
PLUGIN_TEXT = f"""#\tpipe\t100\t1000\t3000\t77
pipe\t100\t{HEAP:x}\t100\t50\t1\t1\tffff800000000010:90,ffff800000000020:60\t0\t200\t0\t2\tffff800000000020:200
pipe\t100\t{HEAP + 64:x}\t100\t0\t1\t0\tffff800000000010:100\t1\t3\t1\t1\tffff800000000010:4
pipe\t100\t{HEAP + 128:x}\t6\t0\t8\t0\tffff800000000010:6\t0\t5\t0\t8\tffff800000000010:5
"""


class Symbols:
    services = ["placement", "linux"]

    def variables_in(self, low, high):
        return [(0x1000, "nucleus  counters")] if low < 0x1010 and high > 0x1000 else []


class WindowsTest(unittest.TestCase):
    def setUp(self):
        self.window = shared_lines.windows(PLUGIN_TEXT)["pipe"]

    def test_a_line_counts_when_both_touch_it_often(self):
        self.assertEqual([line.address for line in self.window.shared], [HEAP, HEAP + 128])
        self.assertEqual(len(self.window.rare), 1)
        self.assertEqual(self.window.touches, [10, 30])

    def test_bytes_tell_sharing_from_neighbours(self):
        self.assertEqual([line.same_bytes for line in self.window.shared], [False, True])

    def test_touches_go_to_functions(self):
        written = {0xFFFF800000000010: ("one", "a.cpp:3"), 0xFFFF800000000020: ("two", "a.cpp:12")}
        self.assertEqual([(name, source) for name, _, source in self.window.shared[0].functions(written)], [("two", "a.cpp:12"), ("one", "a.cpp:3")])
        text = list(bench_shared.page("mono", "pipe", self.window, shared_lines.Window(100, [5, 0.01], []), Symbols(), written, 1))
        self.assertIn("2 shared written lines", text[0])
        self.assertTrue(text[1].startswith("  linux: heap 2; 0.53 stores"), text[1])
        self.assertTrue(any("... and 1 more" in line for line in text))
        self.assertFalse(any("alone" in line for line in text))
        text = list(bench_shared.page("mono", "pipe", self.window, self.window, Symbols(), written, 1))
        self.assertIn("idle processor makes 30.0 accesses an operation; of them to lines of both in two, one", text[-1])

    def test_only_what_there_is_can_be_named(self):
        self.assertEqual(bench_shared.chosen([]), bench_shared.OPERATIONS)
        with self.assertRaises(Stop):
            bench_shared.chosen(["nope"])


class NamesTest(unittest.TestCase):
    def test_regions_are_those_of_the_layout(self):
        self.assertEqual(regions.region(HEAP, Symbols.services), ("linux: heap", 0x40))
        self.assertEqual(regions.region(slots.base(9), Symbols.services), ("slot 9: image", 0))
        self.assertEqual(regions.region(0xFFFF_8800_0000_1000, []), ("nucleus: pools", 0x1000))
        self.assertEqual(regions.region(0xFFFF_FFFF_8000_0008, []), ("nucleus: nucleus_image", 8))

    def test_variables_go_before_regions(self):
        side = shared_lines.Side(1, 0, 0x0F00, 0, {})
        self.assertEqual(regions.name(shared_lines.Line(0x1000, [side, side]), Symbols()), "nucleus  counters +0x8")
        self.assertEqual(regions.name(shared_lines.Line(HEAP, [side, side]), Symbols()), "linux: heap +0x40")

    def test_functions_are_shortened(self):
        self.assertEqual(places.short("hinge::nucleus::mm::Slab<hinge::nucleus::mm::Region>::take(hinge::nucleus::mm::Account&)"), "mm::Slab<mm::Region>::take")
        self.assertEqual(places.short("hinge::host::(anonymous namespace)::full(int) (.llvm.123)"), "full")
        self.assertNotIn("<", places.short(f"a<{'b' * 70}>::c(d<int>)"))

    def test_lines_of_a_file_are_put_together(self):
        self.assertEqual(shared_lines.in_order({"a.cpp:12", "a.cpp:3", ""}), "a.cpp:3,12")


class ThroughputTest(unittest.TestCase):
    def test_rates(self):
        text = "call\t1\t1000\t1000000\r\ncall\t2\t1000\t1000000\r\npipe\t1\t5\t5\r\n"
        self.assertEqual(bench_throughput.rates(text, "call"), {1: [1_000_000], 2: [2_000_000]})
        self.assertEqual(bench_throughput.spread([3.0, 1.0, 2.0], ".1f"), "2.0 (1.0 to 3.0)")


if __name__ == "__main__":
    sys.exit(unittest.main())
