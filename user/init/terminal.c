/* The shell on the console: a session of its own with the console as its controlling terminal, so that ^C works. A
 * shell that a signal killed is started again; one that ended by itself was told to. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/init/init.h"

static _Noreturn void shell(void)
{
    setsid();
    for (int i = 0; i < 16; ++i)
        close(i);
    if (open("/dev/console", O_RDWR) != 0)
        _exit(126);
    ioctl(0, TIOCSCTTY, 0);
    dup2(0, 1);
    dup2(0, 2);
    if (chdir("/root") != 0)
        _exit(126);
    become((char *[]){"/bin/sh", "-l", NULL});
}

void run_terminal(void)
{
    for (;;) {
        pid_t child = fork();
        if (child < 0)
            fail("fork");
        if (child == 0)
            shell();
        if (wait_for(child) < 128)
            return;
    }
}
