/* calls_events: descriptors to wait on: signalfd, timerfd, eventfd, pidfd, inotify; timers of processor time; splice. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

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

/* The events that are there to read, as text: one letter each, in the order of inotify(7)'s bits, and the names. */
static const char *told(int fd)
{
    static char text[1000];
    char events[4096];
    char *to = text;
    ssize_t bytes = read(fd, events, sizeof events);
    for (ssize_t at = 0; at < bytes;) {
        struct inotify_event *e = (struct inotify_event *)(events + at);
        for (int bit = 0; bit < 16; bit++)
            if (e->mask & (1u << bit))
                *to++ = "amtwnoFTcdDM.uqi"[bit];
        to += sprintf(to, "%d%s%s%s ", e->wd, e->mask & IN_ISDIR ? "/" : "", e->len ? ":" : "", e->len ? e->name : "");
        at += sizeof *e + e->len;
    }
    *to = 0;
    return text;
}

static volatile sig_atomic_t told_signal, told_code, told_band, told_fd, times_told;

static void note(int signal, siginfo_t *info, void *context)
{
    (void)context;
    told_signal = signal;
    told_code = info->si_code;
    told_band = info->si_band;
    told_fd = info->si_fd;
    times_told++;
}

static void asynchronous(void)
{
    int ends[2], pair[2];
    char byte = 'x';
    struct f_owner_ex owner;
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    sigaction(SIGIO, &action, NULL);
    sigaction(SIGRTMIN + 1, &action, NULL);
    CHECK(pipe(ends) == 0 && fcntl(ends[0], F_GETOWN) == 0 && fcntl(ends[0], F_GETSIG) == 0);
    CHECK(fcntl(ends[0], F_SETOWN, 999999) == -1 && errno == ESRCH && fcntl(ends[0], F_SETSIG, 65) == -1 && errno == EINVAL);
    CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0 && fcntl(ends[0], F_GETOWN) == getpid());
    CHECK(write(ends[1], &byte, 1) == 1 && times_told == 0);
    CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0 && (fcntl(ends[0], F_GETFL) & O_ASYNC));
    CHECK(write(ends[1], &byte, 1) == 1 && times_told == 1 && told_signal == SIGIO && told_code == SI_KERNEL);
    CHECK(fcntl(ends[0], F_SETSIG, SIGRTMIN + 1) == 0 && fcntl(ends[0], F_GETSIG) == SIGRTMIN + 1);
    CHECK(write(ends[1], &byte, 1) == 1 && times_told == 2 && told_signal == SIGRTMIN + 1 && told_code == POLL_IN);
    CHECK(told_fd == ends[0] && told_band == (POLLIN | POLLRDNORM));
    owner.type = F_OWNER_TID;
    owner.pid = getpid();
    CHECK(fcntl(ends[0], F_SETOWN_EX, &owner) == 0 && fcntl(ends[0], F_GETOWN_EX, &owner) == 0 && owner.type == F_OWNER_TID && owner.pid == getpid());
    CHECK(write(ends[1], &byte, 1) == 1 && times_told == 3);
    CHECK(fcntl(ends[0], F_SETFL, 0) == 0 && write(ends[1], &byte, 1) == 1 && times_told == 3);
    CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0 && close(ends[1]) == 0 && times_told == 4 && close(ends[0]) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    int on = 1, group = -getpgrp(), now_set;
    CHECK(ioctl(pair[0], FIOASYNC, &on) == 0 && ioctl(pair[0], FIOSETOWN, &group) == 0 && ioctl(pair[0], SIOCGPGRP, &now_set) == 0 && now_set == group);
    group = getpid();
    CHECK(ioctl(pair[0], SIOCSPGRP, &group) == 0 && send(pair[1], &byte, 1, 0) == 1 && times_told == 5 && told_signal == SIGIO);
    CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
}

static void directory_notices(void)
{
    int before = times_told, file = open("noticed", O_CREAT | O_RDWR, 0644);
    CHECK(fcntl(file, F_NOTIFY, DN_CREATE) == -1 && errno == ENOTDIR && close(file) == 0 && unlink("noticed") == 0);
    CHECK(mkdir("noticed", 0755) == 0);
    int fd = open("noticed", O_RDONLY);
    CHECK(fcntl(fd, F_SETSIG, SIGRTMIN + 1) == 0 && fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE | DN_MULTISHOT) == 0);
    CHECK(close(open("noticed/a", O_CREAT | O_RDWR, 0644)) == 0 && times_told == before + 1 && told_code == POLL_MSG && told_fd == fd);
    CHECK(unlink("noticed/a") == 0 && times_told == before + 2 && fcntl(fd, F_NOTIFY, 0) == 0);
    CHECK(fcntl(fd, F_NOTIFY, DN_CREATE) == 0 && close(open("noticed/a", O_CREAT | O_RDWR, 0644)) == 0 && times_told == before + 3);
    CHECK(unlink("noticed/a") == 0 && close(open("noticed/a", O_CREAT | O_RDWR, 0644)) == 0 && times_told == before + 3);
    CHECK(fcntl(fd, F_NOTIFY, DN_ATTRIB | DN_MULTISHOT) == 0 && chmod("noticed/a", 0600) == 0 && times_told == before + 4 && close(fd) == 0);
    CHECK(chmod("noticed/a", 0644) == 0 && times_told == before + 4 && unlink("noticed/a") == 0 && rmdir("noticed") == 0);
}

