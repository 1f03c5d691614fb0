"""shaken.py PRESET PROCESSORS COUNT HOW...: programs change files on an ext4 (tests/programs/disk_writers.c) while the services
below them are shaken COUNT times: killed (half the times ext4, half its driver; alone, both at once, and while the other one
or itself comes back) or moved (those two and linux, from side to side). No program sees an error, and the host finds on the disk what the programs have done,
nothing less and nothing twice: numbered records, renames, exclusive creates, counters, removals, sizes. e2fsck is silent."""
import re

import system
from small_disk import tool
from writing import clean, content, on_disk

LOAD = """
/run/hinge/tests/disk_writers /mnt 4 /tmp/stop & load=$!
pause() { sleep 0.$(($1 * 7 % 20 / 10))$(($1 * 7 % 10)); }
SHAKE
>/tmp/stop; wait $load; echo load $?; for s in ext4 virtio_blk; do echo "$s came back $(cat /sys/hinge/service/$s/restarts) times"; done; cd /; umount /mnt; echo umount $?"""
SHAKES = {
    "killed": """
i=0; while [ $i -lt COUNT ]; do case $((i % 12)) in
  0) hinge kill ext4; i=$((i + 1));;
  1) hinge kill virtio_blk; i=$((i + 1));;
  2) hinge kill ext4 & hinge kill virtio_blk; wait $!; i=$((i + 2));;
  4) hinge kill ext4; hinge kill ext4; i=$((i + 2));;
  6) hinge kill ext4; hinge kill virtio_blk; i=$((i + 2));;
  8) hinge kill virtio_blk; hinge kill virtio_blk; i=$((i + 2));;
  10) hinge kill virtio_blk; hinge kill ext4; i=$((i + 2));;
  esac; pause $i; done >/dev/null 2>&1""",
    "moved": """
i=0; while [ $i -lt COUNT ]; do for to in apart kernel; do for service in ext4 virtio_blk linux; do
  hinge move $service $to || echo "wrong: $service does not move $to"; done; done; i=$((i + 6)); done >/dev/null""",
}
WRITERS, KEPT, CUT = 4, 8, 20000


def names(disk):
    """In the root; an entry for inode 0 is room that a name has left."""
    entries = [line.split("/") for line in tool("debugfs", "-R", "ls -p /", disk).splitlines() if line.startswith("/")]
    return [entry[5] for entry in entries if entry[1] != "0"]


def check_writer(disk, writer, rounds, records, found):
    own = [line for line in records if line.startswith(f"{writer} ")]
    system.expect(own == [f"{writer} {n}" for n in range(1, rounds + 1)], f"of writer {writer}'s {rounds} records {len(own)} are there")
    system.expect(content(disk, f"/now.{writer}") == f"{rounds}\n".encode(), "a rename was lost, or done twice")
    system.expect(content(disk, f"/counter.{writer}") == f"{rounds:010}".encode(), "the counter does not count")
    last = rounds // 5 * 5
    size = last * 1237 % CUT
    expected = (bytes([ord("a") + last % 26]) * size + bytes(last % 5000))
    system.expect(content(disk, f"/cut.{writer}") == expected, f"what was truncated in round {last} is something else")
    only = sorted(int(name.split(".")[2]) for name in found if name.startswith(f"only.{writer}."))
    system.expect(only == list(range(max(1, rounds - KEPT + 1), rounds + 1)), f"exclusive files of writer {writer}: {only} after {rounds} rounds")


def shaken(preset, processors, count, how):
    text, disk, folder = on_disk(preset, processors, LOAD.replace("SHAKE", SHAKES[how].replace("COUNT", count)), limit=1500)
    with folder:
        rounds = {int(writer): int(n) for writer, n in re.findall(r"^writer (\d+): (\d+) rounds$", text, re.MULTILINE)}
        system.expect("wrong" not in text and len(rounds) == WRITERS and min(rounds.values()) > 0 and "load 0\n" in text and "umount 0\n" in text, text)
        clean(disk)
        records, found = content(disk, "/log").decode().splitlines(), names(disk)
        system.expect(len(records) == sum(rounds.values()), f"{len(records)} records of {sum(rounds.values())}")
        for writer, n in rounds.items():
            check_writer(disk, writer, n, records, found)
        expected = len((".", "..", "lost+found", "log")) + 3 * WRITERS + sum(min(KEPT, n) for n in rounds.values())
        system.expect(len(found) == expected, f"{len(found)} names, not {expected}: {found}")
        print(f"{how} {count} times in {preset}, {processors} processors: {sum(rounds.values())} rounds, nothing lost, nothing twice")
        print("\n".join(re.findall(r"^.* came back .*$", text, re.MULTILINE)))


def test(preset, processors, count, *hows):
    for how in hows:
        shaken(preset, processors, count, how)


if __name__ == "__main__":
    system.main(test)
