/* calls_memory: mappings, private and shared, of nothing and of files; what happens at their edges; time and names. */
#include "check.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>

enum { PAGE = 4096 };

static char *map_nothing(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void holes(void)
{
    char *pages = map_nothing(3 * PAGE);
    strcpy(pages, "one");
    strcpy(pages + 2 * PAGE, "three");
    CHECK(munmap(pages + PAGE, PAGE) == 0);
    CHECK(mmap(pages, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
    CHECK(madvise(pages, PAGE, MADV_DONTNEED) == 0 && pages[0] == 0);
    CHECK(mprotect(pages, 3 * PAGE, PROT_READ) == -1 && errno == ENOMEM);
    CHECK(strcmp(pages + 2 * PAGE, "three") == 0);
}

static void moves(void)
{
    char *page = map_nothing(PAGE);
    strcpy(page, "moved");
    char *moved = mremap(page, PAGE, 1 << 20, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && strcmp(moved, "moved") == 0);
    moved[(1 << 20) - 1] = 1;
    CHECK(mremap(moved, 1 << 20, 2 * PAGE, 0) == moved);
    CHECK(munmap(moved, 2 * PAGE) == 0);
    char *end = (char *)syscall(SYS_brk, 0);
    CHECK((char *)syscall(SYS_brk, end + 100000) == end + 100000);
    end[99999] = 1;
    CHECK((char *)syscall(SYS_brk, end) == end);
}

static sigjmp_buf back;
static volatile uintptr_t fault_address;

static void leave(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    fault_address = (uintptr_t)info->si_addr;
    siglongjmp(back, 1);
}

static void files(void)
{
    enum { BYTES = 9000 };
    char byte;
    int file = open("/tmp/mapped", O_CREAT | O_TRUNC | O_RDWR, 0600);
    for (int i = 0; i < BYTES / 3; ++i)
        CHECK(write(file, "abc", 3) == 3);
    char *shared = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *own = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK(shared[BYTES - 1] == 'c' && own[5000] == "abc"[5000 % 3] && shared[BYTES + 1] == 0);
    shared[5000] = 'Z';
    CHECK(pread(file, &byte, 1, 5000) == 1 && byte == 'Z' && own[5000] == 'Z');
    own[5000] = 'P';
    CHECK(shared[5000] == 'Z');
    CHECK(pwrite(file, "Q", 1, 10) == 1 && shared[10] == 'Q');
    CHECK(msync(shared, BYTES, MS_SYNC) == 0);
    pid_t child = fork();
    if (child == 0) {
        own[0] = 'y';
        shared[20] = 'S';
        _exit(0);
    }
    CHECK(status_of(child) == 0 && own[0] == 'a' && shared[20] == 'S');
    CHECK(write(file, shared, 3) == 3 && pread(file, &byte, 1, BYTES) == 1 && byte == 'a');

    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    char *far = mmap(NULL, 16 * PAGE, PROT_READ, MAP_SHARED, file, 0);
    if (!sigsetjmp(back, 1))
        byte = *(volatile char *)(far + 40000);
    CHECK(fault_address == (uintptr_t)far + 40000);
    int read_only = open("/tmp/mapped", O_RDONLY);
    CHECK(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, read_only, 0) == MAP_FAILED && errno == EACCES);
    close(read_only);
    close(file);
    unlink("/tmp/mapped");
    CHECK(shared[10] == 'Q');
    munmap(shared, BYTES);
    munmap(own, BYTES);
    munmap(far, 16 * PAGE);
}

static void refusals(void)
{
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0) == MAP_FAILED && errno == EBADF);
    int zero = open("/dev/zero", O_RDONLY);
    CHECK(read(zero, (void *)0x1000, 10) == -1 && errno == EFAULT);
    CHECK(read(zero, (void *)0xffffa00000000000, 10) == -1 && errno == EFAULT);
    close(zero);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit small = {64 << 20, 64 << 20};
        setrlimit(RLIMIT_AS, &small);
        _exit(map_nothing(128 << 20) != MAP_FAILED || errno != ENOMEM);
    }
    CHECK(status_of(child) == 0);
}

