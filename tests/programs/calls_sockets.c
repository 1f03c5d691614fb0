/* calls_sockets: AF_UNIX sockets of every type: names, connections, messages whole and in pieces, files and credentials
 * sent along, readiness, limits, errors. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <signal.h>

static socklen_t address(struct sockaddr_un *to, const char *name, size_t bytes)
{
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, name, bytes);
    return offsetof(struct sockaddr_un, sun_path) + bytes;
}

static int bound(int type, const char *name, size_t bytes)
{
    struct sockaddr_un a;
    socklen_t size = address(&a, name, bytes);
    int fd = socket(AF_UNIX, type, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, size) == 0);
    return fd;
}

static int reach(int fd, const char *name, size_t bytes)
{
    struct sockaddr_un a;
    socklen_t size = address(&a, name, bytes);
    return connect(fd, (struct sockaddr *)&a, size);
}

static short polled(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void making(void)
{
    int pair[2];
    struct stat s;
    CHECK(socket(AF_UNIX, 77, 0) == -1 && errno == EINVAL);
    CHECK(socket(AF_UNIX, SOCK_RDM, 0) == -1 && errno == ESOCKTNOSUPPORT);
    CHECK(socket(AF_UNIX, SOCK_STREAM, 17) == -1 && errno == EPROTONOSUPPORT);
    CHECK(socket(60, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK) && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode));
    CHECK(polled(fd) == (POLLOUT | POLLHUP));
    char c;
    CHECK(read(fd, &c, 1) == -1 && errno == EINVAL);
    CHECK(send(fd, &c, 1, 0) == -1 && errno == ENOTCONN);
    CHECK(lseek(fd, 0, SEEK_SET) == -1 && errno == ESPIPE);
    CHECK(listen(fd, 1) == -1 && errno == EINVAL);
    CHECK(accept(fd, NULL, NULL) == -1 && errno == EINVAL);
    CHECK(bind(0, NULL, 0) == -1 && errno == ENOTSOCK);
    CHECK(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 8) == -1 && errno == EFAULT);
    close(fd);
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    int value = 0;
    socklen_t size = sizeof value;
    CHECK(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_SEQPACKET && size == 4);
    CHECK(getsockopt(pair[0], SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 && value == AF_UNIX);
    CHECK(getsockopt(pair[0], SOL_SOCKET, 9999, &value, &size) == -1 && errno == ENOPROTOOPT);
    CHECK(setsockopt(pair[0], 6, 1, &value, size) == -1 && errno == EOPNOTSUPP);
    value = 10000;
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, size) == 0 && getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, &size) == 0 && value == 20000);
    struct ucred who;
    size = sizeof who;
    CHECK(getsockopt(pair[1], SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.pid == getpid() && who.uid == getuid());
    close(pair[0]);
    close(pair[1]);
}

static void names(void)
{
    struct sockaddr_un a;
    socklen_t size = sizeof a;
    struct stat s;
    int stream = bound(SOCK_STREAM, "here", 5);
    CHECK(stat("here", &s) == 0 && S_ISSOCK(s.st_mode) && (s.st_mode & 0777) == 0755);
    CHECK(getsockname(stream, (struct sockaddr *)&a, &size) == 0 && size == 7 && strcmp(a.sun_path, "here") == 0);
    CHECK(open("here", O_RDWR) == -1 && errno == ENXIO);
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(reach(other, "here", 5) == -1 && errno == ECONNREFUSED);
    CHECK(reach(other, "nowhere", 8) == -1 && errno == ENOENT);
    CHECK(reach(other, "\0nobody", 7) == -1 && errno == ECONNREFUSED);
    size = address(&a, "here", 5);
    CHECK(bind(other, (struct sockaddr *)&a, size) == -1 && errno == EADDRINUSE);
    size = address(&a, "\0second", 7);
    CHECK(bind(stream, (struct sockaddr *)&a, size) == -1 && errno == EINVAL);
    CHECK(bind(other, (struct sockaddr *)&a, 200) == -1 && errno == EINVAL);
    int datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(reach(datagram, "here", 5) == -1 && errno == EPROTOTYPE);
    CHECK(unlink("here") == 0 && reach(other, "here", 5) == -1 && errno == ENOENT);
    close(stream);
    int abstract = bound(SOCK_STREAM, "\0a\0b", 4);
    size = sizeof a;
    CHECK(getsockname(abstract, (struct sockaddr *)&a, &size) == 0 && size == 6 && memcmp(a.sun_path, "\0a\0b", 4) == 0);
    size = address(&a, "\0a\0b", 4);
    CHECK(bind(other, (struct sockaddr *)&a, size) == -1 && errno == EADDRINUSE);
    close(abstract);
    CHECK(bind(other, (struct sockaddr *)&a, size) == 0);
    close(other);
    a.sun_family = AF_UNIX;
    CHECK(bind(datagram, (struct sockaddr *)&a, sizeof a.sun_family) == 0);
    size = sizeof a;
    CHECK(getsockname(datagram, (struct sockaddr *)&a, &size) == 0 && size == 8 && a.sun_path[0] == 0);
    CHECK(getpeername(datagram, (struct sockaddr *)&a, &size) == -1 && errno == ENOTCONN);
    close(datagram);
}

static void connections(void)
{
    struct sockaddr_un a;
    socklen_t size = sizeof a;
    char text[16];
    int listener = bound(SOCK_STREAM, "\0listener", 9);
    CHECK(listen(listener, 1) == 0 && polled(listener) == 0);
    CHECK(fcntl(listener, F_SETFL, O_NONBLOCK) == 0 && accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
    int one = socket(AF_UNIX, SOCK_STREAM, 0), two = socket(AF_UNIX, SOCK_STREAM, 0), three = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(reach(one, "\0listener", 9) == 0 && polled(listener) == POLLIN);
    CHECK(reach(one, "\0listener", 9) == -1 && errno == EISCONN);
    CHECK(write(one, "early", 5) == 5);
    CHECK(reach(two, "\0listener", 9) == 0);
    CHECK(reach(three, "\0listener", 9) == -1 && errno == EAGAIN);
    int served = accept4(listener, (struct sockaddr *)&a, &size, SOCK_CLOEXEC);
    CHECK(served >= 0 && size == 2 && fcntl(served, F_GETFD) == FD_CLOEXEC);
    CHECK(reach(three, "\0listener", 9) == 0);
    size = sizeof a;
    CHECK(getpeername(one, (struct sockaddr *)&a, &size) == 0 && size == 11 && memcmp(a.sun_path, "\0listener", 9) == 0);
    CHECK(getsockname(served, (struct sockaddr *)&a, &size) == 0 && size == 11);
    CHECK(read(served, text, sizeof text) == 5 && memcmp(text, "early", 5) == 0);
    CHECK(write(served, "back", 4) == 4 && read(one, text, 3) == 3 && read(one, text, 9) == 1 && text[0] == 'k');
    CHECK(shutdown(one, SHUT_WR) == 0 && read(served, text, 1) == 0 && polled(served) == (POLLIN | POLLOUT | POLLRDHUP));
    CHECK(send(one, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    CHECK(write(served, "more", 4) == 4 && read(one, text, 9) == 4);
    close(served);
    CHECK(polled(one) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
    close(listener);
    CHECK(read(two, text, 1) == -1 && errno == ECONNRESET);
    CHECK(read(two, text, 1) == 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK(write(three, "x", 1) == -1 && errno == EPIPE);
    close(one);
    close(two);
    close(three);
}

static void waiting(void)
{
    int pair[2], sent = 0;
    char big[5000], text[8];
    memset(big, 'b', sizeof big);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(pair[0]);
        long total = 0;
        for (ssize_t n; (n = read(pair[1], big, sizeof big)) > 0;)
            total += n;
        _exit(total != 1000000);
    }
    close(pair[1]);
    for (int i = 0; i < 200; i++)
        sent += write(pair[0], big, sizeof big);
    CHECK(sent == 1000000);
    close(pair[0]);
    CHECK(status_of(child) == 0);

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    while (send(pair[0], big, sizeof big, MSG_DONTWAIT) > 0)
        ;
    CHECK(errno == EAGAIN && !(polled(pair[0]) & POLLOUT));
    struct timeval soon = {0, 20000};
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon) == 0);
    double before = now();
    CHECK(send(pair[0], big, 1, 0) == -1 && errno == EAGAIN && now() - before > 0.015);
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) == 0);
    CHECK(recv(pair[0], text, 1, 0) == -1 && errno == EAGAIN);
    for (int unread = 1; unread > 0;) {
        CHECK(ioctl(pair[1], FIONREAD, &unread) == 0);
        if (unread && recv(pair[1], big, sizeof big, MSG_DONTWAIT) <= 0)
            break;
    }
    CHECK(polled(pair[0]) == POLLOUT);
    child = fork();
    if (child == 0) {
        write(pair[0], "four", 4);
        usleep(20000);
        write(pair[0], "five", 4);
        _exit(0);
    }
    CHECK(recv(pair[1], text, 8, MSG_WAITALL) == 8 && memcmp(text, "fourfive", 8) == 0);
    CHECK(status_of(child) == 0);
    write(pair[0], "peek", 4);
    CHECK(recv(pair[1], text, 8, MSG_PEEK) == 4 && recv(pair[1], text, 2, MSG_PEEK) == 2 && recv(pair[1], text, 8, 0) == 4);
    CHECK(recv(pair[1], text, 8, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    close(pair[0]);
    close(pair[1]);
}

static void packets(void)
{
    struct sockaddr_un a;
    socklen_t size = sizeof a;
    char text[16], big[300000];
    int pair[2], unread = 0;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    CHECK(write(pair[0], "first", 5) == 5 && write(pair[0], "", 0) == 0 && send(pair[0], "third", 5, 0) == 5);
    CHECK(read(pair[1], text, 3) == 3 && read(pair[1], text, 3) == 0 && recv(pair[1], text, 2, MSG_TRUNC) == 5);
    CHECK(send(pair[0], big, sizeof big, 0) == -1 && errno == EMSGSIZE);
    close(pair[0]);
    CHECK(read(pair[1], text, 1) == 0 && send(pair[1], "x", 1, 0) == -1 && errno == EPIPE);
    close(pair[1]);

    int receiver = bound(SOCK_DGRAM, "\0receiver", 9), sender = bound(SOCK_DGRAM, "sender", 7), third = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(send(sender, "x", 1, 0) == -1 && errno == ENOTCONN);
    size = address(&a, "\0receiver", 9);
    CHECK(sendto(sender, "hello", 5, 0, (struct sockaddr *)&a, size) == 5 && sendto(third, "!", 1, 0, (struct sockaddr *)&a, size) == 1);
    CHECK(ioctl(receiver, FIONREAD, &unread) == 0 && unread == 5);
    size = sizeof a;
    CHECK(recvfrom(receiver, text, sizeof text, 0, (struct sockaddr *)&a, &size) == 5 && size == 9 && strcmp(a.sun_path, "sender") == 0);
    size = sizeof a;
    CHECK(recvfrom(receiver, text, sizeof text, 0, (struct sockaddr *)&a, &size) == 1 && size == 0);
    CHECK(reach(receiver, "sender", 7) == 0 && reach(third, "\0receiver", 9) == -1 && errno == EPERM);
    CHECK(reach(sender, "\0receiver", 9) == 0 && send(sender, "again", 5, 0) == 5 && recv(receiver, text, 9, 0) == 5);
    close(receiver);
    CHECK(send(sender, "x", 1, 0) == -1 && errno == ECONNREFUSED && send(sender, "x", 1, 0) == -1 && errno == ENOTCONN);
    close(sender);
    receiver = bound(SOCK_DGRAM, "\0receiver", 9);
    CHECK(reach(third, "\0receiver", 9) == 0 && polled(third) == POLLOUT);
    int count = 0;
    while (send(third, "m", 1, MSG_DONTWAIT) == 1)
        count++;
    CHECK(errno == EAGAIN && count == 11 && polled(third) == 0);
    CHECK(recv(receiver, text, 9, 0) == 1 && polled(third) == POLLOUT);
    close(receiver);
    close(third);
    unlink("sender");
}

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(4 * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

static ssize_t send_files(int to, const int *files, int count)
{
    char byte = 'f';
    struct iovec piece = {&byte, 1};
    union control control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), files, count * sizeof(int));
    return sendmsg(to, &message, 0);
}

static ssize_t receive_control(int from, union control *control, size_t room, int flags, struct msghdr *message)
{
    static char text[16];
    static struct iovec piece;
    piece = (struct iovec){text, sizeof text};
    memset(control, 0, sizeof *control);
    *message = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
    return recvmsg(from, message, flags);
}

static void files_sent(void)
{
    int pair[2], ends[2], got[2];
    union control control;
    struct msghdr m;
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && pipe(ends) == 0);
    CHECK(write(pair[0], "ab", 2) == 2 && send_files(pair[0], ends, 2) == 1 && write(pair[0], "cd", 2) == 2);
    close(ends[0]);
    CHECK(receive_control(pair[1], &control, sizeof control, MSG_CMSG_CLOEXEC, &m) == 3);
    CHECK(m.msg_controllen == CMSG_SPACE(8) && control.header.cmsg_type == SCM_RIGHTS && control.header.cmsg_len == CMSG_LEN(8));
    memcpy(got, CMSG_DATA(&control.header), sizeof got);
    CHECK(write(ends[1], "p", 1) == 1 && read(got[0], &byte, 1) == 1 && byte == 'p' && fcntl(got[0], F_GETFD) == FD_CLOEXEC);
    close(got[0]);
    close(got[1]);
    CHECK(receive_control(pair[1], &control, sizeof control, 0, &m) == 2 && m.msg_controllen == 0);
    CHECK(send_files(pair[0], &ends[1], 1) == 1 && receive_control(pair[1], &control, 0, 0, &m) == 1 && m.msg_flags == MSG_CTRUNC);
    int three[3] = {ends[1], ends[1], ends[1]};
    CHECK(send_files(pair[0], three, 3) == 1 && receive_control(pair[1], &control, CMSG_LEN(8), 0, &m) == 1 && m.msg_flags == MSG_CTRUNC);
    CHECK(control.header.cmsg_len == CMSG_LEN(8) && m.msg_controllen == CMSG_LEN(8));
    memcpy(got, CMSG_DATA(&control.header), sizeof got);
    close(got[0]);
    close(got[1]);
    int bad = 99;
    CHECK(send_files(pair[0], &bad, 1) == -1 && errno == EBADF);
    /* The pipe's write end lives in the queue alone; the queue's end ends it. */
    CHECK(pipe(got) == 0 && send_files(pair[0], &got[1], 1) == 1);
    close(got[1]);
    CHECK(fcntl(got[0], F_SETFL, O_NONBLOCK) == 0 && read(got[0], &byte, 1) == -1 && errno == EAGAIN);
    close(pair[1]);
    CHECK(read(got[0], &byte, 1) == 0);
    close(pair[0]);
    close(got[0]);
    close(ends[1]);
}

