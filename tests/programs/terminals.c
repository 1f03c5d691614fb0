/* terminals: pseudo-terminals, job control and the small devices, as a program meets them. Prints one line a check; the
 * expected lines are what Debian's Linux prints. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int master, slave;
static char slave_name[40];

static void say(char const *name, long value) { printf("%s: %ld\n", name, value); fflush(stdout); }
static void say_errno(char const *name, long result) { printf("%s: %s\n", name, result < 0 ? strerror(errno) : "fine"); fflush(stdout); }

/* What read gave, with control characters shown. */
static void say_read(char const *name, int from)
{
    unsigned char text[5000];
    ssize_t got = read(from, text, sizeof text);
    printf("%s: ", name);
    if (got < 0)
        printf("%s", strerror(errno));
    for (ssize_t i = 0; i < got; ++i)
        if (text[i] < 32 || text[i] > 126)
            printf("\\x%02x", text[i]);
        else
            putchar(text[i]);
    printf(got >= 0 ? " (%zd)\n" : "\n", got);
    fflush(stdout);
}

/* Waits until something can be read, so that checks need no luck; 0 after two seconds. */
static int await(int from)
{
    struct pollfd p = {.fd = from, .events = POLLIN};
    return poll(&p, 1, 2000);
}

static void type(char const *text) { if (write(master, text, strlen(text)) < 0) say_errno("type", -1); }

static void open_pair(void)
{
    int number = -1, unlocked = 0;
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    say_errno("open ptmx", master);
    say_errno("number", ioctl(master, TIOCGPTN, &number));
    snprintf(slave_name, sizeof slave_name, "/dev/pts/%d", number);
    say_errno("open of a locked slave", open(slave_name, O_RDWR | O_NOCTTY));
    say_errno("unlock", ioctl(master, TIOCSPTLCK, &unlocked));
    slave = open(slave_name, O_RDWR | O_NOCTTY);
    say_errno("open slave", slave);
    say("is a terminal", isatty(slave));
    say("same name", strcmp(ttyname(slave) ? ttyname(slave) : "", slave_name) == 0);
}

static void settings(void)
{
    struct termios t;
    say_errno("tcgetattr", tcgetattr(slave, &t));
    printf("flags: %o %o %o %o\ncharacters:", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
    for (int i = 0; i < 19; ++i)
        printf(" %o", t.c_cc[i]);
    putchar('\n');
    say_errno("bad pointer", ioctl(slave, TCGETS, (void *)16));
    say_errno("unknown request", ioctl(slave, 0x5600, 0));
    say_errno("not a terminal", ioctl(open("/dev/null", O_RDONLY), TCGETS, &t));
    say_errno("no session here", ioctl(slave, TIOCGPGRP, &t));
}

static void canonical(void)
{
    type("hello\n");
    say("readable", await(slave));
    say_read("line", slave);
    say_read("echo", master);
    type("abc\x7f" "d\x04");
    await(slave);
    say_read("pushed", slave);
    say_read("echo", master);
    type("\x04");
    await(slave);
    say_read("end of file", slave);
    if (write(slave, "out\n", 4) != 4)
        say_errno("write", -1);
    await(master);
    say_read("written", master);
    type("pending");
    await(master);
    int count = -1;
    ioctl(slave, FIONREAD, &count);
    say("half a line is not readable", count);
    say_errno("flush", tcflush(slave, TCIFLUSH));
    say_errno("drain", tcdrain(slave));
    say_read("echo", master);
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    say_read("nothing", slave);
    fcntl(slave, F_SETFL, O_RDWR);
}

static long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void raw(void)
{
    struct termios before, t;
    tcgetattr(slave, &before);
    t = before;
    cfmakeraw(&t);
    t.c_cc[VMIN] = 0;
    t.c_cc[VTIME] = 3;
    say_errno("set raw", tcsetattr(slave, TCSANOW, &t));
    long start = milliseconds();
    say_read("time without bytes", slave);
    long took = milliseconds() - start;
    say("took as long as asked", took >= 290 && took < 2000);
    type("x\r\003");
    await(slave);
    say_read("raw bytes", slave);
    t.c_cc[VMIN] = 3;
    t.c_cc[VTIME] = 2;
    tcsetattr(slave, TCSANOW, &t);
    type("12");
    say_read("two of three, then time", slave);
    type("12345");
    say_read("five", slave);
    t.c_cc[VMIN] = t.c_cc[VTIME] = 0;
    tcsetattr(slave, TCSANOW, &t);
    say_read("no minimum", slave);
    say_errno("back", tcsetattr(slave, TCSAFLUSH, &before));
}

static volatile sig_atomic_t last_signal;
static void note(int signal) { last_signal = signal; }

static void wait_for_signal(char const *name)
{
    for (int i = 0; i < 2000 && !last_signal; ++i)
        usleep(1000);
    say(name, last_signal);
    last_signal = 0;
}

/* Talks to the parent through pipes: 'r' ready, then a byte from it for each step. */
static int to_parent[2], to_child[2];
static void step(void) { char c; if (write(to_parent[1], "r", 1) != 1 || read(to_child[0], &c, 1) != 1) _exit(9); }
static void go(void) { if (write(to_child[1], "g", 1) != 1) exit(9); }
static void ready(void) { char c; if (read(to_parent[0], &c, 1) != 1) exit(9); }

static void stopped_child(char const *name, int reads)
{
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        char c;
        long result = reads ? read(slave, &c, 1) : write(slave, "x", 1);
        _exit(result < 0);
    }
    setpgid(child, child);
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    say(name, WIFSTOPPED(status) ? WSTOPSIG(status) : -status);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
}

