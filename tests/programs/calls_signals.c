/* calls_signals: handlers and what they are told, restarts, alternate stacks, queues, waiting for signals. */
#include "check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile sig_atomic_t seen, sender, code;
static sigjmp_buf back;
static volatile uintptr_t fault_address;

static void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(signal, &action, NULL);
}

static void note(int signal, siginfo_t *info, void *context)
{
    (void)context;
    seen = signal;
    sender = info->si_pid;
    code = info->si_code;
}

static void leave(int signal, siginfo_t *info, void *context)
{
    (void)context;
    seen = signal;
    code = info->si_code;
    fault_address = (uintptr_t)info->si_addr;
    siglongjmp(back, 1);
}

static void skip_two_bytes(int signal, siginfo_t *info, void *context)
{
    (void)info;
    seen = signal;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void alarm_in(int milliseconds)
{
    struct itimerval timer = {{0, 0}, {0, milliseconds * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void senders(void)
{
    handle(SIGUSR1, note, 0);
    kill(getpid(), SIGUSR1);
    CHECK(seen == SIGUSR1 && sender == getpid() && code == SI_USER);
    raise(SIGUSR1);
    CHECK(sender == getpid() && code == SI_TKILL);
    CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
    CHECK(kill(getpid(), 0) == 0);
}

static void restarts(void)
{
    int ends[2];
    char byte;
    CHECK(pipe(ends) == 0);
    handle(SIGALRM, note, 0);
    alarm_in(30);
    CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR && seen == SIGALRM);
    handle(SIGALRM, note, SA_RESTART);
    seen = 0;
    pid_t child = fork();
    if (child == 0) {
        usleep(200000);
        _exit(write(ends[1], "x", 1) != 1);
    }
    alarm_in(30);
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x' && seen == SIGALRM);
    CHECK(status_of(child) == 0);
    struct timespec wait = {0, 300000000}, left = {0, 0};
    handle(SIGALRM, note, 0);
    alarm_in(30);
    CHECK(nanosleep(&wait, &left) == -1 && errno == EINTR && left.tv_nsec > 1000000 && left.tv_nsec < 280000000);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    CHECK(write(ends[1], "x", 1) == -1 && errno == EPIPE);
    signal(SIGPIPE, SIG_DFL);
    close(ends[1]);
}

static void faults(void)
{
    handle(SIGSEGV, leave, 0);
    handle(SIGFPE, leave, 0);
    if (!sigsetjmp(back, 1))
        *(volatile int *)0x1234 = 1;
    CHECK(seen == SIGSEGV && fault_address == 0x1234 && code == SEGV_MAPERR);
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!sigsetjmp(back, 1))
        *(volatile char *)page = 1;
    CHECK(fault_address == (uintptr_t)page && code == SEGV_ACCERR);
    fault_address = 0;
    if (!sigsetjmp(back, 1))
        ((void (*)(void))page)();
    CHECK(fault_address == (uintptr_t)page && code == SEGV_ACCERR);
    int zero = 0;
    if (!sigsetjmp(back, 1))
        __asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; idivl %0" : : "m"(zero) : "eax", "edx");
    CHECK(seen == SIGFPE && code == FPE_INTDIV);
    handle(SIGILL, skip_two_bytes, 0);
    seen = 0;
    __asm__ volatile("ud2");
    CHECK(seen == SIGILL);
}

static void alternate_stack(void)
{
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536}, now_set;
    CHECK(sigaltstack(&stack, NULL) == 0);
    CHECK(sigaltstack(NULL, &now_set) == 0 && now_set.ss_sp == stack.ss_sp && now_set.ss_flags == 0);
    handle(SIGSEGV, leave, SA_ONSTACK);
    seen = 0;
    if (!sigsetjmp(back, 1))
        __asm__ volatile("mov $0x1000, %%rsp; push %%rax" : : : "memory");
    CHECK(seen == SIGSEGV);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGFPE, SIG_DFL);
    signal(SIGILL, SIG_DFL);
    stack.ss_size = 100;
    CHECK(sigaltstack(&stack, NULL) == -1 && errno == ENOMEM);
}

static int order[8], taken;

static void take(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    order[taken++ % 8] = info->si_value.sival_int;
}

static void queues(void)
{
    sigset_t set, before, pending;
    int number = SIGRTMIN + 1;
    handle(number, take, 0);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, &before);
    for (int i = 0; i < 5; ++i)
        CHECK(sigqueue(getpid(), number, (union sigval){.sival_int = i}) == 0);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, number));
    sigprocmask(SIG_SETMASK, &before, NULL);
    CHECK(taken == 5);
    for (int i = 0; i < 5; ++i)
        CHECK(order[i] == i);
}

static void waiting(void)
{
    sigset_t set, before, nothing;
    siginfo_t info;
    struct timespec short_time = {0, 20000000};
    sigemptyset(&nothing);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &before);
    CHECK(sigtimedwait(&set, &info, &short_time) == -1 && errno == EAGAIN);
    pid_t child = fork();
    if (child == 0) {
        usleep(50000);
        kill(getppid(), SIGUSR2);
        _exit(7);
    }
    CHECK(sigwaitinfo(&set, &info) == SIGUSR2 && info.si_code == SI_USER && info.si_pid == child);
    CHECK(exited_with(status_of(child), 7));
    handle(SIGUSR2, note, 0);
    seen = 0;
    kill(getpid(), SIGUSR2);
    CHECK(seen == 0);
    CHECK(sigsuspend(&nothing) == -1 && errno == EINTR && seen == SIGUSR2);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static volatile double handlers_number;

static void calculate(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    (void)context;
    double x = 1.5;
    for (int i = 0; i < 10; ++i)
        x *= 3.25;
    handlers_number = x;
}

static void floating_point(void)
{
    double kept = 12.375;
    handle(SIGUSR1, calculate, 0);
    __asm__ volatile("movsd %1, %%xmm7\n\t"
                     "mov $39, %%eax\n\tsyscall\n\t"          /* getpid */
                     "mov %%eax, %%edi\n\tmov $10, %%esi\n\t"  /* SIGUSR1 */
                     "mov $62, %%eax\n\tsyscall\n\t"          /* kill: the handler runs before the next instruction */
                     "movsd %%xmm7, %0"
                     : "=m"(kept) : "m"(kept) : "rax", "rcx", "rdi", "rsi", "r11", "xmm7", "memory");
    CHECK(kept == 12.375 && handlers_number > 100000);
}

static void unwanted_children(void)
{
    int status;
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0)
        _exit(0);
    CHECK(wait(&status) == -1 && errno == ECHILD);
    signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
    PART(senders);
    PART(restarts);
    PART(faults);
    PART(alternate_stack);
    PART(queues);
    PART(waiting);
    PART(floating_point);
    PART(unwanted_children);
    return failures != 0;
}