/* A pair of sockets that hold each other, and a pipe's write end, and that nobody else holds. */
static void rings(void)
{
    int one[2], two[2], ends[2], other[2];
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, one) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, two) == 0 && pipe2(ends, O_NONBLOCK) == 0);
    CHECK(send_files(one[0], &two[1], 1) == 1 && send_files(two[0], &one[1], 1) == 1 && send_files(two[0], &ends[1], 1) == 1);
    for (int i = 0; i < 2; i++) {
        close(one[i]);
        close(two[i]);
    }
    close(ends[1]);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, other) == 0);
    close(other[0]);
    close(other[1]);
    struct pollfd p = {ends[0], POLLIN, 0};
    CHECK(poll(&p, 1, 2000) == 1 && read(ends[0], &byte, 1) == 0);
    close(ends[0]);
    /* A chain: each lies in the queue of the next. */
    int last = -1;
    for (int i = 0; i < 300; i++) {
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, one) == 0);
        if (last >= 0)
            CHECK(send_files(one[0], &last, 1) == 1 && close(last) == 0);
        close(one[0]);
        last = one[1];
    }
    close(last);
}

static void credentials(void)
{
    int pair[2], on = 1;
    union control control;
    struct msghdr m;
    struct ucred who;
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    CHECK(write(pair[0], "x", 1) == 1 && setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 && write(pair[0], "y", 1) == 1);
    CHECK(receive_control(pair[1], &control, sizeof control, 0, &m) == 1 && control.header.cmsg_type == SCM_CREDENTIALS);
    memcpy(&who, CMSG_DATA(&control.header), sizeof who);
    CHECK(who.pid == 0 && who.uid == 65534 && who.gid == 65534);
    CHECK(receive_control(pair[1], &control, sizeof control, 0, &m) == 1);
    memcpy(&who, CMSG_DATA(&control.header), sizeof who);
    CHECK(who.pid == getpid() && who.uid == getuid() && who.gid == getgid());
    pid_t child = fork();
    if (child == 0)
        _exit(write(pair[0], "z", 1) != 1);
    CHECK(status_of(child) == 0 && receive_control(pair[1], &control, sizeof control, 0, &m) == 1);
    memcpy(&who, CMSG_DATA(&control.header), sizeof who);
    CHECK(who.pid == child);
    struct iovec piece = {"w", 1};
    m = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof who)};
    who = (struct ucred){getpid(), 4711, 4712};
    control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof who), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS};
    memcpy(CMSG_DATA(&control.header), &who, sizeof who);
    CHECK(sendmsg(pair[0], &m, 0) == 1 && receive_control(pair[1], &control, sizeof control, 0, &m) == 1);
    memcpy(&who, CMSG_DATA(&control.header), sizeof who);
    CHECK(who.uid == 4711 && who.gid == 4712);
    control.header.cmsg_type = 77;
    m = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof who)};
    CHECK(sendmsg(pair[0], &m, 0) == -1 && errno == EINVAL);
    close(pair[0]);
    close(pair[1]);
}

