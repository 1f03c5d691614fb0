/* calls_threads: threads and futexes through the C library, and futexes themselves. */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { THREADS = 8, ROUNDS = 2000 };
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_UNLOCK_PI = 7 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static long count;
static int started;
static __thread long own;

static void *add(void *argument)
{
    own = (long)argument;
    pthread_mutex_lock(&lock);
    while (!started)
        pthread_cond_wait(&change, &lock);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < ROUNDS; ++i) {
        pthread_mutex_lock(&lock);
        ++count;
        pthread_mutex_unlock(&lock);
        if (i % 100 == 0)
            sched_yield();
    }
    return (void *)own;
}

static void counting(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; ++i)
        CHECK(pthread_create(&threads[i], NULL, add, (void *)i) == 0);
    usleep(20000);
    pthread_mutex_lock(&lock);
    started = 1;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
    for (long i = 0; i < THREADS; ++i) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0 && (long)result == i);
    }
    CHECK(count == THREADS * ROUNDS);
}

static void *sleep_for_ever(void *argument)
{
    for (;;)
        sleep(100);
    return argument;
}

static void cancelling(void)
{
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0);
    usleep(20000);
    CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
}

static void timeouts(void)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += 30000000;
    if (end.tv_nsec >= 1000000000)
        end.tv_sec++, end.tv_nsec -= 1000000000;
    pthread_mutex_lock(&lock);
    CHECK(pthread_cond_timedwait(&change, &lock, &end) == ETIMEDOUT);
    pthread_mutex_unlock(&lock);
}

static void *shared_page(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void between_processes(void)
{
    struct shared {
        pthread_mutex_t robust;
        sem_t semaphore;
        int value;
    } *shared = shared_page();
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->robust, &attributes);
    sem_init(&shared->semaphore, 1, 0);
    pid_t child = fork();
    if (child == 0) {
        sem_wait(&shared->semaphore);
        shared->value = 7;
        pthread_mutex_lock(&shared->robust);
        _exit(0);
    }
    usleep(20000);
    sem_post(&shared->semaphore);
    CHECK(status_of(child) == 0 && shared->value == 7);
    CHECK(pthread_mutex_lock(&shared->robust) == EOWNERDEAD);
    CHECK(pthread_mutex_consistent(&shared->robust) == 0 && pthread_mutex_unlock(&shared->robust) == 0);
    munmap(shared, 4096);
}

static void priority_inheritance(void)
{
    struct shared {
        pthread_mutex_t mutex;
        int value;
    } *shared = shared_page();
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    CHECK(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) == 0);
    CHECK(pthread_mutex_init(&shared->mutex, &attributes) == 0);
    pthread_mutex_lock(&shared->mutex);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(&shared->mutex);
        int late = shared->value == 1;
        pthread_mutex_unlock(&shared->mutex);
        _exit(!late);
    }
    usleep(50000);
    shared->value = 1;
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    CHECK(status_of(child) == 0);
    CHECK(pthread_mutex_lock(&shared->mutex) == 0 && pthread_mutex_unlock(&shared->mutex) == 0);
    munmap(shared, 4096);
}

static long futex(void *word, int operation, int value, void *argument)
{
    return syscall(SYS_futex, word, operation, value, argument, NULL, 0);
}

static void refusals(void)
{
    int word = 1;
    struct timespec soon = {0, 20000000};
    CHECK(futex(&word, FUTEX_WAIT, 1, &soon) == -1 && errno == ETIMEDOUT);
    CHECK(futex(&word, FUTEX_WAIT, 2, &soon) == -1 && errno == EAGAIN);
    CHECK(futex((char *)&word + 1, FUTEX_WAKE, 1, NULL) == -1 && errno == EINVAL);
    CHECK(futex((void *)0x10, FUTEX_WAIT, 1, NULL) == -1 && errno == EFAULT);
    CHECK(futex(&word, FUTEX_WAKE, 1, NULL) == 0);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, 0, NULL) == -1 && errno == EPERM);
}

static int barrier(int command, unsigned flags) { return (int)syscall(SYS_membarrier, command, flags, 0); }

static volatile int one, two;

static void *store_and_look(void *seen)
{
    one = 1;
    __asm__ volatile("" ::: "memory");
    *(int *)seen = two;
    return NULL;
}

/* Only one of two that store first and look then may miss the other, though one of them has no barrier of its own. */
static void barriers(void)
{
    enum { QUERY = 0, GLOBAL = 1, EXPEDITED = 2, TAKE_PART = 4, PRIVATE = 8, REGISTER = 16, ALL = 31 };
    CHECK((barrier(QUERY, 0) & ALL) == ALL && barrier(PRIVATE, 1) == -1 && errno == EINVAL);
    CHECK(barrier(PRIVATE, 0) == -1 && errno == EPERM && barrier(1 << 20, 0) == -1 && errno == EINVAL);
    CHECK(barrier(REGISTER, 0) == 0 && barrier(PRIVATE, 0) == 0);
    CHECK(barrier(TAKE_PART, 0) == 0 && barrier(GLOBAL, 1) == -1 && errno == EINVAL);
    int missed = 0;
    for (int i = 0; i < 50; i++) {
        int seen = -1;
        pthread_t thread;
        one = two = 0;
        pthread_create(&thread, NULL, store_and_look, &seen);
        two = 1;
        CHECK(barrier(i % 3 == 0 ? PRIVATE : i % 3 == 1 ? EXPEDITED : GLOBAL, 0) == 0);
        int mine = one;
        pthread_join(thread, NULL);
        missed += !mine && !seen;
    }
    CHECK(missed == 0);
}

int main(void)
{
    PART(counting);
    PART(cancelling);
    PART(timeouts);
    PART(between_processes);
    PART(priority_inheritance);
    PART(refusals);
    PART(barriers);
    return failures != 0;
}