static void deep_stack(void)
{
    volatile char deep[1 << 20];
    for (size_t i = 0; i < sizeof deep; i += PAGE)
        deep[i] = 1;
    CHECK(deep[PAGE] == 1);
}

static volatile int ticks;
static volatile long timer_value;
static void count_tick(int signal) { (void)signal; ++ticks; }
static void take_value(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    timer_value = info->si_code == SI_TIMER ? info->si_value.sival_int : -1;
}

static void timers(void)
{
    struct itimerval every = {{0, 10000}, {0, 10000}}, none = {{0, 0}, {0, 0}}, before;
    double began = now();
    signal(SIGALRM, count_tick);
    setitimer(ITIMER_REAL, &every, NULL);
    while (ticks < 5 && now() - began < 5)
        pause();
    setitimer(ITIMER_REAL, &none, &before);
    CHECK(ticks >= 5 && before.it_interval.tv_usec == 10000);
    struct sigaction action = {.sa_sigaction = take_value, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value = {.sival_int = 77}};
    struct itimerspec once = {{0, 0}, {0, 20000000}};
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &once, NULL) == 0);
    while (!timer_value && now() - began < 10)
        usleep(5000);
    CHECK(timer_value == 77 && timer_delete(timer) == 0);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double end = until.tv_sec + until.tv_nsec / 1e9 + 0.05;
    until.tv_sec = (time_t)end;
    until.tv_nsec = (long)((end - (double)until.tv_sec) * 1e9);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0 && now() >= end - 0.000001);
    CHECK(alarm(100) == 0 && alarm(0) >= 99);
}

/* Memory that may come by 2 MiB at once, taken apart in all ways. */
static void large_areas(void)
{
    enum { MIB = 1 << 20 };
    char *area = map_nothing(16 * MIB);
    CHECK(area != MAP_FAILED);
    for (size_t i = 0; i < 16 * MIB; i += PAGE)
        *(size_t *)(area + i) = i;
    pid_t child = fork();
    if (child == 0) {
        int wrong = 0;
        for (size_t i = 0; i < 16 * MIB; i += PAGE) {
            wrong |= *(size_t *)(area + i) != i;
            *(size_t *)(area + i) = 1;
        }
        _exit(wrong);
    }
    CHECK(exited_with(status_of(child), 0));
    CHECK(mprotect(area + 5 * MIB + PAGE, PAGE, PROT_READ) == 0);
    CHECK(munmap(area + 7 * MIB + PAGE, 3 * PAGE) == 0);
    CHECK(madvise(area + 9 * MIB + 2 * PAGE, 3 * MIB, MADV_DONTNEED) == 0);
    size_t wrong = 0;
    for (size_t i = 0; i < 16 * MIB; i += PAGE) {
        if (i > 7 * MIB && i <= 7 * MIB + 3 * PAGE)
            continue;
        int dropped = i >= 9 * MIB + 2 * PAGE && i < 12 * MIB + 2 * PAGE;
        wrong += *(size_t *)(area + i) != (dropped ? 0 : i);
    }
    CHECK(wrong == 0);
    child = fork();
    if (child == 0) {
        area[5 * MIB + PAGE] = 1;
        _exit(0);
    }
    CHECK(killed_by(status_of(child), SIGSEGV));
    char *moved = mremap(area, 4 * MIB, 20 * MIB, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && *(size_t *)(moved + 3 * MIB) == 3 * MIB && moved[19 * MIB] == 0);
    CHECK(munmap(moved, 20 * MIB) == 0 && munmap(area + 4 * MIB, 12 * MIB) == 0);
}

