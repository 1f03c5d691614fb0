/* calls_events: descriptors to wait on: signalfd, timerfd, eventfd, pidfd; interval timers of processor time. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int readable(int fd, int milliseconds)
{
    struct pollfd p = {fd, POLLIN, 0};
    return poll(&p, 1, milliseconds) == 1 ? p.revents : 0;
}

static void signals(void)
{
    sigset_t set, old;
    struct signalfd_siginfo info[3];
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, &old);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(fd >= 0 && fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK) && readable(fd, 0) == 0);
    CHECK(read(fd, info, sizeof info) == -1 && errno == EAGAIN);
    CHECK(read(fd, info, 10) == -1 && errno == EINVAL);
    CHECK(signalfd(fd, &set, 77) == -1 && errno == EINVAL && signalfd(0, &set, 0) == -1 && errno == EINVAL);
    kill(getpid(), SIGUSR1);
    union sigval value = {.sival_int = 4711};
    sigqueue(getpid(), SIGRTMIN, value);
    CHECK(readable(fd, 0) == POLLIN && read(fd, info, sizeof info) == 2 * sizeof *info);
    CHECK(info[0].ssi_signo == SIGUSR1 && (pid_t)info[0].ssi_pid == getpid() && info[0].ssi_code == SI_USER);
    CHECK(info[1].ssi_signo == (unsigned)SIGRTMIN && info[1].ssi_int == 4711 && info[1].ssi_code == SI_QUEUE);
    fcntl(fd, F_SETFL, 0);
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        _exit(kill(getppid(), SIGUSR1));
    }
    CHECK(read(fd, info, sizeof *info) == sizeof *info && (pid_t)info[0].ssi_pid == child);
    CHECK(status_of(child) == 0);
    int epoll = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN}, found;
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0 && epoll_wait(epoll, &found, 1, 0) == 0);
    raise(SIGUSR1);
    CHECK(epoll_wait(epoll, &found, 1, 100) == 1 && read(fd, info, sizeof *info) == sizeof *info);
    sigdelset(&set, SIGUSR1);
    CHECK(signalfd(fd, &set, 0) == fd);
    raise(SIGUSR1);
    CHECK(readable(fd, 0) == 0);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR1, SIG_DFL);
    sigprocmask(SIG_SETMASK, &old, NULL);
    close(epoll);
    close(fd);
}

static void timers(void)
{
    uint64_t count = 0;
    struct itimerspec set = {{0, 5000000}, {0, 10000000}}, left;
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    CHECK(fd >= 0 && timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0) == -1 && errno == EINVAL);
    CHECK(read(fd, &count, 8) == -1 && errno == EAGAIN && read(fd, &count, 4) == -1 && errno == EINVAL);
    CHECK(timerfd_settime(fd, 0, &set, NULL) == 0 && timerfd_gettime(fd, &left) == 0);
    CHECK(left.it_interval.tv_nsec == 5000000 && left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 10000000);
    CHECK(readable(fd, 1000) == POLLIN && read(fd, &count, 8) == 8 && count >= 1);
    usleep(20000);
    CHECK(read(fd, &count, 8) == 8 && count >= 3);
    struct itimerspec never = {{0, 0}, {0, 0}};
    CHECK(timerfd_settime(fd, 0, &never, &left) == 0 && left.it_interval.tv_nsec == 5000000 && readable(fd, 20) == 0);
    set.it_value.tv_nsec = 1000000000;
    CHECK(timerfd_settime(fd, 0, &set, NULL) == -1 && errno == EINVAL && timerfd_settime(0, 0, &never, NULL) == -1 && errno == EINVAL);
    fcntl(fd, F_SETFL, 0);
    struct itimerspec at = {{0, 0}, {0, 1}};
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) == 0 && read(fd, &count, 8) == 8 && count == 1);
    int epoll = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET}, found;
    struct itimerspec once = {{0, 0}, {0, 10000000}};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0 && timerfd_settime(fd, 0, &once, NULL) == 0);
    CHECK(epoll_wait(epoll, &found, 1, 1000) == 1 && epoll_wait(epoll, &found, 1, 0) == 0 && read(fd, &count, 8) == 8 && count == 1);
    close(epoll);
    close(fd);
}

static void counters(void)
{
    uint64_t value = 3;
    int fd = eventfd(2, EFD_NONBLOCK);
    CHECK(write(fd, &value, 8) == 8 && read(fd, &value, 8) == 8 && value == 5);
    CHECK(read(fd, &value, 8) == -1 && errno == EAGAIN);
    value = ~0ul - 1;
    CHECK(write(fd, &value, 8) == 8 && readable(fd, 0) == POLLIN);
    value = 1;
    CHECK(write(fd, &value, 8) == -1 && errno == EAGAIN);
    value = ~0ul;
    CHECK(write(fd, &value, 8) == -1 && errno == EINVAL);
    close(fd);
    fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    CHECK(read(fd, &value, 8) == 8 && value == 1 && read(fd, &value, 8) == 8 && value == 1 && read(fd, &value, 8) == -1);
    close(fd);
}

static void processes(void)
{
    siginfo_t info;
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 7 : 1);
    }
    int fd = syscall(SYS_pidfd_open, child, 0);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && readable(fd, 0) == 0);
    CHECK(syscall(SYS_pidfd_open, child, 1) == -1 && errno == EINVAL && syscall(SYS_pidfd_open, 999999, 0) == -1 && errno == ESRCH);
    CHECK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == 0 && syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0) == -1 && errno == EBADF);
    int copy = syscall(SYS_pidfd_getfd, fd, 99, 0);
    CHECK(copy == -1 && errno == EBADF);
    copy = syscall(SYS_pidfd_getfd, fd, ends[0], 0);
    CHECK(copy >= 0 && close(copy) == 0);
    info.si_pid = 0;
    CHECK(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
    CHECK(waitid(P_PIDFD, ends[0], &info, WEXITED) == -1 && errno == EBADF);
    close(ends[1]);
    CHECK(readable(fd, 1000) == POLLIN && waitid(P_PIDFD, fd, &info, WEXITED) == 0);
    CHECK(info.si_pid == child && info.si_status == 7 && info.si_code == CLD_EXITED);
    CHECK(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) == -1 && errno == ESRCH);
    CHECK(waitid(P_PIDFD, fd, &info, WEXITED) == -1 && errno == ECHILD);
    close(fd);
    close(ends[0]);
    struct { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; } clone = {0x1000, (uintptr_t)&fd, 0, 0, SIGCHLD, 0, 0, 0};
    child = syscall(SYS_clone3, &clone, sizeof clone);
    if (child == 0)
        for (;;)
            pause();
    CHECK(child > 0 && syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) == 0 && killed_by(status_of(child), SIGTERM));
    close(fd);
}

static volatile sig_atomic_t virtual_alarms, profile_alarms;
static void count_virtual(int signal) { (void)signal, virtual_alarms++; }
static void count_profile(int signal) { (void)signal, profile_alarms++; }

static void processor_time(void)
{
    struct itimerval set = {{0, 20000}, {0, 20000}}, now_left, never = {{0, 0}, {0, 0}};
    signal(SIGVTALRM, count_virtual);
    signal(SIGPROF, count_profile);
    CHECK(setitimer(ITIMER_VIRTUAL, &set, NULL) == 0 && setitimer(ITIMER_PROF, &set, NULL) == 0 && setitimer(3, &set, NULL) == -1 && errno == EINVAL);
    double end = now() + 10;
    while ((virtual_alarms < 3 || profile_alarms < 3) && now() < end)
        for (volatile int i = 0; i < 100000; i++)
            ;
    CHECK(virtual_alarms >= 3 && profile_alarms >= 3);
    CHECK(getitimer(ITIMER_PROF, &now_left) == 0 && now_left.it_interval.tv_usec == 20000 && now_left.it_value.tv_usec <= 20000);
    CHECK(setitimer(ITIMER_VIRTUAL, &never, &now_left) == 0 && now_left.it_interval.tv_usec == 20000 && setitimer(ITIMER_PROF, &never, NULL) == 0);
    CHECK(getitimer(ITIMER_VIRTUAL, &now_left) == 0 && now_left.it_value.tv_usec == 0);
}

int main(void)
{
    PART(signals);
    PART(timers);
    PART(counters);
    PART(processes);
    PART(processor_time);
    return failures != 0;
}