static void many(void)
{
    int pair[2];
    char text[4][8];
    struct iovec pieces[4];
    struct mmsghdr messages[4];
    memset(messages, 0, sizeof messages);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    for (int i = 0; i < 4; i++) {
        pieces[i] = (struct iovec){text[i], (size_t)i + 1};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
    }
    CHECK(sendmmsg(pair[0], messages, 3, 0) == 3 && messages[2].msg_len == 3);
    for (int i = 0; i < 4; i++)
        pieces[i].iov_len = 8;
    CHECK(recvmmsg(pair[1], messages, 4, MSG_WAITFORONE, NULL) == 3 && messages[0].msg_len == 1 && messages[2].msg_len == 3);
    CHECK(recvmmsg(pair[1], messages, 4, MSG_DONTWAIT, NULL) == -1 && errno == EAGAIN);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 4; i++) {
            usleep(5000);
            write(pair[0], "child", 5);
        }
        _exit(0);
    }
    CHECK(recvmmsg(pair[1], messages, 4, 0, NULL) == 4 && messages[3].msg_len == 5);
    CHECK(status_of(child) == 0);
    close(pair[0]);
    close(pair[1]);
}

static void readiness(void)
{
    int pair[2], set = epoll_create1(0);
    char byte;
    struct epoll_event e = {.events = EPOLLIN | EPOLLET | EPOLLRDHUP}, found;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &e) == 0);
    CHECK(epoll_wait(set, &found, 1, 0) == 0);
    CHECK(write(pair[1], "xx", 2) == 2 && epoll_wait(set, &found, 1, 0) == 1 && found.events == EPOLLIN);
    CHECK(epoll_wait(set, &found, 1, 0) == 0 && read(pair[0], &byte, 1) == 1 && epoll_wait(set, &found, 1, 0) == 0);
    CHECK(write(pair[1], "y", 1) == 1 && epoll_wait(set, &found, 1, 0) == 1);
    e.events = EPOLLIN | EPOLLONESHOT;
    CHECK(epoll_ctl(set, EPOLL_CTL_MOD, pair[0], &e) == 0 && epoll_wait(set, &found, 1, 0) == 1 && epoll_wait(set, &found, 1, 0) == 0);
    close(pair[1]);
    CHECK(epoll_wait(set, &found, 1, 0) == 0);
    CHECK(epoll_ctl(set, EPOLL_CTL_MOD, pair[0], &e) == 0 && epoll_wait(set, &found, 1, 0) == 1 && found.events == (EPOLLIN | EPOLLHUP));
    close(pair[0]);
    close(set);
    FILE *list = fopen("/proc/net/unix", "r");
    char line[256];
    int listener = bound(SOCK_STREAM, "\0listed", 7), seen = 0;
    listen(listener, 3);
    while (list && fgets(line, sizeof line, list))
        seen += strstr(line, " 00010000 0001 01 ") && strstr(line, " @listed\n");
    CHECK(seen == 1);
    if (list)
        fclose(list);
    close(listener);
}

int main(void)
{
    umask(022);
    PART(making);
    PART(names);
    PART(connections);
    PART(waiting);
    PART(packets);
    PART(files_sent);
    PART(rings);
    PART(credentials);
    PART(many);
    PART(readiness);
    return failures != 0;
}
