/* calls_trace: ptrace, from both ways of attaching to the end of either side. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#define EVENT_STOP 128

static volatile long word = 1234;

static int stopped(int status, int what) { return WIFSTOPPED(status) && status >> 8 == what; }
static int with_event(int status, int event) { return stopped(status, SIGTRAP | event << 8); }

static int next(pid_t child)
{
    int status = -1;
    return waitpid(child, &status, __WALL) == child ? status : -1;
}

/* A child that is traced and stands still. */
static pid_t traced(void (*work)(void), long options)
{
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        work();
        _exit(0);
    }
    CHECK(stopped(next(child), SIGSTOP));
    CHECK(ptrace(PTRACE_SETOPTIONS, child, 0, options) == 0);
    return child;
}

static void asks_ids(void)
{
    if (syscall(SYS_getppid) == 777 && syscall(SYS_getuid) != -1)
        _exit((int)word);
}

static void calls_are_seen(void)
{
    struct user_regs_struct r;
    pid_t child = traced(asks_ids, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    int entries = 0, entering = 1;
    long seen = 0;
    for (;;) {
        CHECK(ptrace(PTRACE_SYSCALL, child, 0, 0) == 0);
        int status = next(child);
        if (!stopped(status, SIGTRAP | 0x80)) {
            CHECK(exited_with(status, 55));
            break;
        }
        CHECK(ptrace(PTRACE_GETREGS, child, 0, &r) == 0);
        CHECK(!entering || (long)r.rax == -ENOSYS);
        entries += entering;
        struct { uint8_t op, pad[3]; uint32_t arch; uint64_t ip, sp, words[7]; } info;
        CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) == (entering ? 80 : 33) && info.op == (entering ? 1 : 2));
        if (r.orig_rax == SYS_getppid && !entering) {
            CHECK((pid_t)r.rax == getpid());
            r.rax = 777;
            CHECK(ptrace(PTRACE_SETREGS, child, 0, &r) == 0);
        }
        if (r.orig_rax == SYS_getuid && entering) {
            errno = 0;
            seen = ptrace(PTRACE_PEEKDATA, child, &word, 0);
            CHECK(ptrace(PTRACE_POKEDATA, child, &word, 55) == 0);
            r.orig_rax = SYS_getpid;
            CHECK(ptrace(PTRACE_SETREGS, child, 0, &r) == 0);
            CHECK((unsigned long)ptrace(PTRACE_PEEKUSER, child, offsetof(struct user, regs.orig_rax), 0) == SYS_getpid);
        }
        entering = !entering;
    }
    CHECK(seen == 1234 && entries >= 3);
}

static void a_call_is_left_out(void)
{
    struct user_regs_struct r;
    pid_t child = traced(asks_ids, PTRACE_O_TRACESYSGOOD);
    do {
        CHECK(ptrace(PTRACE_SYSCALL, child, 0, 0) == 0);
        CHECK(stopped(next(child), SIGTRAP | 0x80));
        CHECK(ptrace(PTRACE_GETREGS, child, 0, &r) == 0);
    } while (r.orig_rax != SYS_getppid);
    r.orig_rax = -1;
    r.rax = 777;
    CHECK(ptrace(PTRACE_SETREGS, child, 0, &r) == 0 && ptrace(PTRACE_CONT, child, 0, 0) == 0);
    CHECK(exited_with(next(child), (int)(word & 255)));
}

static volatile sig_atomic_t got;
static void note(int signal) { got = signal; }

static void signals_itself(void)
{
    signal(SIGUSR1, note);
    signal(SIGUSR2, note);
    raise(SIGUSR1);
    _exit(got);
}

static void signals_are_the_tracers(void)
{
    siginfo_t info;
    int give[] = {SIGUSR1, 0, SIGUSR2};
    for (int i = 0; i < 3; i++) {
        pid_t child = traced(signals_itself, 0);
        CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0 && stopped(next(child), SIGUSR1));
        CHECK(ptrace(PTRACE_GETSIGINFO, child, 0, &info) == 0 && info.si_signo == SIGUSR1 && info.si_pid == child);
        CHECK(ptrace(PTRACE_CONT, child, 0, give[i]) == 0 && exited_with(next(child), give[i]));
    }
    pid_t child = traced(signals_itself, 0);
    CHECK(kill(child, SIGKILL) == 0 && killed_by(next(child), SIGKILL));
}

static void counts(void)
{
    for (volatile int i = 0; i < 10; i++) {}
}

static void steps(void)
{
    struct user_regs_struct r;
    pid_t child = traced(counts, 0);
    unsigned long last = 0;
    int moved = 0;
    for (int i = 0; i < 50; i++) {
        CHECK(ptrace(PTRACE_SINGLESTEP, child, 0, 0) == 0 && stopped(next(child), SIGTRAP));
        CHECK(ptrace(PTRACE_GETREGS, child, 0, &r) == 0);
        moved += r.rip != last;
        last = r.rip;
    }
    CHECK(moved > 40);
    CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0 && exited_with(next(child), 0));
}

static void *idle(void *p) { return p; }

