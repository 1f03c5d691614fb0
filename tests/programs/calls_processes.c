/* calls_processes: birth, exec, ends and their reports, stops, groups, sessions, ids and limits. */
#include "check.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void statuses(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(42);
    CHECK(exited_with(status_of(child), 42));
    child = fork();
    if (child == 0)
        for (;;)
            pause();
    siginfo_t info;
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    kill(child, SIGSTOP);
    CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    kill(child, SIGCONT);
    CHECK(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    kill(child, SIGTERM);
    CHECK(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_KILLED && info.si_status == SIGTERM);
    CHECK(killed_by(status_of(child), SIGTERM));
    CHECK(kill(child, 0) == -1 && errno == ESRCH);
    CHECK(wait(&status) == -1 && errno == ECHILD);
}

static void shared_memory_births(void)
{
    volatile int shared = 0;
    pid_t child = vfork();
    if (child == 0) {
        shared = 5;
        _exit(3);
    }
    CHECK(shared == 5 && exited_with(status_of(child), 3));
    char *words[] = {"sh", "-c", "exit $X", NULL}, *environment[] = {"X=9", NULL};
    CHECK(posix_spawn(&child, "/bin/sh", NULL, NULL, words, environment) == 0 && exited_with(status_of(child), 9));
}

static void orphans(void)
{
    int ends[2], parent = 0;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        pid_t middle = getpid();
        if (fork() == 0) {
            while (getppid() == middle)
                usleep(1000);
            parent = getppid();
            _exit(write(ends[1], &parent, sizeof parent) != sizeof parent);
        }
        _exit(0);
    }
    CHECK(status_of(child) == 0);
    CHECK(read(ends[0], &parent, sizeof parent) == sizeof parent && parent >= 1 && parent != getpid());
    close(ends[0]);
    close(ends[1]);
}

static void groups(void)
{
    pid_t child = fork();
    if (child == 0) {
        CHECK(setsid() == getpid() && getpgrp() == getpid() && getsid(0) == getpid());
        CHECK(setsid() == -1 && errno == EPERM);
        _exit(failures != 0);
    }
    CHECK(status_of(child) == 0);
    child = fork();
    if (child == 0)
        for (;;)
            pause();
    int status;
    CHECK(setpgid(child, child) == 0 && getpgid(child) == child);
    CHECK(kill(-child, SIGKILL) == 0);
    CHECK(waitpid(-child, &status, 0) == child && killed_by(status, SIGKILL));
    CHECK(setpgid(0, 999999) == -1 && errno == EPERM);
}

static void stopped_sleep_goes_on(void)
{
    double began = now();
    pid_t child = fork();
    if (child == 0) {
        struct timespec wait = {0, 300000000};
        _exit(nanosleep(&wait, NULL) != 0 || now() - began < 0.29);
    }
    usleep(50000);
    kill(child, SIGSTOP);
    usleep(50000);
    kill(child, SIGCONT);
    CHECK(status_of(child) == 0);
}

static void make_file(char const *path, char const *text, int mode)
{
    unlink(path);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    CHECK(write(file, text, strlen(text)) == (ssize_t)strlen(text));
    CHECK(fchmod(file, mode) == 0);
    close(file);
}

static void programs(void)
{
    CHECK(execl("/nonexistent", "x", (char *)NULL) == -1 && errno == ENOENT);
    CHECK(execl("/tmp", "x", (char *)NULL) == -1 && errno == EACCES);
    make_file("/tmp/script", "#!/bin/sh -e\nexit $#\n", 0755);
    pid_t child = fork();
    if (child == 0)
        _exit(execl("/tmp/script", "another name", "a", "b", (char *)NULL));
    CHECK(exited_with(status_of(child), 2));
    make_file("/tmp/text", "echo hello\n", 0755);
    CHECK(execl("/tmp/text", "x", (char *)NULL) == -1 && errno == ENOEXEC);
    char *big = malloc(200000);
    memset(big, 'a', 199999);
    big[199999] = 0;
    CHECK(execl("/bin/sh", "sh", big, (char *)NULL) == -1 && errno == E2BIG);
    free(big);
    int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char command[100];
    snprintf(command, sizeof command, "[ ! -e /proc/self/fd/%d ] && [ \"$0\" = zero ]", closed);
    child = fork();
    if (child == 0)
        _exit(execl("/bin/sh", "sh", "-c", command, "zero", (char *)NULL));
    CHECK(status_of(child) == 0);
    close(closed);
    unlink("/tmp/script");
    unlink("/tmp/text");
}

