/*
 * One file because it is copied as one into other systems' trees.
 *
 * osbench - cost of single operating-system operations, in time-stamp-counter
 * ticks.  One portable static Linux x86-64 program; the same binary is meant to
 * run on Linux and on any kernel that runs Linux ELF programs.
 *
 *     musl-gcc -static -O2 -o osbench osbench.c
 *
 * Under "qemu -icount shift=0" one tick is one guest instruction; elsewhere it
 * is one TSC cycle.  A calibration loop decides which, and the header says so.
 *
 * Output (tab separated, always in the order of the table below):
 *     # key=value                          header
 *     name  ticks_per_op  iterations       a test that ran
 *     name  error         reason           a test that did not
 *
 * Around the last round of every test the program executes marker NOPs that an
 * emulator plugin can recognise (see opcount.c).  They do nothing elsewhere.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VERSION "1"
#define EXIT_ARG "--exit-at-once"
#define FILE_SIZE (1024 * 1024)
#define BIG (64UL * 1024 * 1024)
#define MAX_RING 8
#define FUTEX_WAIT_PRIVATE 128      /* <linux/futex.h> is not part of musl */
#define FUTEX_WAKE_PRIVATE 129

static const char *work_dir = "/tmp";
static char file_path[PATH_MAX];
static char self_path[PATH_MAX];
static char buffer[65536];
static const char *failure;             /* overrides strerror(errno) */

/* ---- ticks and markers ------------------------------------------------- */

static inline uint64_t ticks(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
    return (uint64_t)hi << 32 | lo;
}

/* nopl disp32(%rax,%rax,1) with displacement 0x4f4200xx */
#define MARK(code) \
    __asm__ volatile(".byte 0x0f,0x1f,0x84,0x00," code ",0x00,0x42,0x4f" ::: "memory")
#define MARK_TEXT  MARK("0x01")         /* forget the label collected so far */
#define MARK_BIT0  MARK("0x02")         /* append a bit to the label */
#define MARK_BIT1  MARK("0x03")
#define MARK_BEGIN MARK("0x04")         /* counting starts */
#define MARK_END   MARK("0x05")         /* counting stops: report the label */

static void mark_label(const char *name, uint64_t operations)
{
    char text[96];
    snprintf(text, sizeof text, "%s\t%llu", name, (unsigned long long)operations);
    MARK_TEXT;
    for (const char *c = text; *c; c++)
        for (int bit = 0; bit < 8; bit++)
            if (*c >> bit & 1)
                MARK_BIT1;
            else
                MARK_BIT0;
}

static void emit(const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 1)
        length = sizeof line - 1;
    for (int done = 0, got; done < length; done += got)
        if ((got = write(1, line + done, length - done)) <= 0)
            return;
    /* On a serial line, wait until it is idle so it does not disturb the next test. */
    int saved = errno;
    syscall(SYS_ioctl, 1, 0x5409 /* TCSBRK */, 1);
    errno = saved;
}

static int fail(const char *why)
{
    failure = why;
    return -1;
}

/* ---- calls without arguments, and on files ------------------------------ */

static int fd = -1;

static int run_loop(uint64_t n)
{
    /* 2 instructions per operation: the check that a tick is an instruction */
    __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
    return 0;
}

static int run_getppid(uint64_t n)
{
    while (n--)
        syscall(SYS_getppid);
    return 0;
}

static int run_clock_syscall(uint64_t n)
{
    struct timespec now;
    while (n--)
        if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now))
            return -1;
    return 0;
}

static int run_clock_libc(uint64_t n)
{
    struct timespec now;
    while (n--)
        if (clock_gettime(CLOCK_MONOTONIC, &now))
            return -1;
    return 0;
}

static int open_zero(void) { return fd = open("/dev/zero", O_RDONLY); }
static int open_null(void) { return fd = open("/dev/null", O_WRONLY); }
static void close_fd(void) { close(fd); }

static int run_read_1(uint64_t n)
{
    while (n--)
        if (read(fd, buffer, 1) != 1)
            return -1;
    return 0;
}

static int run_write_1(uint64_t n)
{
    while (n--)
        if (write(fd, buffer, 1) != 1)
            return -1;
    return 0;
}

