/* init: the first Linux program. Two ways to live, by what the boot archive holds:
 *   /run/hinge/command   its words, each ended by a zero byte: run once, output raw on /dev/ttyS1, standard input from
 *                        /run/hinge/stdin; then "hinge: exit status N" into the kernel log, and power off
 *   otherwise            a login shell on /dev/console in a session of its own, again and again; power off when it ends by itself
 * Orphans are reaped either way. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "user/init/init.h"

static void say(char const *text)
{
    int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (log < 0)
        return;
    if (write(log, text, strlen(text)) < 0) { /* Nobody else to tell. */ }
    close(log);
}

_Noreturn void power_off(void)
{
    sync();
    reboot(RB_POWER_OFF);
    say("init: the machine cannot be switched off\n");
    for (;;)
        pause();
}

_Noreturn void fail(char const *what)
{
    char line[200];
    snprintf(line, sizeof line, "init: %s: %s\n", what, strerror(errno));
    say(line);
    power_off();
}

int wait_for(pid_t child)
{
    for (;;) {
        int status;
        pid_t ended = wait(&status);
        if (ended == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (ended < 0 && errno != EINTR)
            fail("wait");
    }
}

static char *const environment[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/hinge", "HOME=/root", "TERM=linux", "USER=root",
    "LOGNAME=root", "SHELL=/bin/sh", NULL};

_Noreturn void become(char *const *words)
{
    environ = (char **)environment;
    execvp(words[0], words);
    int status = errno == ENOENT ? 127 : 126;
    dprintf(2, "init: %s: %s\n", words[0], strerror(errno));
    _exit(status);
}

int main(void)
{
    /* Whoever starts without descriptors gets them: nothing of ours may land on 0, 1 or 2 by accident. */
    while (open("/dev/null", O_RDWR) < 2) {
        if (errno == ENOENT)
            break;
    }
    umask(022);
    int command = open("/run/hinge/command", O_RDONLY | O_CLOEXEC);
    if (command < 0) {
        run_terminal();
        power_off();
    }
    unlink("/run/hinge/command");
    int status = run_command(command);
    char line[40];
    snprintf(line, sizeof line, "hinge: exit status %d\n", status);
    say(line);
    power_off();
}
