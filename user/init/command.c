/* One command: its output leaves the machine byte for byte, so the line is raw. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "user/init/init.h"

/* The words in one block, zero-terminated each; *count of them. */
static char *read_words(int file, int *count)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        fail("/run/hinge/command");
    char *text = malloc(status.st_size + 1);
    if (!text)
        fail("/run/hinge/command");
    size_t have = 0;
    for (ssize_t got; (got = read(file, text + have, status.st_size - have)) > 0;)
        have += got;
    close(file);
    text[have] = 0;
    *count = 0;
    for (size_t i = 0; i < have; ++i)
        *count += text[i] == 0;
    return text;
}

static void make_raw(int line)
{
    struct termios settings;
    if (tcgetattr(line, &settings) != 0)
        return;
    cfmakeraw(&settings);
    tcsetattr(line, TCSANOW, &settings);
}

int run_command(int file)
{
    int count;
    char *text = read_words(file, &count);
    char **words = calloc(count + 1, sizeof *words);
    if (!words || count == 0)
        return 127;
    for (int i = 0; i < count; ++i, text += strlen(text) + 1)
        words[i] = text;

    int line = open("/dev/ttyS1", O_RDWR | O_NOCTTY);
    if (line < 0)
        fail("/dev/ttyS1");
    make_raw(line);
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        setsid();
        int input = open("/run/hinge/stdin", O_RDONLY);
        unlink("/run/hinge/stdin");  /* Whoever lists the root sees what Linux would show. */
        dup2(input < 0 ? open("/dev/null", O_RDONLY) : input, 0);
        dup2(line, 1);
        dup2(line, 2);
        for (int other = 3; other < 16; ++other)
            close(other);
        if (chdir("/") != 0)
            _exit(126);
        become(words);
    }
    int status = wait_for(child);
    tcdrain(line);
    return status;
}