/* The call's clock and the C library's, which needs no call, are one, also after the clock was set. */
static void one_clock(int clock)
{
    struct timespec t[3];
    for (int i = 0; i < 1000; ++i) {
        CHECK(clock_gettime(clock, &t[0]) == 0 && syscall(SYS_clock_gettime, clock, &t[1]) == 0 && clock_gettime(clock, &t[2]) == 0);
        for (int k = 0; k < 2; ++k)
            if (t[k].tv_sec > t[k + 1].tv_sec || (t[k].tv_sec == t[k + 1].tv_sec && t[k].tv_nsec > t[k + 1].tv_nsec)) {
                CHECK(!"a clock goes back");
                return;
            }
    }
}
static void clocks(void)
{
    struct timespec t, later;
    struct timeval day;
    unsigned cpu = ~0u, same = 0;
    unsigned char const *image = (unsigned char const *)getauxval(AT_SYSINFO_EHDR);
    CHECK(image && !memcmp(image, "\177ELF", 4));
    one_clock(CLOCK_MONOTONIC);
    one_clock(CLOCK_REALTIME);
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += 86400;
    CHECK(clock_settime(CLOCK_REALTIME, &t) == 0);
    one_clock(CLOCK_REALTIME);
    CHECK(gettimeofday(&day, NULL) == 0 && day.tv_sec - t.tv_sec >= 0 && day.tv_sec - t.tv_sec < 100);
    CHECK(time(NULL) >= day.tv_sec && syscall(SYS_time, NULL) >= day.tv_sec);
    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec -= 86400;
    CHECK(clock_settime(CLOCK_REALTIME, &later) == 0);
    CHECK(clock_getres(CLOCK_MONOTONIC, &t) == 0 && t.tv_sec == 0);
    CHECK(clock_gettime(12345, &t) < 0 && errno == EINVAL);
    for (int i = 0; i < 100 && cpu != same; ++i) {
        CHECK(syscall(SYS_getcpu, &same, NULL, NULL) == 0);
        cpu = sched_getcpu();
    }
    CHECK(cpu == same);
}

static void the_system(void)
{
    struct utsname name;
    struct sysinfo figures;
    struct tms used;
    struct timespec before, after;
    char own[16];
    unsigned char random[32] = {0}, any = 0;
    CHECK(uname(&name) == 0 && !strcmp(name.sysname, "Linux") && !strcmp(name.machine, "x86_64"));
    CHECK(sysinfo(&figures) == 0 && figures.totalram * figures.mem_unit > 100 << 20);
    CHECK(prctl(PR_SET_NAME, "a name of more than sixteen") == 0 && prctl(PR_GET_NAME, own) == 0 && !strcmp(own, "a name of more "));
    CHECK(syscall(SYS_getrandom, random, sizeof random, 0) == sizeof random);
    for (size_t i = 0; i < sizeof random; ++i)
        any |= random[i];
    CHECK(any);
    CHECK(times(&used) != (clock_t)-1);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    for (volatile int i = 0; i < 20000000; ++i) {}
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    CHECK(after.tv_sec > before.tv_sec || after.tv_nsec > before.tv_nsec);
}

/* What /proc/self/smaps says under `name` of the mapping at `at`, in KiB. */
static long told(void *at, const char *name)
{
    char line[256], start[32];
    long kib = -1;
    int there = 0;
    FILE *list = fopen("/proc/self/smaps", "r");
    snprintf(start, sizeof start, "%08lx-", (unsigned long)at);
    while (list && kib < 0 && fgets(line, sizeof line, list)) {
        if (strncmp(line, start, strlen(start)) == 0)
            there = 1;
        else if (there && strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), "%ld", &kib);
    }
    if (list)
        fclose(list);
    return kib;
}

