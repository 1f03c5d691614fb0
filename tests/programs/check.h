/* What the programs that check system calls share: a check that fails says where, a part that ends says how. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failures;

#define CHECK(condition)                                                                                  \
    do {                                                                                                  \
        if (!(condition)) {                                                                               \
            printf("%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, strerror(errno));                 \
            failures++;                                                                                   \
        }                                                                                                 \
    } while (0)

/* Runs one part; its line is what the transcript shows. */
#define PART(name)                                                                                        \
    do {                                                                                                  \
        int before = failures;                                                                            \
        name();                                                                                           \
        printf("%s %s\n", failures == before ? "fine:" : "WRONG:", #name);                                \
        fflush(stdout);                                                                                   \
    } while (0)

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Waits for a child; its status as wait tells it. */
static inline int status_of(pid_t child)
{
    int status = -1;
    return waitpid(child, &status, 0) == child ? status : -1;
}

static inline int exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
static inline int killed_by(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }
