/* independent WHAT N PROCESSES: so many processes, each on a processor of its own with nothing in common with the
 * others, do the same N times, all at once. For ./hinge bench shared and throughput, and their test.
 *
 * call   getppid by syscall(2)                        fork   fork, _exit, wait
 * fault  eight fresh pages mapped, touched, unmapped  file   4 KiB read from a file of its own
 * pipe   a byte through a pipe of its own             open   a file of its own opened and closed
 * loop   a thousand turns of a loop, without a call: what the processors themselves can
 * common_pipe  a byte through one pipe of all: not independent, to see that it shows
 *
 * Each warms up first. Then they wait for each other in memory of theirs, without a call, so that between the markers
 * (../peers/marks.h), which the first of them executes, all N operations of each happen and nothing else but that
 * waiting. What is marked is called WHAT, or of a single process "WHAT alone". Prints WHAT, processes, N, nanoseconds from
 * the start of all to the end of the last, tab separated.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../peers/marks.h"

enum { PAGE = 4096, PAGES = 8, MOST_PROCESSES = 64, WARM_UP = 64 };

static struct together {
    atomic_int ready, started, finished, over;
} *together;
static int file = -1, ends[2], common[2];
static char name[64], buffer[PAGE];

static void nothing(void) {}

static void make_pipe(void)
{
    if (pipe(ends))
        exit(3);
}

static void make_file(void)
{
    snprintf(name, sizeof name, "/tmp/independent.%d", getpid());
    file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, buffer, PAGE) != PAGE)
        exit(3);
}

static int loop(void)
{
    for (int turns = 1000; turns; turns--)
        __asm__ volatile("");
    return 0;
}

static int call(void) { return syscall(SYS_getppid) < 0; }

static int fault(void)
{
    char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        return -1;
    for (int page = 0; page < PAGES; page++)
        area[page * PAGE] = 1;
    return munmap(area, PAGES * PAGE);
}

static int through(const int *pipe_ends)
{
    char byte = 1;
    return write(pipe_ends[1], &byte, 1) != 1 || read(pipe_ends[0], &byte, 1) != 1;
}

static int through_own(void) { return through(ends); }
static int through_common(void) { return through(common); }

static int fork_and_wait(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 || waitpid(child, NULL, 0) != child;
}

static int read_file(void) { return pread(file, buffer, PAGE, 0) != PAGE; }

static int open_file(void)
{
    int opened = open(name, O_RDONLY);
    return opened < 0 || close(opened);
}

static const struct what {
    const char *name;
    void (*prepare)(void);
    int (*once)(void);
} table[] = {
    { "call", nothing, call },
    { "fault", nothing, fault },
    { "pipe", make_pipe, through_own },
    { "fork", nothing, fork_and_wait },
    { "file", make_file, read_file },
    { "open", make_file, open_file },
    { "loop", nothing, loop },
    { "common_pipe", nothing, through_common },
};

static void repeat(const struct what *what, long n)
{
    while (n--)
        if (what->once()) {
            fprintf(stderr, "independent: %s: %s\n", what->name, strerror(errno));
            _exit(4);
        }
}

static void wait_until(atomic_int *count, int enough)
{
    while (atomic_load(count) < enough)
        __builtin_ia32_pause();  /* In the emulator the other processor's turn. */
}

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void be_process(const struct what *what, long n, int number, int processes)
{
    cpu_set_t mine;
    CPU_ZERO(&mine);
    CPU_SET(number, &mine);
    if (sched_setaffinity(0, sizeof mine, &mine)) {
        perror("independent: sched_setaffinity");
        _exit(3);
    }
    what->prepare();
    repeat(what, n < WARM_UP ? n : WARM_UP);
    atomic_fetch_add(&together->ready, 1);
    wait_until(&together->ready, processes);
    long long began = now_ns();
    if (number == 0) {
        char label[64];
        snprintf(label, sizeof label, "%s%s", what->name, processes == 1 ? " alone" : "");
        mark_label(label, n);
        MARK_BEGIN;
        atomic_store(&together->started, 1);
    }
    wait_until(&together->started, 1);
    repeat(what, n);
    atomic_fetch_add(&together->finished, 1);
    if (number == 0) {
        wait_until(&together->finished, processes);
        MARK_END;
        printf("%s\t%d\t%ld\t%lld\n", what->name, processes, n, now_ns() - began);
        fflush(stdout);
        atomic_store(&together->over, 1);
    }
    wait_until(&together->over, 1);
    if (*name)
        unlink(name);
    _exit(0);
}

static const struct what *named(const char *text)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, text))
            return &table[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct what *what = argc == 4 ? named(argv[1]) : NULL;
    long n = what ? atol(argv[2]) : 0;
    int processes = what ? atoi(argv[3]) : 0;
    if (n < 1 || processes < 1 || processes > MOST_PROCESSES) {
        fprintf(stderr, "usage: independent call|fault|pipe|fork|file|open|loop|common_pipe N PROCESSES\n");
        return 2;
    }
    together = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (together == MAP_FAILED || pipe(common))
        return 3;
    pid_t started[MOST_PROCESSES];
    int failed = 0;
    for (int number = 0; number < processes; number++)
        if ((started[number] = fork()) == 0)
            be_process(what, n, number, processes);
        else if (started[number] < 0)
            processes = number, failed = 1;
    for (int left = processes, status; left; left--) {
        /* Those that wait for one that failed are ended. */
        for (int number = 0; failed && number < processes; number++)
            kill(started[number], SIGKILL);
        failed |= wait(&status) < 0 || status;
    }
    return failed;
}