/* With -f the tests that only read use a file that is there already. */
static const char *given_file;

static int make_file(void)
{
    if (given_file) {
        fd = open(given_file, O_RDONLY);
        snprintf(file_path, sizeof file_path, "%s", given_file);
        return fd < 0 ? -1 : 0;
    }
    unlink(file_path);
    fd = open(file_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return -1;
    for (int done = 0; done < FILE_SIZE; done += sizeof buffer)
        if (write(fd, buffer, sizeof buffer) != sizeof buffer)
            return -1;
    return lseek(fd, 0, SEEK_SET);
}

static void remove_file(void)
{
    close(fd);
    if (!given_file)
        unlink(file_path);
}

static int run_stat(uint64_t n)
{
    struct stat st;
    while (n--)
        if (stat(file_path, &st))
            return -1;
    return 0;
}

static int run_open_close(uint64_t n)
{
    while (n--) {
        int f = open(file_path, O_RDONLY);
        if (f < 0 || close(f))
            return -1;
    }
    return 0;
}

static int run_read_4k(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (i % (FILE_SIZE / 4096) == 0 && lseek(fd, 0, SEEK_SET))
            return -1;
        if (read(fd, buffer, 4096) != 4096)
            return -1;
    }
    return 0;
}

static int run_write_4k(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (i % (FILE_SIZE / 4096) == 0 && lseek(fd, 0, SEEK_SET))
            return -1;
        if (write(fd, buffer, 4096) != 4096)
            return -1;
    }
    return 0;
}

static int run_pread_64k(uint64_t n)
{
    while (n--)
        if (pread(fd, buffer, 65536, (n & 15) * 65536) != 65536)
            return -1;
    return 0;
}

static int no_file(void)
{
    unlink(file_path);
    return 0;
}

static int run_create_unlink(uint64_t n)
{
    while (n--) {
        int f = open(file_path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (f < 0 || close(f) || unlink(file_path))
            return -1;
    }
    return 0;
}

static int ready_fd = -1, ready_pipe[2];

static int open_epoll(void)
{
    struct epoll_event event = { .events = EPOLLIN };
    if (pipe(ready_pipe) || write(ready_pipe[1], "x", 1) != 1)
        return -1;
    ready_fd = epoll_create1(0);
    if (ready_fd < 0)
        return -1;
    return epoll_ctl(ready_fd, EPOLL_CTL_ADD, ready_pipe[0], &event);
}

static void close_epoll(void)
{
    close(ready_fd);
    close(ready_pipe[0]);
    close(ready_pipe[1]);
}

static int run_epoll(uint64_t n)
{
    struct epoll_event event;
    while (n--) {
        int got = epoll_wait(ready_fd, &event, 1, 0);
        if (got != 1)
            return got < 0 ? -1 : fail("epoll_wait reported nothing");
    }
    return 0;
}

/* ---- two processes and a channel ---------------------------------------- */

struct channel { int in, out; };
static struct channel ours, theirs;
static pid_t partner;

static int set_nodelay(int s)
{
    int on = 1;
    return setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int read_all(int f, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = read(f, (char *)data + done, size - done);
        if (got <= 0)
            return got < 0 ? -1 : fail("end of file");
        done += got;
    }
    return 0;
}

static int write_all(int f, const void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t put = write(f, (const char *)data + done, size - done);
        if (put <= 0)
            return put < 0 ? -1 : fail("short write");
        done += put;
    }
    return 0;
}

static void serve_echo(void)
{
    char byte;
    while (read(theirs.in, &byte, 1) == 1 && write(theirs.out, &byte, 1) == 1)
        ;
}

static void serve_sink(void)
{
    uint64_t expected;
    while (read_all(theirs.in, &expected, sizeof expected) == 0) {
        while (expected) {
            size_t want = expected < sizeof buffer ? expected : sizeof buffer;
            ssize_t got = read(theirs.in, buffer, want);
            if (got <= 0)
                return;
            expected -= got;
        }
        if (write(theirs.out, "k", 1) != 1)
            return;
    }
}

static int start_pair(int kind, void (*serve)(void))
{
    int a[2], b[2], listener = -1;
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;

    if (kind == 'p') {
        if (pipe(a) || pipe(b))
            return -1;
        ours = (struct channel){ b[0], a[1] };
        theirs = (struct channel){ a[0], b[1] };
    } else if (kind == 'u') {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, a))
            return -1;
        ours = (struct channel){ a[0], a[0] };
        theirs = (struct channel){ a[1], a[1] };
    } else {
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        listener = socket(AF_INET, SOCK_STREAM, 0);
        if (listener < 0 || bind(listener, (void *)&address, sizeof address) ||
            listen(listener, 1) ||
            getsockname(listener, (void *)&address, &length))
            return -1;
    }
    partner = fork();
    if (partner < 0)
        return -1;
    if (partner == 0) {
        if (kind == 't') {
            int s = accept(listener, NULL, NULL);
            if (s < 0)
                _exit(1);
            set_nodelay(s);
            theirs = (struct channel){ s, s };
            close(listener);
        } else {
            close(ours.in);
            if (ours.out != ours.in)
                close(ours.out);
        }
        serve();
        _exit(0);
    }
    if (kind == 't') {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (s < 0 || connect(s, (void *)&address, sizeof address))
            return -1;
        close(listener);
        ours = (struct channel){ s, s };
        return set_nodelay(s);
    }
    close(theirs.in);
    if (theirs.out != theirs.in)
        close(theirs.out);
    return 0;
}

static int start_pipe_echo(void) { return start_pair('p', serve_echo); }
static int start_unix_echo(void) { return start_pair('u', serve_echo); }
static int start_tcp_echo(void) { return start_pair('t', serve_echo); }
static int start_pipe_sink(void) { return start_pair('p', serve_sink); }
static int start_tcp_sink(void) { return start_pair('t', serve_sink); }

static void stop_pair(void)
{
    close(ours.in);
    if (ours.out != ours.in)
        close(ours.out);
    waitpid(partner, NULL, 0);
}

static int run_round_trip(uint64_t n)
{
    char byte = 'x';
    while (n--)
        if (write(ours.out, &byte, 1) != 1 || read(ours.in, &byte, 1) != 1)
            return -1;
    return 0;
}

static int run_bandwidth(uint64_t n)
{
    uint64_t total = n * sizeof buffer;
    char ack;
    if (write_all(ours.out, &total, sizeof total))
        return -1;
    while (n--)
        if (write_all(ours.out, buffer, sizeof buffer))
            return -1;
    return read_all(ours.in, &ack, 1);
}

static int open_self_pipe(void)
{
    int p[2];
    if (pipe(p))
        return -1;
    ours = (struct channel){ p[0], p[1] };
    return 0;
}

static void close_self_pipe(void)
{
    close(ours.in);
    close(ours.out);
}

/* ---- a ring of processes ------------------------------------------------- */

static int ring_size;
static pid_t ring_member[MAX_RING];

static int start_ring(int size)
{
    int p[MAX_RING][2];
    ring_size = size;
    for (int i = 0; i < size; i++)
        if (pipe(p[i]))
            return -1;
    for (int i = 1; i < size; i++) {
        ring_member[i] = fork();
        if (ring_member[i] < 0)
            return -1;
        if (ring_member[i] == 0) {
            int in = p[i][0], out = p[(i + 1) % size][1];
            char byte;
            for (int j = 0; j < size; j++) {
                if (p[j][0] != in)
                    close(p[j][0]);
                if (p[j][1] != out)
                    close(p[j][1]);
            }
            while (read(in, &byte, 1) == 1 && write(out, &byte, 1) == 1)
                ;
            _exit(0);
        }
    }
    ours = (struct channel){ p[0][0], p[1 % size][1] };
    for (int j = 0; j < size; j++) {
        if (p[j][0] != ours.in)
            close(p[j][0]);
        if (p[j][1] != ours.out)
            close(p[j][1]);
    }
    return 0;
}

static int start_ring_2(void) { return start_ring(2); }
static int start_ring_8(void) { return start_ring(8); }

static void stop_ring(void)
{
    close(ours.out);
    for (int i = 1; i < ring_size; i++)
        waitpid(ring_member[i], NULL, 0);
    close(ours.in);
}

