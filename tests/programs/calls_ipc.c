/* calls_ipc: System V shared memory, semaphores and message queues; POSIX message queues. */
#include "check.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void shared_memory(void)
{
    struct shmid_ds status;
    int id = shmget(4711, 10000, IPC_CREAT | IPC_EXCL | 0600);
    CHECK(id >= 0 && shmget(4711, 0, 0) == id && shmget(4711, 10000, IPC_CREAT | IPC_EXCL) == -1 && errno == EEXIST);
    CHECK(shmget(4711, 20000, 0) == -1 && errno == EINVAL && shmget(4712, 10, 0) == -1 && errno == ENOENT);
    CHECK(shmget(IPC_PRIVATE, 0, 0600) == -1 && errno == EINVAL);
    char *here = shmat(id, NULL, 0), *again = shmat(id, NULL, SHM_RDONLY);
    CHECK(here != (void *)-1 && again != (void *)-1 && here != again);
    strcpy(here, "seen twice");
    CHECK(strcmp(again, "seen twice") == 0);
    CHECK(shmctl(id, IPC_STAT, &status) == 0 && status.shm_segsz == 10000 && status.shm_nattch == 2 && status.shm_cpid == getpid());
    CHECK(status.shm_perm.mode == 0600 && status.shm_perm.__key == 4711);
    pid_t child = fork();
    if (child == 0) {
        shmctl(id, IPC_STAT, &status);
        strcpy(here, "by the child");
        _exit(status.shm_nattch != 4);
    }
    CHECK(status_of(child) == 0 && strcmp(again, "by the child") == 0);
    CHECK(shmdt(again) == 0 && shmdt(again) == -1 && errno == EINVAL);
    CHECK(shmctl(id, IPC_RMID, NULL) == 0 && shmctl(id, IPC_STAT, &status) == 0 && status.shm_nattch == 1 && (status.shm_perm.mode & 01000));
    CHECK(shmget(4711, 0, 0) == -1 && errno == ENOENT && strcmp(here, "by the child") == 0);
    CHECK(shmdt(here) == 0 && shmctl(id, IPC_STAT, &status) == -1 && (errno == EINVAL || errno == EIDRM));
    CHECK(shmat(id, NULL, 0) == (void *)-1 && shmat(-1, NULL, 0) == (void *)-1 && errno == EINVAL);
    id = shmget(IPC_PRIVATE, 4096, 0600);
    CHECK(shmat(id, (void *)12345, 0) == (void *)-1 && errno == EINVAL);
    void *place = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(shmat(id, place, 0) == (void *)-1 && errno == EINVAL && munmap(place, 8192) == 0);
    CHECK(shmat(id, (char *)place + 1, SHM_RND) == place && shmctl(id, IPC_RMID, NULL) == 0 && munmap(place, 4096) == 0);
}