static void has_children(void)
{
    pthread_t thread;
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    int status = status_of(child);
    pthread_create(&thread, NULL, idle, NULL);
    pthread_join(thread, NULL);
    execl("/bin/sh", "sh", "-c", WEXITSTATUS(status) == 7 ? "exit 8" : "exit 9", NULL);
}

static void events(void)
{
    pid_t first = traced(has_children, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT);
    int forks = 0, clones = 0, execs = 0, exits = 0, ended = 0, births = 0, status;
    unsigned long message;
    CHECK(ptrace(PTRACE_CONT, first, 0, 0) == 0);
    for (pid_t who; (who = waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status)) {
            ended++;
            if (who == first)
                CHECK(exited_with(status, 8));
            continue;
        }
        int deliver = 0;
        if (with_event(status, PTRACE_EVENT_FORK)) {
            forks++;
            CHECK(ptrace(PTRACE_GETEVENTMSG, who, 0, &message) == 0 && message > (unsigned long)first);
        } else if (with_event(status, PTRACE_EVENT_CLONE)) clones++;
        else if (with_event(status, PTRACE_EVENT_EXEC)) execs++;
        else if (with_event(status, PTRACE_EVENT_EXIT)) exits++;
        else if (stopped(status, SIGSTOP)) births++;
        else deliver = WSTOPSIG(status);
        CHECK(ptrace(PTRACE_CONT, who, 0, deliver) == 0);
    }
    CHECK(forks == 1 && clones == 1 && execs == 1 && births == 2 && exits == 3 && ended == 3);
}

static void seizing(void)
{
    pid_t child = fork();
    int status;
    if (child == 0)
        for (;;)
            usleep(1000);
    CHECK(ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_EXITKILL) == 0);
    CHECK(ptrace(PTRACE_SEIZE, child, 0, 0) == -1 && errno == EPERM);
    CHECK(ptrace(PTRACE_CONT, child, 0, 0) == -1 && errno == ESRCH);
    CHECK(ptrace(PTRACE_INTERRUPT, child, 0, 0) == 0 && with_event(next(child), EVENT_STOP));
    CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0);
    kill(child, SIGSTOP);
    CHECK(stopped(next(child), SIGSTOP));
    CHECK(ptrace(PTRACE_CONT, child, 0, SIGSTOP) == 0);
    CHECK(stopped(next(child), SIGSTOP | EVENT_STOP << 8));
    CHECK(ptrace(PTRACE_LISTEN, child, 0, 0) == 0 && waitpid(child, &status, __WALL | WNOHANG) == 0);
    kill(child, SIGCONT);
    CHECK(with_event(next(child), EVENT_STOP));
    CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0 && stopped(next(child), SIGCONT));
    CHECK(ptrace(PTRACE_DETACH, child, 0, 0) == 0 && waitpid(child, &status, WNOHANG) == 0);
    kill(child, SIGTERM);
    CHECK(killed_by(next(child), SIGTERM));
}

static void attaching(void)
{
    int ends[2];
    char byte;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(read(ends[0], &byte, 1) == 1 ? 5 : 6);
    usleep(20000);
    CHECK(ptrace(PTRACE_ATTACH, child, 0, 0) == 0 && stopped(next(child), SIGSTOP));
    CHECK(ptrace(PTRACE_DETACH, child, 0, 0) == 0);
    usleep(20000);
    CHECK(write(ends[1], "x", 1) == 1 && exited_with(next(child), 5)); /* The read went on. */
    child = fork();
    if (child == 0)
        for (;;)
            pause();
    pid_t tracer = fork();
    if (tracer == 0) {
        ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_EXITKILL);
        _exit(0);
    }
    CHECK(exited_with(status_of(tracer), 0) && killed_by(next(child), SIGKILL));
    CHECK(ptrace(PTRACE_ATTACH, getpid(), 0, 0) == -1 && errno == EPERM);
    CHECK(ptrace(PTRACE_CONT, 1, 0, 0) == -1 && errno == ESRCH);
}

static void other_memory(void)
{
    static char text[] = "there", here[16];
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        read(ends[0], here, 1);
        _exit(text[0]);
    }
    struct iovec mine[2] = {{here, 2}, {here + 8, 4}}, theirs = {text, 6}, none = {(void *)16, 4};
    CHECK(process_vm_readv(child, mine, 2, &theirs, 1, 0) == 6 && memcmp(here, "th", 2) == 0 && strcmp(here + 8, "ere") == 0);
    CHECK(process_vm_readv(child, mine, 1, &none, 1, 0) == -1 && errno == EFAULT);
    struct iovec changed = {"T", 1};
    CHECK(process_vm_writev(child, &changed, 1, &theirs, 1, 0) == 1 && text[0] == 't');
    CHECK(write(ends[1], "x", 1) == 1 && exited_with(status_of(child), 'T'));
}

int main(void)
{
    alarm(60);
    PART(calls_are_seen);
    PART(a_call_is_left_out);
    PART(signals_are_the_tracers);
    PART(steps);
    PART(events);
    PART(seizing);
    PART(attaching);
    PART(other_memory);
    return failures != 0;
}