/* ---- threads -------------------------------------------------------------- */

enum { MINE, YOURS, STOP };
static pthread_t thread;
static volatile int turn;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static long futex(int operation, int value)
{
    return syscall(SYS_futex, &turn, operation, value, NULL, NULL, 0);
}

static void *futex_partner(void *unused)
{
    (void)unused;
    for (;;) {
        int now;
        while ((now = turn) == MINE)
            futex(FUTEX_WAIT_PRIVATE, MINE);
        if (now == STOP)
            return NULL;
        turn = MINE;
        futex(FUTEX_WAKE_PRIVATE, 1);
    }
}

static int run_futex(uint64_t n)
{
    while (n--) {
        turn = YOURS;
        futex(FUTEX_WAKE_PRIVATE, 1);
        while (turn == YOURS)
            if (futex(FUTEX_WAIT_PRIVATE, YOURS) && errno != EAGAIN && errno != EINTR)
                return -1;
    }
    return 0;
}

static void *condition_partner(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (turn == MINE)
            pthread_cond_wait(&condition, &mutex);
        if (turn == STOP)
            break;
        turn = MINE;
        pthread_cond_signal(&condition);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static int run_condition(uint64_t n)
{
    pthread_mutex_lock(&mutex);
    while (n--) {
        turn = YOURS;
        pthread_cond_signal(&condition);
        while (turn == YOURS)
            pthread_cond_wait(&condition, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    return 0;
}

static int start_thread(void *(*body)(void *))
{
    turn = MINE;
    errno = pthread_create(&thread, NULL, body, NULL);
    return errno ? -1 : 0;
}

static int start_futex(void) { return start_thread(futex_partner); }
static int start_condition(void) { return start_thread(condition_partner); }

static void stop_futex(void)
{
    turn = STOP;
    futex(FUTEX_WAKE_PRIVATE, 1);
    pthread_join(thread, NULL);
}

static void stop_condition(void)
{
    pthread_mutex_lock(&mutex);
    turn = STOP;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
}

/* ---- signals --------------------------------------------------------------- */

static volatile uint64_t delivered;

static void count_signal(int number)
{
    (void)number;
    delivered++;
}

static int catch_signal(void)
{
    struct sigaction action = { .sa_handler = count_signal };
    return sigaction(SIGUSR1, &action, NULL);
}

static int run_sigaction(uint64_t n)
{
    while (n--)
        if (catch_signal())
            return -1;
    return 0;
}

static int run_signal(uint64_t n)
{
    pid_t me = getpid();
    delivered = 0;
    for (uint64_t i = 0; i < n; i++)
        if (kill(me, SIGUSR1))
            return -1;
    return delivered == n ? 0 : fail("signals lost");
}

/* ---- processes and memory --------------------------------------------------- */

static int reap(pid_t child, int expected)
{
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
        return fail("unexpected exit status");
    return 0;
}

static int run_fork(uint64_t n)
{
    while (n--) {
        pid_t child = fork();
        if (child == 0)
            _exit(7);
        if (reap(child, 7))
            return -1;
    }
    return 0;
}

static int run_fork_exec(uint64_t n)
{
    char *arguments[] = { self_path, EXIT_ARG, NULL };
    char *environment[] = { NULL };
    while (n--) {
        pid_t child = fork();
        if (child == 0) {
            execve(self_path, arguments, environment);
            _exit(99);
        }
        if (reap(child, 0))
            return -1;
    }
    return 0;
}

static int run_vfork_exec(uint64_t n)
{
    char *arguments[] = { self_path, EXIT_ARG, NULL };
    char *environment[] = { NULL };
    while (n--) {
        pid_t child = vfork();
        if (child == 0) {
            execve(self_path, arguments, environment);
            _exit(99);
        }
        if (reap(child, 0))
            return -1;
    }
    return 0;
}

static int touch(size_t size)
{
    volatile char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return -1;
    for (size_t i = 0; i < size; i += 4096)
        p[i] = 1;
    return munmap((void *)p, size);
}

static int run_mmap_1(uint64_t n)
{
    while (n--)
        if (touch(4096))
            return -1;
    return 0;
}

static int run_mmap_64m(uint64_t n)
{
    while (n--)
        if (touch(BIG))
            return -1;
    return 0;
}

/* ---- the table ---------------------------------------------------------------- */

struct test {
    const char *name;
    int (*setup)(void);
    int (*run)(uint64_t n);
    void (*cleanup)(void);
    unsigned per_n;             /* operations done per unit of n */
    const char *what;
};

static const struct test tests[] = {
    { "loop_2_instructions", NULL, run_loop, NULL, 1, "dec+jnz in user mode: 2.00 ticks if a tick is an instruction" },
    { "syscall_null", NULL, run_getppid, NULL, 1, "getppid" },
    { "clock_gettime_syscall", NULL, run_clock_syscall, NULL, 1, "clock_gettime(CLOCK_MONOTONIC) as a system call" },
    { "clock_gettime_libc", NULL, run_clock_libc, NULL, 1, "the same through libc: the vDSO where there is one" },
    { "read_1_zero", open_zero, run_read_1, close_fd, 1, "read 1 byte from /dev/zero" },
    { "write_1_null", open_null, run_write_1, close_fd, 1, "write 1 byte to /dev/null" },
    { "stat", make_file, run_stat, remove_file, 1, "stat of DIR/file" },
    { "open_close", make_file, run_open_close, remove_file, 1, "open and close of DIR/file" },
    { "read_4k_cached", make_file, run_read_4k, remove_file, 1, "read 4 KiB, sequentially in a cached 1 MiB file" },
    { "pread_64k_cached", make_file, run_pread_64k, remove_file, 1, "pread 64 KiB of a cached 1 MiB file" },
    { "write_4k", make_file, run_write_4k, remove_file, 1, "overwrite 4 KiB, sequentially in a 1 MiB file" },
    { "create_unlink", no_file, run_create_unlink, NULL, 1, "create, close and unlink an empty file" },
    { "epoll_wait_ready", open_epoll, run_epoll, close_epoll, 1, "epoll_wait that finds one of one descriptors ready" },
    { "sigaction", NULL, run_sigaction, NULL, 1, "install a signal handler" },
    { "signal_self", catch_signal, run_signal, NULL, 1, "kill(self), handler, return from handler" },
    { "mmap_touch_munmap", NULL, run_mmap_1, NULL, 1, "map 1 anonymous page, write to it, unmap" },
    { "mmap_touch_64m", NULL, run_mmap_64m, NULL, 1, "map 64 MiB, write to each of 16384 pages, unmap (all of it is one operation)" },
    { "fork_wait", NULL, run_fork, NULL, 1, "fork, exit, wait" },
    { "fork_exec_wait", NULL, run_fork_exec, NULL, 1, "fork, exec of this static program, exit, wait" },
    { "vfork_exec_wait", NULL, run_vfork_exec, NULL, 1, "the same with vfork" },
    { "pipe_self", open_self_pipe, run_round_trip, close_self_pipe, 1, "write and read 1 byte in one process: no switch (subtract from ring_*)" },
    { "pipe_round_trip", start_pipe_echo, run_round_trip, stop_pair, 1, "1 byte there and back between two processes, two pipes" },
    { "unix_round_trip", start_unix_echo, run_round_trip, stop_pair, 1, "the same over an AF_UNIX stream socket pair" },
    { "tcp_round_trip", start_tcp_echo, run_round_trip, stop_pair, 1, "the same over TCP on 127.0.0.1, TCP_NODELAY" },
    { "ring_2", start_ring_2, run_round_trip, stop_ring, 2, "one hop of a 1-byte token in a ring of 2 processes: pipe_self + context switch" },
    { "ring_8", start_ring_8, run_round_trip, stop_ring, 8, "the same in a ring of 8 processes" },
    { "futex_round_trip", start_futex, run_futex, stop_futex, 1, "two threads taking turns, FUTEX_WAIT and FUTEX_WAKE" },
    { "condvar_round_trip", start_condition, run_condition, stop_condition, 1, "two threads taking turns, pthread mutex and condition" },
    { "pipe_write_64k", start_pipe_sink, run_bandwidth, stop_pair, 1, "64 KiB through a pipe to another process" },
    { "tcp_write_64k", start_tcp_sink, run_bandwidth, stop_pair, 1, "64 KiB through TCP on 127.0.0.1 to another process" },
};
enum { TESTS = sizeof tests / sizeof *tests };

/* ---- running it ----------------------------------------------------------------- */

static uint64_t fixed_n, target = 20000000;
static unsigned rounds = 3, limit = 30;

static int timed(const struct test *t, uint64_t n, uint64_t *took)
{
    uint64_t start = ticks();
    int result = t->run(n);
    *took = ticks() - start;
    return result;
}

static int measure(const struct test *t)
{
    uint64_t n = 1, took, best = UINT64_MAX;

    if (t->setup && t->setup() < 0)
        return -1;
    if (timed(t, 1, &took))             /* warm */
        return -1;
    if (fixed_n) {
        n = (fixed_n + t->per_n - 1) / t->per_n;
    } else {
        for (;;) {
            if (timed(t, n, &took))
                return -1;
            if (took >= target / 10 * 9)
                break;
            uint64_t guess = took ? n * (target / 100) / (took / 100 + 1) : n * 10;
            if (guess > n * 10)
                guess = n * 10;
            n = guess > n ? guess : n + 1;
        }
    }
    for (unsigned i = 0; i < rounds; i++) {
        int last = i + 1 == rounds;
        if (last) {
            mark_label(t->name, n * t->per_n);
            MARK_BEGIN;
        }
        int result = timed(t, n, &took);
        if (last)
            MARK_END;
        if (result)
            return -1;
        if (took < best)
            best = took;
    }
    uint64_t operations = n * t->per_n;
    uint64_t whole = best / operations;
    uint64_t cents = (best % operations) * 100 / operations;
    emit("%s\t%llu.%02llu\t%llu\n", t->name, (unsigned long long)whole,
         (unsigned long long)cents, (unsigned long long)operations);
    if (t->cleanup)
        t->cleanup();
    return 0;
}

static int attempt(const struct test *t)
{
    errno = 0;
    failure = NULL;
    if (measure(t) == 0)
        return 0;
    emit("%s\terror\t%s\n", t->name, failure ? failure : errno ? strerror(errno) : "failed");
    return 1;
}

/* Each test runs in a child, so a crash or a hang costs only that test. */
static int isolated(const struct test *t)
{
    int status;
    pid_t child = fork();
    if (child < 0)
        return attempt(t);
    if (child == 0) {
        alarm(limit);
        _exit(attempt(t));
    }
    while (waitpid(child, &status, 0) != child)
        if (errno != EINTR) {
            emit("%s\terror\twaitpid: %s\n", t->name, strerror(errno));
            return 1;
        }
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == SIGALRM)
            emit("%s\terror\tno result in %u s\n", t->name, limit);
        else
            emit("%s\terror\tkilled by signal %d\n", t->name, WTERMSIG(status));
        return 1;
    }
    return WEXITSTATUS(status) != 0;
}

static uint64_t tick_rate(void)
{
    struct timespec a, b;
    int64_t passed = 0;
    if (clock_gettime(CLOCK_MONOTONIC, &a))
        return 0;
    uint64_t start = ticks(), end = start;
    while (passed < 20000000) {
        clock_gettime(CLOCK_MONOTONIC, &b);
        end = ticks();
        passed = (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
        if (end - start > 1000000000)
            return 0;                   /* the clock stands still */
    }
    return (end - start) * 1000 / (passed / 1000000);
}

static void header(const char *unit)
{
    struct utsname name;
    uint64_t best = UINT64_MAX, took;
    for (int i = 0; i < 3; i++) {
        timed(&tests[0], 1000000, &took);
        if (took < best)
            best = took;
    }
    if (!unit)
        unit = best >= 2000000 && best < 2010000 ? "instruction" : "tsc-cycle";
    emit("# osbench=%s\n# tick=%s\n# loop_1000000x2=%llu\n# tick_hz=%llu\n", VERSION, unit,
         (unsigned long long)best, (unsigned long long)tick_rate());
    if (uname(&name) == 0)
        emit("# system=%s %s\n", name.sysname, name.release);
    emit("# name\tticks_per_op\titerations\n");
}

/* Ticks taken by a whole command: "ticks<TAB>exit-status" on standard error.
 * The environment variable OSBENCH_LABEL names the window for a plugin. */
static int time_command(char **command)
{
    int status;
    const char *label = getenv("OSBENCH_LABEL");
    mark_label(label ? label : command[0], 1);
    MARK_BEGIN;
    uint64_t start = ticks();
    pid_t child = fork();
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        dprintf(2, "osbench: %s\n", strerror(errno));
        return 126;
    }
    uint64_t took = ticks() - start;
    MARK_END;
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    dprintf(2, "%llu\t%d\n", (unsigned long long)took, status);
    return status;
}

static void usage(int status)
{
    dprintf(status ? 2 : 1,
        "usage: osbench [options] [test...]      run all tests, or those named\n"
        "       osbench -c command [arg...]      ticks one command takes, on standard error\n"
        "       osbench -c                       print the counter\n"
        "  -l        list the tests\n"
        "  -n N      N operations per round (default: adaptive)\n"
        "  -m TICKS  length an adaptive round aims for (default 20000000)\n"
        "  -r N      rounds; the fastest counts (default 3)\n"
        "  -t SEC    give up on a test after SEC seconds of guest time (default 30)\n"
        "  -d DIR    where to make files (default /tmp)\n"
        "  -f FILE   for the tests that only read: this file, of 1 MiB at least, instead of one made in DIR\n"
        "  -s PATH   path of this program, for the exec tests\n"
        "  -u UNIT   name of the tick unit (default: found by calibration)\n"
        "  -i        run tests inside this process: needs no fork, survives no crash\n");
    exit(status);
}

int main(int argc, char **argv)
{
    const char *unit = NULL;
    int option, inside = 0, failed = 0;

    if (argc > 1 && !strcmp(argv[1], EXIT_ARG))
        _exit(0);
    if (argc > 1 && !strcmp(argv[1], "-c")) {
        if (argc > 2)
            return time_command(argv + 2);
        emit("%llu\n", (unsigned long long)ticks());
        return 0;
    }
    if (strchr(argv[0], '/'))
        snprintf(self_path, sizeof self_path, "%s", argv[0]);
    else if (readlink("/proc/self/exe", self_path, sizeof self_path - 1) < 0)
        snprintf(self_path, sizeof self_path, "/osbench");

    while ((option = getopt(argc, argv, "ln:m:r:t:d:f:s:u:ih")) != -1)
        switch (option) {
        case 'l':
            for (int i = 0; i < TESTS; i++)
                emit("%s\t%s\n", tests[i].name, tests[i].what);
            return 0;
        case 'n': fixed_n = strtoull(optarg, NULL, 0); break;
        case 'm': target = strtoull(optarg, NULL, 0); break;
        case 'r': rounds = strtoul(optarg, NULL, 0); break;
        case 't': limit = strtoul(optarg, NULL, 0); break;
        case 'd': work_dir = optarg; break;
        case 'f': given_file = optarg; break;
        case 's': snprintf(self_path, sizeof self_path, "%s", optarg); break;
        case 'u': unit = optarg; break;
        case 'i': inside = 1; break;
        case 'h': usage(0); break;
        default: usage(2);
        }
    if (!rounds)
        rounds = 1;
    for (int i = optind; i < argc; i++) {
        int known = 0;
        for (int j = 0; j < TESTS; j++)
            known |= !strcmp(argv[i], tests[j].name);
        if (!known) {
            dprintf(2, "osbench: no test named %s (see -l)\n", argv[i]);
            return 2;
        }
    }
    snprintf(file_path, sizeof file_path, "%s/osbench.file", work_dir);
    memset(buffer, 'b', sizeof buffer);
    signal(SIGPIPE, SIG_IGN);

    header(unit);
    for (int j = 0; j < TESTS; j++) {
        int wanted = optind == argc;
        for (int i = optind; i < argc; i++)
            wanted |= !strcmp(argv[i], tests[j].name);
        if (wanted)
            failed |= inside ? attempt(&tests[j]) : isolated(&tests[j]);
    }
    return failed;
}