union value {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static void semaphores(void)
{
    struct semid_ds status;
    unsigned short values[3] = {1, 2, 3};
    int id = semget(IPC_PRIVATE, 3, 0600);
    CHECK(id >= 0 && semget(IPC_PRIVATE, 0, 0600) == -1 && errno == EINVAL);
    CHECK(semctl(id, 0, SETALL, (union value){.array = values}) == 0 && semctl(id, 1, GETVAL) == 2 && semctl(id, 3, GETVAL) == -1 && errno == EINVAL);
    CHECK(semctl(id, 0, SETVAL, (union value){.val = 40000}) == -1 && errno == ERANGE);
    struct sembuf both[2] = {{0, -1, IPC_NOWAIT}, {1, -3, IPC_NOWAIT}};
    CHECK(semop(id, both, 2) == -1 && errno == EAGAIN && semctl(id, 0, GETVAL) == 1);
    both[1].sem_op = -2;
    CHECK(semop(id, both, 2) == 0 && semctl(id, 0, GETVAL) == 0 && semctl(id, 1, GETVAL) == 0 && semctl(id, 1, GETPID) == getpid());
    both[1].sem_num = 9;
    CHECK(semop(id, both, 2) == -1 && errno == EFBIG && semop(id, both, 0) == -1 && errno == EINVAL);
    pid_t child = fork();
    if (child == 0) {
        struct sembuf take = {0, -1, SEM_UNDO};
        _exit(semop(id, &take, 1) != 0);
    }
    while (semctl(id, 0, GETNCNT) == 0)
        usleep(1000);
    struct sembuf give = {0, 1, 0};
    CHECK(semop(id, &give, 1) == 0 && status_of(child) == 0);
    CHECK(semctl(id, 0, GETVAL) == 1 && semctl(id, 0, GETNCNT) == 0);
    struct timespec soon = {0, 10000000};
    struct sembuf zero = {0, 0, 0};
    double before = now();
    CHECK(semtimedop(id, &zero, 1, &soon) == -1 && errno == EAGAIN && now() - before > 0.009);
    CHECK(semctl(id, 0, IPC_STAT, (union value){.buf = &status}) == 0 && status.sem_nsems == 3 && status.sem_otime > 0);
    child = fork();
    if (child == 0)
        _exit(semop(id, &zero, 1) == -1 && errno == EIDRM ? 0 : 1);
    while (semctl(id, 0, GETZCNT) == 0)
        usleep(1000);
    CHECK(semctl(id, 0, IPC_RMID) == 0 && status_of(child) == 0);
    CHECK(semop(id, &give, 1) == -1 && (errno == EINVAL || errno == EIDRM));
}

struct message {
    long type;
    char text[100];
};

static void messages(void)
{
    struct msqid_ds status;
    struct message m = {3, "three"};
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(id >= 0 && msgsnd(id, &m, 6, 0) == 0);
    m = (struct message){1, "one"};
    CHECK(msgsnd(id, &m, 4, 0) == 0);
    m = (struct message){2, "two"};
    CHECK(msgsnd(id, &m, 4, 0) == 0 && msgctl(id, IPC_STAT, &status) == 0 && status.msg_qnum == 3 && status.msg_cbytes == 14 && status.msg_qbytes == 16384);
    CHECK(msgrcv(id, &m, 2, 0, 0) == -1 && errno == E2BIG);
    CHECK(msgrcv(id, &m, 100, -2, 0) == 4 && strcmp(m.text, "one") == 0 && m.type == 1);
    CHECK(msgrcv(id, &m, 100, 2, 0) == 4 && strcmp(m.text, "two") == 0);
    CHECK(msgrcv(id, &m, 2, 0, MSG_NOERROR) == 2 && m.text[0] == 't' && m.type == 3);
    CHECK(msgrcv(id, &m, 100, 0, IPC_NOWAIT) == -1 && errno == ENOMSG);
    m.type = 0;
    CHECK(msgsnd(id, &m, 4, 0) == -1 && errno == EINVAL && msgsnd(id, &m, 9000, 0) == -1 && errno == EINVAL);
    int sent = 0;
    for (m.type = 5; msgsnd(id, &m, 100, IPC_NOWAIT) == 0; sent++)
        ;
    CHECK(errno == EAGAIN && sent == 163);
    pid_t child = fork();
    if (child == 0)
        _exit(msgsnd(id, &m, 100, 0) != 0);
    usleep(10000);
    for (int i = 0; i <= sent; i++)
        CHECK(msgrcv(id, &m, 100, 5, 0) == 100);
    CHECK(status_of(child) == 0);
    child = fork();
    if (child == 0)
        _exit(msgrcv(id, &m, 100, 0, 0) == -1 && errno == EIDRM ? 0 : 1);
    usleep(20000);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0 && status_of(child) == 0);
}

static volatile sig_atomic_t told_code, told_value;

static void note(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    told_code = info->si_code;
    told_value = info->si_value.sival_int;
}

