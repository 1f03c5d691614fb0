/* syscall_fuzz COUNT SEED: random system calls from an unprivileged process. Runs on Linux, too.
 *
 * A supervisor keeps one victim running, which drops its rights and makes one random call after the other; the count and
 * the victim's seed lie in shared memory. A victim that dies is replaced, one that makes no progress is killed. Arguments
 * come from what breaks kernels: borders of the address space, addresses of the kernel and of its services, unmapped and
 * read-only pages, odd lengths, live descriptors. Ends with status 0 when COUNT calls were made; prints the free memory
 * before and after, so that a leak shows. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { USER = 1000, ARENA_BYTES = 64 * 1024, HIGHEST_CALL = 335, STUCK_MS = 300 };

static struct shared {
    volatile uint64_t calls;
    volatile uint64_t blocked_in; /* The call a victim is in, for the report. */
} *shared;

static uint64_t state;

static uint64_t random_word(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1dULL;
}

/* Calls that would end the experiment without testing anything. */
static int excluded(long number)
{
    switch (number) {
    case SYS_exit: case SYS_exit_group: case SYS_vfork: case SYS_pause: case SYS_setrlimit: case SYS_prlimit64:
    case SYS_rt_sigreturn: case SYS_clone: /* With random flags it is a thread on the same stack. */
        return 1;
    }
    return 0;
}

static char *arena; /* Four parts: ordinary, read-only, unmapped, ordinary again. */

static uint64_t argument(void)
{
    static const uint64_t borders[] = {
        0, 1, 8, 0xfff, 0x1000, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffefff, 0x7ffffffff000,
        0x7fffffffffff, 0x800000000000, 0xffff800000000000, 0xffffa00000000000, 0xffffa00040000000, 0xffffa08000000000,
        0xffffffff80000000, 0xffffffff80100000, 0xfffffffffffff000, 0xffffffffffffffff, 0xfffffffffffffff0, 0x8000000000000000,
    };
    uint64_t r = random_word();
    switch (r % 16) {
    case 0: case 1: return borders[(r >> 8) % (sizeof borders / sizeof *borders)];
    case 2: case 3: case 4: return (r >> 8) % 16;              /* A descriptor, a signal, a flag. */
    case 5: return (r >> 8) % 4096;
    case 6: return 1ULL << ((r >> 8) % 64);
    case 7: return (uint64_t)arena + ARENA_BYTES * 2 - (r >> 8) % 64;  /* Runs from the read-only part into the hole. */
    case 8: return (uint64_t)arena + ARENA_BYTES + (r >> 8) % ARENA_BYTES;
    case 9: return (uint64_t)arena + ARENA_BYTES * 2 + (r >> 8) % ARENA_BYTES;
    case 10: return r;
    case 11: return -(uint64_t)((r >> 8) % 4096);
    default: return (uint64_t)arena + ((r >> 8) % ARENA_BYTES & ~7ULL);
    }
}

static void quiet_handler(int number)
{
    (void)number;
}

static void fill_arena(void)
{
    for (int i = 0; i < 64; i++)
        ((uint64_t *)arena)[random_word() % (ARENA_BYTES / 8)] = argument();
    strcpy(arena + (random_word() % 128) * 8, random_word() % 2 ? "/tmp/fuzz/name" : "/proc/self/maps");
}

static void victim(uint64_t seed, uint64_t limit)
{
    state = seed | 1;
    if (chdir("/tmp/fuzz") || setgid(USER) || setuid(USER))
        _exit(1);
    struct rlimit few = {12, 12}, memory = {256 << 20, 256 << 20}, none = {0, 0}, file = {1 << 20, 1 << 20};
    setrlimit(RLIMIT_NPROC, &few);
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &file);
    int pipes[2];
    if (open("/tmp/fuzz/file", O_RDWR | O_CREAT, 0600) < 0 || pipe2(pipes, O_NONBLOCK) || open("/dev/zero", O_RDWR) < 0)
        _exit(1);
    pid_t self = getpid();
    while (shared->calls < limit) {
        struct itimerval soon = {{0, 20000}, {0, 20000}};
        struct sigaction action = {.sa_handler = quiet_handler};
        if (shared->calls % 32 == 0) {
            fill_arena();
            sigaction(SIGALRM, &action, NULL);
            setitimer(ITIMER_REAL, &soon, NULL);
        }
        long number = random_word() % (HIGHEST_CALL + 10);
        if (random_word() % 64 == 0)
            number = (long)argument();
        if (excluded(number))
            continue;
        shared->blocked_in = number;
        __atomic_fetch_add(&shared->calls, 1, __ATOMIC_RELAXED);
        syscall(number, argument(), argument(), argument(), argument(), argument(), argument());
        if (syscall(SYS_getpid) != self)
            _exit(0); /* A copy made by fork. */
    }
    _exit(0);
}

static long free_kib(void)
{
    char text[4096];
    int file = open("/proc/meminfo", O_RDONLY);
    ssize_t bytes = file < 0 ? -1 : read(file, text, sizeof text - 1);
    close(file);
    if (bytes <= 0)
        return -1;
    text[bytes] = 0;
    char *line = strstr(text, "MemFree:");
    return line ? atol(line + 8) : -1;
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: syscall_fuzz COUNT SEED\n");
        return 2;
    }
    uint64_t limit = strtoull(argv[1], NULL, 10), seed = strtoull(argv[2], NULL, 10), victims = 0, stuck = 0;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    arena = mmap(NULL, ARENA_BYTES * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || arena == MAP_FAILED)
        return 1;
    mprotect(arena + ARENA_BYTES, ARENA_BYTES, PROT_READ);
    munmap(arena + ARENA_BYTES * 2, ARENA_BYTES);
    mkdir("/tmp/fuzz", 0777);
    chmod("/tmp/fuzz", 0777);
    long before = free_kib();
    while (shared->calls < limit) {
        remove("/tmp/fuzz/file"); /* An earlier victim may have locked its successors out of it. */
        pid_t child = fork();
        if (child < 0) {
            perror("fork");
            return 1;
        }
        if (child == 0) {
            setpgid(0, 0);
            int null = open("/dev/null", O_RDWR);
            for (int fd = 0; fd < 3; fd++)
                dup2(null, fd);
            victim(seed * 1000003 + victims, limit);
        }
        victims++;
        uint64_t seen = shared->calls;
        int quiet_ms = 0;
        while (waitpid(child, NULL, WNOHANG) == 0) {
            sleep_ms(5);
            quiet_ms = shared->calls == seen ? quiet_ms + 5 : 0;
            seen = shared->calls;
            if (quiet_ms >= STUCK_MS) {
                kill(child, SIGKILL);
                stuck++;
                quiet_ms = 0;
            }
        }
        kill(-child, SIGKILL); /* What it forked. */
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
    sleep_ms(500);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    printf("calls %llu\nvictims %llu\nkilled while waiting %llu\nfree KiB before %ld after %ld\n", (unsigned long long)shared->calls,
           (unsigned long long)victims, (unsigned long long)stuck, before, free_kib());
    return 0;
}
