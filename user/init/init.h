/* What the parts of init share. */
#include <sys/types.h>

/* Runs shells on /dev/console until one ends by itself. */
void run_terminal(void);
/* Runs the command whose words the descriptor holds; its exit status as a shell tells it. */
int run_command(int words);

/* Waits for a child of ours and reaps every orphan meanwhile. */
int wait_for(pid_t child);
/* Replaces this (child) process by a program, with a fresh environment. */
_Noreturn void become(char *const *words);
/* Says what did not work, with errno, and powers off: nobody is there who could do better. */
_Noreturn void fail(char const *what);
_Noreturn void power_off(void);