static void posix_queues(void)
{
    char text[64];
    unsigned priority;
    struct mq_attr attributes = {.mq_maxmsg = 3, .mq_msgsize = 32}, now_set;
    struct timespec past = {1, 0}, wrong = {1, 2000000000};
    mqd_t q = mq_open("/queue", O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK, 0600, &attributes), reader;
    CHECK(q >= 0 && mq_open("/queue", O_CREAT | O_EXCL | O_RDWR, 0600, NULL) == -1 && errno == EEXIST);
    CHECK(mq_open("/none", O_RDWR) == -1 && errno == ENOENT && mq_open("/a/b", O_CREAT | O_RDWR, 0600, NULL) == -1 && errno == EACCES);
    attributes.mq_maxmsg = 0;
    CHECK(mq_open("/bad", O_CREAT | O_RDWR, 0600, &attributes) == -1 && errno == EINVAL);
    CHECK(mq_send(q, "low", 4, 1) == 0 && mq_send(q, "high", 5, 7) == 0 && mq_send(q, "lower", 6, 1) == 0);
    CHECK(mq_send(q, "full", 5, 1) == -1 && errno == EAGAIN && mq_send(q, text, 33, 1) == -1 && errno == EMSGSIZE);
    CHECK(mq_send(q, "x", 1, 32768) == -1 && errno == EINVAL && mq_receive(q, text, 31, NULL) == -1 && errno == EMSGSIZE);
    CHECK(mq_getattr(q, &now_set) == 0 && now_set.mq_curmsgs == 3 && now_set.mq_maxmsg == 3 && now_set.mq_msgsize == 32 && now_set.mq_flags == O_NONBLOCK);
    struct pollfd poll_for = {q, POLLIN | POLLOUT, 0};
    CHECK(poll(&poll_for, 1, 0) == 1 && poll_for.revents == POLLIN);
    CHECK(mq_receive(q, text, 32, &priority) == 5 && strcmp(text, "high") == 0 && priority == 7);
    CHECK(mq_receive(q, text, 32, &priority) == 4 && strcmp(text, "low") == 0 && mq_receive(q, text, 32, NULL) == 6);
    CHECK(mq_receive(q, text, 32, NULL) == -1 && errno == EAGAIN && (fcntl(q, F_GETFD) & FD_CLOEXEC));
    reader = mq_open("/queue", O_RDONLY);
    CHECK(mq_send(reader, "x", 1, 0) == -1 && errno == EBADF && mq_receive(0, text, 32, NULL) == -1 && errno == EBADF);
    CHECK(mq_timedreceive(reader, text, 32, NULL, &past) == -1 && errno == ETIMEDOUT);
    CHECK(mq_timedreceive(reader, text, 32, NULL, &wrong) == -1 && errno == EINVAL);
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
    sigaction(SIGUSR1, &action, NULL);
    CHECK(mq_notify(q, &event) == 0 && mq_notify(q, &event) == -1 && errno == EBUSY);
    CHECK(read(q, text, sizeof text) == 60 && strncmp(text, "QSIZE:0          NOTIFY:0     SIGNO:10    NOTIFY_PID:", 53) == 0);
    CHECK(mq_send(q, "told", 5, 0) == 0 && told_code == SI_MESGQ && told_value == 42 && mq_notify(q, &event) == 0 && mq_notify(q, NULL) == 0);
    CHECK(mq_receive(q, text, 32, NULL) == 5);
    pid_t child = fork();
    if (child == 0)
        _exit(mq_receive(reader, text, 32, NULL) == 5 && strcmp(text, "woke") == 0 ? 0 : 1);
    usleep(10000);
    CHECK(mq_send(q, "woke", 5, 0) == 0 && status_of(child) == 0);
    CHECK(mq_unlink("/queue") == 0 && mq_unlink("/queue") == -1 && errno == ENOENT && mq_send(q, "still", 6, 0) == 0);
    CHECK(mq_close(q) == 0 && mq_close(reader) == 0 && mq_close(q) == -1 && errno == EBADF);
}

int main(void)
{
    PART(shared_memory);
    PART(semaphores);
    PART(messages);
    PART(posix_queues);
    return failures != 0;
}
