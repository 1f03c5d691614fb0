// mapped FILE: read(), write() and mappings of a file on a disk show one thing, whoever changed it, through write-back,
// truncation and growth. Prints each check that fails, and leaves the file with 25 pages of 'a' + page number % 26.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
static int failed;
static void check(int good, const char *what) {
  if (!good) printf("wrong: %s\n", what), failed = 1;
}

static sigjmp_buf back;
static void bus(int signal) { (void)signal; siglongjmp(back, 1); }
static int faults(volatile char *at) {
  if (sigsetjmp(back, 1)) return 1;
  *at = 1;
  return 0;
}

static char at(int fd, off_t offset) {
  char c = '?';
  return pread(fd, &c, 1, offset) == 1 ? c : '!';
}

static long changed(int fd) {
  struct stat s;
  fstat(fd, &s);
  return s.st_mtim.tv_sec * 1000000000L + s.st_mtim.tv_nsec;
}

int main(int argc, char **argv) {
  signal(SIGBUS, bus);
  int fd = open(argv[argc - 1], O_RDWR | O_CREAT | O_TRUNC, 0644);
  check(ftruncate(fd, 25 * PAGE) == 0, "ftruncate");
  char *shared = mmap(0, 30 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *private = mmap(0, 30 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  check(shared != MAP_FAILED && private != MAP_FAILED, "mmap");
  int sum = 0;
  for (int i = 0; i < 25; ++i) sum += shared[i * PAGE];
  struct stat s;
  fstat(fd, &s);
  check(sum == 0 && s.st_blocks == 0, "holes that are only read stay holes");

  long before = changed(fd);
  usleep(20000);
  for (int i = 0; i < 25; ++i) memset(shared + i * PAGE, 'a' + i % 26, PAGE);
  check(changed(fd) != before, "a store changes the modify time");
  check(at(fd, 5 * PAGE) == 'f' && private[6 * PAGE] == 'g', "stores are read and seen by others");
  check(msync(shared, 25 * PAGE, MS_SYNC) == 0, "msync");
  fstat(fd, &s);
  check(s.st_blocks >= 25 * 8, "stores take room");

  shared[7 * PAGE + 1] = '1';  // Once more, after write-back: the nucleus asks again.
  check(pwrite(fd, "2", 1, 7 * PAGE + 2) == 1 && fsync(fd) == 0, "pwrite");
  shared[7 * PAGE + 3] = '3';
  check(memcmp(shared + 7 * PAGE, "h123h", 5) == 0 && at(fd, 7 * PAGE + 3) == '3', "stores and writes in turn");
  private[8 * PAGE] = '!';
  check(at(fd, 8 * PAGE) == 'i' && private[8 * PAGE + 1] == 'i', "a private store stays private");
  if (fork() == 0) {
    shared[9 * PAGE] = '9';
    _exit(0);
  }
  wait(0);
  check(shared[9 * PAGE] == '9' && at(fd, 9 * PAGE) == '9', "a child's store is seen");
  check(pwrite(fd, shared + 10 * PAGE, PAGE, 11 * PAGE) == PAGE && at(fd, 11 * PAGE) == 'k', "a write from a mapping of the same file");

  check(faults(shared + 25 * PAGE), "behind the end is SIGBUS");
  check(ftruncate(fd, 20 * PAGE + 100) == 0 && faults(shared + 21 * PAGE), "what was cut off is SIGBUS");
  shared[20 * PAGE + 200] = '?';  // Behind the end, in its page.
  check(ftruncate(fd, 25 * PAGE) == 0, "growing");
  check(shared[20 * PAGE + 99] == 'u' && shared[20 * PAGE + 200] == 0 && at(fd, 20 * PAGE + 200) == 0 && shared[22 * PAGE] == 0,
        "what was cut off reads as zeros");
  unsigned char present[25];
  check(mincore(shared, 25 * PAGE, present) == 0 && present[7] & 1, "mincore");

  for (int i = 0; i < 25; ++i) memset(shared + i * PAGE, 'a' + i % 26, PAGE);
  munmap(shared, 30 * PAGE);
  close(fd);
  if (!failed) printf("one copy\n");
  return failed;
}
