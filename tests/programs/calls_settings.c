/* calls_settings: what programs tell the system: scheduling policies, the clock, how large a file system in memory
 * may be, settings of terminals in their older forms. */
#include "check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <termios.h>

enum { other, fifo, round_robin, batch, idle = 5, on_fork = 0x40000000 };

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static long set_policy(pid_t pid, int policy, int priority) { return syscall(SYS_sched_setscheduler, pid, policy, &priority); }
static long policy_of(pid_t pid) { return syscall(SYS_sched_getscheduler, pid); }
static int priority_of(pid_t pid)
{
    int priority = -1;
    return syscall(SYS_sched_getparam, pid, &priority) ? -1 : priority;
}

static void policies(void)
{
    CHECK(policy_of(0) == other && priority_of(0) == 0);
    CHECK(set_policy(0, batch, 0) == 0 && policy_of(getpid()) == batch);
    CHECK(set_policy(0, batch, 1) == -1 && errno == EINVAL && set_policy(0, 4711, 0) == -1 && errno == EINVAL);
    CHECK(set_policy(0, -1, 0) == -1 && errno == EINVAL && set_policy(99999, other, 0) == -1 && errno == ESRCH);
    CHECK(set_policy(0, fifo, 0) == -1 && errno == EINVAL && set_policy(0, fifo, 100) == -1 && errno == EINVAL);
    CHECK(set_policy(0, fifo, 99) == 0 && policy_of(0) == fifo && priority_of(0) == 99);
    pid_t child = fork();
    if (child == 0)
        _exit(policy_of(0) == fifo && priority_of(0) == 99 ? 0 : 1);
    CHECK(exited_with(status_of(child), 0));
    CHECK(set_policy(0, round_robin | on_fork, 7) == 0 && policy_of(0) == (round_robin | on_fork));
    if ((child = fork()) == 0)
        _exit(policy_of(0) == other && priority_of(0) == 0 ? 0 : 1);
    CHECK(exited_with(status_of(child), 0));
    CHECK(set_policy(0, idle, 0) == 0 && policy_of(0) == idle && set_policy(0, other, 0) == 0);
    CHECK(sched_get_priority_max(fifo) == 99 && sched_get_priority_min(round_robin) == 1 && sched_get_priority_max(batch) == 0);
}

static void attributes(void)
{
    struct attributes a = {0};
    CHECK(syscall(SYS_sched_getattr, 0, &a, 47, 0) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) == 0 && a.size >= sizeof a - 8 && a.policy == other && a.nice == 0);
    a = (struct attributes){.size = sizeof a, .policy = batch, .nice = 3};
    CHECK(syscall(SYS_sched_setattr, 0, &a, 0) == 0 && policy_of(0) == batch && getpriority(PRIO_PROCESS, 0) == 3);
    a = (struct attributes){.size = sizeof a, .policy = fifo, .priority = 5, .flags = 1};
    CHECK(syscall(SYS_sched_setattr, 0, &a, 0) == 0 && priority_of(0) == 5 && policy_of(0) == (fifo | on_fork));
    a.flags = 1 << 20;
    CHECK(syscall(SYS_sched_setattr, 0, &a, 0) == -1 && errno == EINVAL);
    a.flags = 0, a.size = 12;
    CHECK(syscall(SYS_sched_setattr, 0, &a, 0) == -1 && errno == E2BIG);
    CHECK(set_policy(0, other, 0) == 0 && setpriority(PRIO_PROCESS, 0, 0) == 0);
}

static void ordinary_users(void)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit five = {5, 5};
        setrlimit(RLIMIT_RTPRIO, &five);
        int fine = setuid(1000) == 0 && set_policy(0, fifo, 6) == -1 && errno == EPERM && set_policy(0, fifo, 5) == 0;
        fine = fine && set_policy(0, other | on_fork, 0) == 0 && set_policy(0, other, 0) == -1 && errno == EPERM;
        struct timex t = {.modes = 0}, change = {.modes = ADJ_ESTERROR};
        fine = fine && syscall(SYS_adjtimex, &t) >= 0 && syscall(SYS_adjtimex, &change) == -1 && errno == EPERM;
        _exit(!fine);
    }
    CHECK(exited_with(status_of(child), 0));
}

