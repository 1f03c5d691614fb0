/* hinge try: the cost difference at the heart of the debate, measured natively. A function call; a call between two services in
 * one domain; the same between two domains; a byte to another process and back; a process started and waited for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hinge.h"
#include "ticks.h"

enum { calls = 1000000, round_trips = 1000, processes = 20 };

static __attribute__((noinline)) long work(long x)
{
    __asm__ volatile("" : "+r"(x));
    return x + 1;
}

static uint64_t function_call(void)
{
    uint64_t start = ticks();
    for (long i = 0; i < calls; ++i)
        work(i);
    return (ticks() - start) / calls;
}

/* 0 with errno when it cannot be done. */
static uint64_t pipe_round_trip(void)
{
    int there[2], back[2];
    char byte = 0;
    if (pipe(there) || pipe(back))
        return 0;
    pid_t child = fork();
    if (child < 0)
        return 0;
    if (child == 0) {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1) {}
        _exit(0);
    }
    uint64_t start = 0;
    for (int i = -10; i < round_trips; ++i) {
        if (i == 0)
            start = ticks();
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
            return 0;
    }
    uint64_t took = (ticks() - start) / round_trips;
    close(there[1]);
    waitpid(child, NULL, 0);
    return took;
}

static uint64_t process(void)
{
    uint64_t start = ticks();
    for (int i = 0; i < processes; ++i) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", "hinge", "--nothing", (char *)NULL);
            _exit(127);
        }
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 0;
        if (status) {
            errno = ENOEXEC;
            return 0;
        }
    }
    return (ticks() - start) / processes;
}

/* Ticks in a millisecond: of sleeping, so that a host that counts otherwise is measured too. */
static uint64_t ticks_in_ms(void)
{
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    uint64_t start = ticks(), took;
    do {
        clock_gettime(CLOCK_MONOTONIC, &b);
        took = (b.tv_sec - a.tv_sec) * 1000000000ull + b.tv_nsec - a.tv_nsec;
    } while (took < 10000000);
    return (ticks() - start) / (took / 1000000);
}

int try_all(void)
{
    struct edge edges[most_edges];
    int count = read_edges(edges);
    uint64_t call = 0, message = 0;
    for (struct edge *e = edges; e < edges + count; ++e)
        if (!strcmp(e->server, "placement")) {
            call = e->call;
            message = e->message;
        }
    struct { uint64_t ticks; char const *what; int times; } const lines[] = {
        {function_call(), "function calls", calls},
        {call, "calls between services in one domain", 128},
        {message, "calls between domains", 128},
        {pipe_round_trip(), "pipe round trips between processes", round_trips},
        {process(), "processes started and waited for", processes},
    };
    uint64_t ms = ticks_in_ms();
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; ++i) {
        if (!lines[i].ticks || !ms) {
            fprintf(stderr, "hinge try: %s: %s\n", lines[i].what, strerror(errno));
            return 1;
        }
        printf("%9d %-38s %10llu ticks, %10.3f us each\n", lines[i].times, lines[i].what, (unsigned long long)lines[i].ticks,
               1000.0 * (double)lines[i].ticks / (double)ms);
    }
    printf("a process costs %.0f calls between domains\n", (double)lines[4].ticks / (double)message);
    return 0;
}
