"""The parts of ./hinge bench that need no emulator."""
import sys
import unittest

import bench_page
import bench_profile
from bench_columns import Cost, by_instructions, by_weight, geometric_mean, ratio, windows
from bench_peers import Recorded, rows_of
from bench_sets import APPS, DISK, Job, Row, all_rows, chosen, jobs, operations
from bench import RECORDED
from bench_table import Table, text, tsv
from console import Stop

PLUGIN_TEXT = """# name\toperations\tuser\tkernel\tkernel_service\tuser_service\tenter\tcr3\twrmsr\tlocked\tmisplaced
boot\t1\t5.00\t6.00\t0.00\t0.00\t1.00\t0.00\t0.00\t0.00\t3.00
syscall_null\t10\t38.00\t100.40\t0.00\t60.00\t2.01\t2.00\t1.00\t3.00\t0.00
@\tsyscall_null\t10\tffffa00000000010\t600
@\tsyscall_null\t10\t400010\t380
# whole run\t1\t9\t9\t0\t0\t0\t0\t0\t0\t0
"""


class ColumnsTest(unittest.TestCase):
    def test_windows(self):
        found = windows(PLUGIN_TEXT)
        self.assertEqual(list(found), ["boot", "syscall_null"])
        self.assertAlmostEqual(found["syscall_null"].instructions, 198.40)
        self.assertAlmostEqual(found["syscall_null"].weighted, 198.40 + 2 * 150 + 2.01 * 100 + 100 + 3 * 20)

    def test_means_leave_out_what_is_missing(self):
        one, two = Cost({"user": 10.0}), Cost({"user": 40.0})
        self.assertEqual(ratio(two, one, by_instructions), 4)
        self.assertIsNone(ratio("missing: x", one, by_instructions))
        self.assertIsNone(ratio(one, "missing: x", by_weight))
        self.assertAlmostEqual(geometric_mean([4, None, 1]), 2)
        self.assertIsNone(geometric_mean([None]))


class SetsTest(unittest.TestCase):
    def test_rows_and_sets_can_be_named(self):
        self.assertEqual(len(operations()), 30)
        self.assertEqual([row.title for row in chosen(["boot", "stat", "disk.stat"])], ["stat", "disk.stat", "boot"])
        self.assertEqual(len(chosen(["disk"])), len(DISK))
        self.assertEqual(chosen([]), all_rows())
        with self.assertRaises(Stop):
            chosen(["nope"])

    def test_one_boot_for_each_set_and_program(self):
        self.assertEqual(len(jobs(all_rows())), 3 + len(APPS))
        self.assertEqual(jobs(all_rows())[0].words, ("/osbench",))
        self.assertEqual(jobs(chosen(["boot"]))[0].words, ("/osbench", "loop_2_instructions"))

    def test_loops_and_sockets_are_in_no_mean(self):
        out = [row.name for row in all_rows() if not row.in_mean]
        self.assertEqual(out, ["loop_2_instructions", "unix_round_trip", "tcp_round_trip", "tcp_write_64k", "boot"])


class RowsTest(unittest.TestCase):
    def test_what_has_no_number_has_a_reason(self):
        job = Job("osbench", (Row("osbench", "syscall_null"), Row("osbench", "stat"), Row("osbench", "tcp_round_trip"), Row("boot", "boot")), ())
        found = rows_of(job, windows(PLUGIN_TEXT), "tcp_round_trip\terror\tno sockets\n", "stopped after 9 s")
        self.assertEqual(found["syscall_null"].instructions, 198.4)
        self.assertEqual(found["stat"], "missing: stopped after 9 s")
        self.assertEqual(found["tcp_round_trip"], "missing: no sockets")
        self.assertEqual(found["boot"].instructions, 11)

    def test_the_wrong_side_is_noticed(self):
        with self.assertRaises(Stop):
            rows_of(Job("osbench", (Row("osbench", "stat"),), ()), {"stat": Cost({"user": 1.0, "misplaced": 1.0})}, "", "")

    def test_programs(self):
        rows = tuple(Row("apps", f"{app}.{metric}") for app in ("nginx", "sqlite") for metric in APPS[app])
        counted = {"nginx.ticks_wrk_2s": Cost({"user": 500.0}), "sqlite.ticks_bulk_5000": Cost({"user": 7.0})}
        printed = "nginx\trequests\t50\nsqlite\tticks_bulk_5000\t7\nsqlite\t200_transactions\terror 1: read-only\nsqlite\tstart\terror: x\n"
        found = rows_of(Job("apps", rows[:2], ()), dict(counted), printed.replace("sqlite\tstart\terror: x\n", ""), "")
        self.assertEqual(found["apps.nginx.request"].instructions, 10)
        self.assertEqual(found["apps.sqlite.bulk_5000"].instructions, 7)
        found = rows_of(Job("apps", rows[1:], ()), {}, printed, "")
        self.assertEqual(found["apps.sqlite.200_transactions"], "missing: 1: read-only")
        self.assertEqual(found["apps.sqlite.select_2202"], "missing: x")


class TableTest(unittest.TestCase):
    def setUp(self):
        rows = [Row("osbench", "stat"), Row("osbench", "unix_round_trip")]
        found = {"stat": {"linux": Cost({"user": 50.0, "kernel": 50.0}), "mono": Cost({"user": 20.0, "kernel_service": 30.0})},
                 "unix_round_trip": {"linux": Cost({"user": 9.0}), "mono": "missing: <no sockets>"}}
        self.table = Table(rows, ["linux", "mono"], found, ["version 1"])

    def test_text(self):
        lines = list(text(self.table))
        self.assertIn("geometric mean, osbench: mono / linux = 0.500, beneath 0.600, weighted 0.500 (1 rows)", lines)
        self.assertTrue(any("missing: <no sockets>" in line for line in lines))

    def test_values(self):
        rows = [line.split("\t") for line in tsv(self.table) if not line.startswith("#")]
        self.assertEqual(len({len(row) for row in rows}), 1)
        self.assertEqual(rows[2][:4], ["stat", "mono", "50", "20"])

    def test_page_stands_alone(self):
        page = bench_page.page(self.table)
        self.assertEqual(page.count("<svg"), 2)
        self.assertIn("&lt;no sockets&gt;", page)
        self.assertNotIn("src=", page)


class ProfileTest(unittest.TestCase):
    def test_instructions_go_to_functions(self):
        class Names:
            def of(self, address):
                return "service" if address > 1 << 63 else "the program"

        self.assertEqual(bench_profile.by_function(PLUGIN_TEXT, "syscall_null", Names()), (10, {"service": 600, "the program": 380}))


class RecordedTest(unittest.TestCase):
    def test_old_recordings_are_read(self):
        recorded = Recorded("linux", RECORDED)
        cost = recorded.measure(jobs(chosen(["syscall_null"]))[0])["syscall_null"]
        self.assertAlmostEqual(cost.instructions, 345, delta=2)


if __name__ == "__main__":
    sys.exit(unittest.main())