static void session(void)
{
    for (int s = SIGHUP; s <= SIGTERM; ++s)
        if (s != SIGKILL && s != SIGSEGV)
            signal(s, SIG_DFL);
    say("new session", setsid() == getpid());
    say_errno("no controlling terminal", open("/dev/tty", O_RDWR));
    close(slave);
    slave = open(slave_name, O_RDWR);
    int group = -1, leader = -1;
    say_errno("group", ioctl(slave, TIOCGPGRP, &group));
    say("own group", group == getpgrp());
    ioctl(slave, TIOCGSID, &leader);
    say("own session", leader == getpid());
    int controlling = open("/dev/tty", O_RDWR);
    say_errno("controlling terminal", controlling);
    say("a terminal", isatty(controlling));
    signal(SIGINT, note);
    signal(SIGQUIT, note);
    signal(SIGWINCH, note);
    signal(SIGHUP, note);
    step();
    wait_for_signal("interrupt");
    step();
    wait_for_signal("quit");
    step();
    wait_for_signal("size");
    struct winsize size = {0};
    ioctl(slave, TIOCGWINSZ, &size);
    say("rows", size.ws_row);
    stopped_child("background read", 1);
    struct termios t;
    tcgetattr(slave, &t);
    t.c_lflag |= TOSTOP;
    tcsetattr(slave, TCSANOW, &t);
    stopped_child("background write", 0);
    say_errno("group of another session", tcsetpgrp(slave, getppid()));
    step();
    wait_for_signal("hang-up");
    say_read("after", slave);
    say_errno("write after", write(slave, "x", 1));
    say_errno("settings after", tcgetattr(slave, &t));
    _exit(0);
}

static void job_control(void)
{
    if (pipe(to_parent) || pipe(to_child))
        exit(9);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(master);
        session();
    }
    close(slave);
    struct winsize size = {.ws_row = 33, .ws_col = 77};
    ready();
    type("\003");
    go();
    ready();
    type("\034");
    go();
    ready();
    ioctl(master, TIOCSWINSZ, &size);
    go();
    ready();
    close(master);
    go();
    int status;
    waitpid(child, &status, 0);
    say("child", status);
}

static void closing(void)
{
    open_pair();
    struct pollfd p = {.fd = master, .events = POLLIN | POLLOUT};
    poll(&p, 1, 0);
    say("open: events", p.revents);
    if (write(slave, "last", 4) != 4)
        say_errno("write", -1);
    close(slave);
    poll(&p, 1, 1000);
    say("closed: hang-up", (p.revents & POLLHUP) != 0);
    say_read("what was left", master);
    say_read("then", master);
    slave = open(slave_name, O_RDWR | O_NOCTTY);
    say_errno("open again", slave);
    close(slave);
    close(master);
    say_errno("gone", open(slave_name, O_RDWR | O_NOCTTY));
}

static void devices(void)
{
    char text[16] = "unchanged";
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
    say("null reads", read(null, text, 9));
    say("null takes", write(null, text, 9));
    say("zero reads", read(zero, text, 9));
    say("a zero", text[0]);
    say_errno("full", write(full, text, 1));
    say("full reads", read(full, text, 9));
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    say("zero maps", map != MAP_FAILED && map[5000] == 0);
    say_errno("null does not", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, null, 0) == MAP_FAILED ? -1 : 0);
    say_errno("bad pointer", read(zero, (void *)16, 9));
    unsigned char random[64] = {0}, other[64] = {0};
    int source = open("/dev/urandom", O_RDONLY);
    say("random", read(source, random, 64));
    say("differs", read(source, other, 64) == 64 && memcmp(random, other, 64) != 0);
    say_errno("no such device", open("/dev/nothing", O_RDWR));
}

int main(void)
{
    alarm(60);
    devices();
    open_pair();
    settings();
    canonical();
    raw();
    job_control();
    closing();
    return 0;
}