static void notifications(void)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), unread;
    char byte = 'x';
    CHECK(fd >= 0 && mkdir("watched", 0755) == 0 && readable(fd, 0) == 0);
    CHECK(read(fd, &byte, 1) == -1 && errno == EAGAIN);
    CHECK(inotify_add_watch(fd, "watched", IN_ALL_EVENTS) == 1 && inotify_add_watch(fd, "watched", 0) == -1 && errno == EINVAL);
    CHECK(inotify_add_watch(fd, "missing", IN_OPEN) == -1 && errno == ENOENT && inotify_add_watch(0, "watched", IN_OPEN) == -1 && errno == EINVAL);
    int file = open("watched/file", O_CREAT | O_RDWR, 0644);
    byte = 'x';
    CHECK(write(file, &byte, 1) == 1 && pread(file, &byte, 1, 0) == 1 && close(file) == 0);
    CHECK(ioctl(fd, FIONREAD, &unread) == 0 && unread == 5 * 32 && readable(fd, 0) == POLLIN);
    CHECK(strcmp(told(fd), "c1:file o1:file m1:file a1:file w1:file ") == 0);
    CHECK(chmod("watched/file", 0600) == 0 && rename("watched/file", "watched/other") == 0 && mkdir("watched/below", 0755) == 0);
    CHECK(strcmp(told(fd), "t1:file F1:file T1:other c1/:below ") == 0);
    CHECK(inotify_add_watch(fd, "watched/other", IN_DELETE_SELF | IN_ATTRIB) == 2);
    CHECK(unlink("watched/other") == 0);
    const char *end = told(fd);
    CHECK(strstr(end, "t2 ") && strstr(end, "d1:other ") && strstr(end, "D2 i2 "));
    CHECK(rmdir("watched/below") == 0 && strcmp(told(fd), "d1/:below ") == 0);
    CHECK(inotify_rm_watch(fd, 1) == 0 && strcmp(told(fd), "i1 ") == 0 && inotify_rm_watch(fd, 1) == -1 && errno == EINVAL);
    CHECK(inotify_add_watch(fd, "watched", IN_CREATE | IN_ONESHOT | IN_ONLYDIR) == 3);
    CHECK(symlink("nowhere", "watched/one") == 0 && symlink("nowhere", "watched/two") == 0 && strcmp(told(fd), "c3:one i3 ") == 0);
    CHECK(unlink("watched/one") == 0 && unlink("watched/two") == 0 && rmdir("watched") == 0);
    close(fd);
}

static void splicing(void)
{
    int one[2], two[2];
    char text[16];
    loff_t at = 2;
    int file = open("spliced", O_CREAT | O_RDWR, 0644);
    CHECK(pipe(one) == 0 && pipe(two) == 0 && write(file, "0123456789", 10) == 10);
    CHECK(splice(file, &at, one[1], NULL, 5, 0) == 5 && at == 7 && tee(one[0], two[1], 3, 0) == 3);
    CHECK(read(two[0], text, 16) == 3 && memcmp(text, "234", 3) == 0);
    at = 1;
    int copy = open("copied", O_CREAT | O_RDWR, 0644);
    CHECK(splice(one[0], NULL, copy, &at, 100, 0) == 5 && at == 6 && pread(copy, text, 10, 0) == 6 && memcmp(text, "\00023456", 6) == 0);
    close(copy);
    CHECK(splice(one[0], NULL, two[1], NULL, 5, SPLICE_F_NONBLOCK) == -1 && errno == EAGAIN);
    CHECK(splice(file, NULL, file, NULL, 5, 0) == -1 && errno == EINVAL && splice(one[0], &at, file, NULL, 5, 0) == -1 && errno == ESPIPE);
    struct iovec piece[2] = {{"ab", 2}, {"cde", 3}};
    CHECK(vmsplice(one[1], piece, 2, 0) == 5 && splice(one[0], NULL, two[1], NULL, 4, 0) == 4 && read(two[0], text, 16) == 4 && memcmp(text, "abcd", 4) == 0);
    CHECK(tee(file, one[1], 1, 0) == -1 && errno == EINVAL && read(one[0], text, 16) == 1);
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        _exit(write(one[1], "late", 4) != 4);
    }
    CHECK(splice(one[0], NULL, two[1], NULL, 100, 0) == 4 && status_of(child) == 0 && read(two[0], text, 16) == 4);
    close(one[1]);
    CHECK(splice(one[0], NULL, two[1], NULL, 5, 0) == 0);
    unlink("spliced");
    unlink("copied");
}

int main(void)
{
    PART(signals);
    PART(timers);
    PART(counters);
    PART(processes);
    PART(processor_time);
    PART(asynchronous);
    PART(directory_notices);
    PART(notifications);
    PART(splicing);
    return failures != 0;
}