static void *sleep_for_ever(void *argument)
{
    for (;;)
        sleep(100);
    return argument;
}

static void *exec_shell(void *argument)
{
    execl("/bin/sh", "sh", "-c", "exit 33", (char *)NULL);
    return argument;
}

static void start_threads(int sleepers, int execs)
{
    pthread_t thread;
    while (sleepers-- > 0)
        pthread_create(&thread, NULL, sleep_for_ever, NULL);
    while (execs-- > 0)
        pthread_create(&thread, NULL, exec_shell, NULL);
}

static void ends_of_many_threads(void)
{
    pid_t child = fork();
    if (child == 0) {
        start_threads(3, 1);
        for (;;)
            pause();
    }
    CHECK(exited_with(status_of(child), 33));
    child = fork();
    if (child == 0) {
        start_threads(4, 0);
        exit(5);
    }
    CHECK(exited_with(status_of(child), 5));
    child = fork();
    if (child == 0) {
        start_threads(2, 0);
        raise(SIGSEGV);
    }
    CHECK(killed_by(status_of(child), SIGSEGV));
}

static void ids(void)
{
    pid_t child = fork();
    if (child == 0) {
        gid_t two[2] = {5, 6}, found[4];
        uid_t real, effective, saved;
        CHECK(setgroups(2, two) == 0 && getgroups(4, found) == 2 && found[1] == 6);
        CHECK(setresgid(100, 101, 102) == 0 && setresuid(1000, 1001, 1002) == 0);
        CHECK(getresuid(&real, &effective, &saved) == 0 && real == 1000 && effective == 1001 && saved == 1002);
        CHECK(seteuid(1002) == 0 && geteuid() == 1002);
        CHECK(setuid(0) == -1 && errno == EPERM);
        CHECK(setuid(1000) == 0 && geteuid() == 1000);
        CHECK(kill(1, 0) == -1 && errno == EPERM);
        CHECK(setgroups(1, two) == -1 && errno == EPERM);
        CHECK(setpriority(PRIO_PROCESS, 0, -5) == -1);
        CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, 0) == 5);
        _exit(failures != 0);
    }
    CHECK(status_of(child) == 0);
}

static void quotas(void)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit few = {5, 5};
        setrlimit(RLIMIT_NPROC, &few);
        struct rlimit down_to_5 = {15, 15};
        setrlimit(RLIMIT_NICE, &down_to_5);
        CHECK(setuid(4321) == 0);
        int made = 0;
        pid_t another;
        for (; made < 20 && (another = fork()) > 0; ++made) {}
        if (another == 0)
            for (;;)
                pause();
        CHECK(made == 4 && errno == EAGAIN);
        kill(-1, SIGKILL);
        CHECK(setpriority(PRIO_PROCESS, 0, 10) == 0 && setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, 0) == 5);
        CHECK(setpriority(PRIO_PROCESS, 0, 4) == -1 && errno == EACCES && setpriority(PRIO_PROCESS, 0, 15) == 0);
        few = (struct rlimit){100, 5000000};
        CHECK(setrlimit(RLIMIT_NOFILE, &few) == -1 && errno == EPERM);
        _exit(failures != 0);
    }
    CHECK(status_of(child) == 0);
}

int main(void)
{
    PART(statuses);
    PART(shared_memory_births);
    PART(orphans);
    PART(groups);
    PART(stopped_sleep_goes_on);
    PART(programs);
    PART(ends_of_many_threads);
    PART(ids);
    PART(quotas);
    return failures != 0;
}