static void wall_clock(void)
{
    struct timex t = {.modes = 0};
    long const state = syscall(SYS_adjtimex, &t);
    CHECK(state == TIME_OK || state == TIME_ERROR);
    CHECK(t.tick == 10000 && t.precision == 1 && t.tolerance == 500 << 16 && labs((long)(t.time.tv_sec - time(NULL))) <= 1);
    t = (struct timex){.modes = ADJ_STATUS | ADJ_ESTERROR | ADJ_MAXERROR, .esterror = 4711, .maxerror = 4712};
    CHECK(syscall(SYS_adjtimex, &t) == TIME_OK);
    t = (struct timex){.modes = 0};
    CHECK(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &t) == TIME_OK && t.esterror == 4711 && t.maxerror >= 4712);
    CHECK(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &t) == -1 && errno == EOPNOTSUPP);
    CHECK(syscall(SYS_clock_adjtime, 4711, &t) == -1 && errno == EINVAL);
    t = (struct timex){.modes = ADJ_TICK, .tick = 1};
    CHECK(syscall(SYS_adjtimex, &t) == -1 && errno == EINVAL);
    long const before = time(NULL);
    t = (struct timex){.modes = ADJ_SETOFFSET, .time = {1000, 0}};
    CHECK(syscall(SYS_adjtimex, &t) >= 0 && labs((long)time(NULL) - before - 1000) <= 2);
    t = (struct timex){.modes = ADJ_SETOFFSET, .time = {-1000, 0}};
    CHECK(syscall(SYS_adjtimex, &t) >= 0 && labs((long)time(NULL) - before) <= 2);
}

static void sizes(void)
{
    struct statfs f;
    char const *const place = "/tmp/calls_settings";
    CHECK(mkdir(place, 0700) == 0);
    CHECK(mount("none", place, "tmpfs", 0, "size=64k,mode=750") == 0);
    struct stat s;
    CHECK(stat(place, &s) == 0 && s.st_mode == (S_IFDIR | 0750));
    CHECK(statfs(place, &f) == 0 && f.f_blocks == 16 && f.f_bfree == 16);
    CHECK(chdir(place) == 0);
    int fd = open("full", O_RDWR | O_CREAT, 0600);
    CHECK(fallocate(fd, 0, 0, 68 * 1024) == -1 && errno == ENOSPC && fstat(fd, &s) == 0 && s.st_size == 0);
    CHECK(statfs(place, &f) == 0 && f.f_bfree == 16);
    CHECK(fallocate(fd, 0, 4096, 60 * 1024) == 0 && statfs(place, &f) == 0 && f.f_bfree == 1);
    CHECK(pwrite(fd, "x", 1, 0) == 1 && pwrite(fd, "x", 1, 64 * 1024) == -1 && errno == ENOSPC);
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192) == 0 && statfs(place, &f) == 0 && f.f_bfree == 2);
    CHECK(ftruncate(fd, 0) == 0 && statfs(place, &f) == 0 && f.f_bfree == 16);
    close(fd);
    CHECK(unlink("full") == 0 && chdir("/") == 0 && umount(place) == 0 && rmdir(place) == 0);
}

static void devices(void)
{
    char byte;
    for (char const *const *name = (char const *const[]){"/dev/null", "/dev/zero", "/dev/full", NULL}; *name; name++) {
        int fd = open(*name, O_RDWR);
        CHECK(lseek(fd, 4711, SEEK_SET) == 0 && lseek(fd, -4711, SEEK_END) == 0 && lseek(fd, 0, SEEK_CUR) == 0);
        CHECK(lseek(fd, 0, 77) == -1 && errno == EINVAL);
        CHECK(pread(fd, &byte, 1, 4711) == (strcmp(*name, "/dev/null") != 0));
        close(fd);
    }
}

/* struct termio of <asm/termios.h>. */
struct short_termios {
    unsigned short input, output, control, local;
    unsigned char line, characters[8];
};

static void terminals(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct termios before, after, locks;
    struct short_termios part;
    CHECK(tcgetattr(slave, &before) == 0 && ioctl(slave, TCGETA, &part) == 0);
    CHECK(part.input == (before.c_iflag & 0xffff) && part.local == (before.c_lflag & 0xffff) && part.characters[VINTR] == 3);
    part.characters[VINTR] = 5;
    part.local &= ~ECHO;
    CHECK(ioctl(slave, TCSETA, &part) == 0 && tcgetattr(slave, &after) == 0);
    CHECK(after.c_cc[VINTR] == 5 && after.c_cc[VSTART] == before.c_cc[VSTART] && after.c_lflag == (before.c_lflag & ~(tcflag_t)ECHO));
    CHECK(ioctl(slave, TCSETAW, &part) == 0 && ioctl(slave, TCSETAF, &part) == 0 && ioctl(slave, TCGETA, NULL) == -1 && errno == EFAULT);
    CHECK(ioctl(slave, TIOCGLCKTRMIOS, &locks) == 0 && locks.c_lflag == 0 && locks.c_cc[VINTR] == 0);
    locks.c_lflag = ECHO;
    locks.c_cc[VINTR] = 1;
    CHECK(ioctl(slave, TIOCSLCKTRMIOS, &locks) == 0 && tcsetattr(slave, TCSANOW, &before) == 0 && tcgetattr(slave, &after) == 0);
    CHECK(after.c_cc[VINTR] == 5 && !(after.c_lflag & ECHO) && after.c_iflag == before.c_iflag);
    close(slave);
    close(master);
}

int main(void)
{
    PART(policies);
    PART(attributes);
    PART(ordinary_users);
    PART(wall_clock);
    PART(sizes);
    PART(devices);
    PART(terminals);
    return failures != 0;
}