static void sums(void)
{
    char *at = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mprotect(at, 4096, PROT_NONE) == 0 && mprotect(at + 63 * 4096, 4096, PROT_NONE) == 0);
    for (int i = 1; i <= 10; i++)
        at[i * 4096] = 1;
    CHECK(told(at + 4096, "Size:") == 62 * 4 && told(at + 4096, "Rss:") == 40 && told(at + 4096, "Anonymous:") == 40);
    CHECK(told(at, "Rss:") == 0 && told(at, "Size:") == 4);
    munmap(at, 64 * 4096);
    char word[16] = "";
    FILE *adjustment = fopen("/proc/self/oom_score_adj", "r+");
    CHECK(adjustment && fputs("500", adjustment) >= 0 && fflush(adjustment) == 0 && fseek(adjustment, 0, SEEK_SET) == 0);
    CHECK(adjustment && fgets(word, sizeof word, adjustment) && strcmp(word, "500\n") == 0);
    CHECK(adjustment && fputs("2000", adjustment) >= 0 && fflush(adjustment) == EOF && errno == EINVAL);
}

static void seals(void)
{
    char byte = 'x', link[64];
    int plain = memfd_create("plain", 0), file = memfd_create("sealed", MFD_ALLOW_SEALING);
    CHECK(fcntl(plain, F_GET_SEALS) == F_SEAL_SEAL && fcntl(plain, F_ADD_SEALS, F_SEAL_GROW) == -1 && errno == EPERM);
    CHECK(fcntl(file, F_GET_SEALS) == 0 && ftruncate(file, 2 * PAGE) == 0 && fcntl(file, F_ADD_SEALS, 1 << 20) == -1 && errno == EINVAL);
    CHECK(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) == 0 && ftruncate(file, PAGE) == -1 && errno == EPERM && ftruncate(file, 3 * PAGE) == 0);
    CHECK(fcntl(file, F_ADD_SEALS, F_SEAL_GROW) == 0 && ftruncate(file, 4 * PAGE) == -1 && errno == EPERM);
    CHECK(fallocate(file, 0, 0, 4 * PAGE) == -1 && errno == EPERM && pwrite(file, &byte, 1, 3 * PAGE) == -1 && errno == EPERM);
    char *page = map_nothing(2 * PAGE);
    CHECK(pwrite(file, page, 2 * PAGE, 2 * PAGE) == PAGE && pwrite(file, &byte, 1, 10) == 1);
    char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0), *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == -1 && errno == EBUSY);
    pid_t child = fork();
    if (child == 0)
        _exit(munmap(shared, PAGE) != 0);
    CHECK(status_of(child) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == -1 && errno == EBUSY);
    CHECK(munmap(shared, PAGE) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == 0 && pwrite(file, &byte, 1, 0) == -1 && errno == EPERM);
    CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EPERM);
    CHECK(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE) == -1 && errno == EPERM);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    int again = open(link, O_RDONLY);
    shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, again, 0);
    CHECK(shared != MAP_FAILED && shared[10] == 'x' && fcntl(again, F_ADD_SEALS, F_SEAL_SEAL) == -1 && errno == EPERM);
    own[10] = 'y';
    CHECK(own[10] == 'y' && shared[10] == 'x' && fcntl(file, F_ADD_SEALS, F_SEAL_SEAL) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_SEAL) == -1);
    CHECK(fcntl(again, F_GET_SEALS) == (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
    int future = memfd_create("future", MFD_ALLOW_SEALING);
    CHECK(write(future, page, PAGE) == PAGE);
    char *before = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, future, 0);
    CHECK(fcntl(future, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0 && mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, future, 0) == MAP_FAILED && errno == EPERM);
    before[5] = 'z';
    char *after = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, future, 0);
    CHECK(after[5] == 'z' && mprotect(after, PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EACCES && pwrite(future, &byte, 1, 0) == -1 && errno == EPERM);
    munmap(page, 2 * PAGE);
    munmap(own, PAGE);
    munmap(shared, PAGE);
    munmap(before, PAGE);
    munmap(after, PAGE);
    CHECK(close(plain) == 0 && close(file) == 0 && close(again) == 0 && close(future) == 0);
}

int main(void)
{
    PART(holes);
    PART(moves);
    PART(files);
    PART(seals);
    PART(refusals);
    PART(deep_stack);
    PART(timers);
    PART(large_areas);
    PART(clocks);
    PART(the_system);
    PART(sums);
    return failures != 0;
}
