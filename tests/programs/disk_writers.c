// disk_writers FOLDER WRITERS STOP: that many processes change files in FOLDER, each change with its number, until the file
// STOP is there. A call that fails, or that shows something else than what was done before, is told with "wrong:". At the end
// each says how far it came, and the host finds on the disk just what follows from that: tests/system/shaken.py.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kept = 8, hidden_pages = 4, page = 4096, cut_most = 20000 };

static int writer, failed;

static void check(int good, const char *what, int n) {
  if (good) return;
  printf("wrong: writer %d, round %d: %s (%s)\n", writer, n, what, strerror(errno));
  fflush(stdout);
  if (++failed > 20) _exit(1);
}

static const char *named(const char *what) {
  static char names[2][64];
  static int turn;
  turn = !turn;
  snprintf(names[turn], sizeof names[0], "%s.%d", what, writer);
  return names[turn];
}

static const char *numbered(const char *what, int n) {
  static char name[64];
  snprintf(name, sizeof name, "%s.%d.%d", what, writer, n);
  return name;
}

/* One write call, at the end of a log that all share. */
static void append(int log, int n) {
  char line[32];
  int const bytes = snprintf(line, sizeof line, "%d %d\n", writer, n);
  check(write(log, line, bytes) == bytes, "append", n);
  if (n % 16 == 0) check(fsync(log) == 0, "fsync of the log", n);
}

static void replace(int n) {
  char text[32], found[32] = "";
  int const bytes = snprintf(text, sizeof text, "%d\n", n);
  int fd = open(named("new"), O_WRONLY | O_CREAT | O_EXCL, 0644);
  check(fd >= 0 && write(fd, text, bytes) == bytes && close(fd) == 0, "a new file", n);
  check(rename(named("new"), named("now")) == 0, "rename", n);
  fd = open(named("now"), O_RDONLY);
  check(fd >= 0 && read(fd, found, sizeof found - 1) == bytes && !strcmp(found, text) && close(fd) == 0, "what was renamed", n);
  check(access(named("new"), F_OK) < 0 && errno == ENOENT, "the old name", n);
}

static void exclusive(int n) {
  int const fd = open(numbered("only", n), O_WRONLY | O_CREAT | O_EXCL, 0600);
  check(fd >= 0 && close(fd) == 0, "O_EXCL", n);
  check(open(numbered("only", n), O_WRONLY | O_CREAT | O_EXCL, 0600) < 0 && errno == EEXIST, "O_EXCL again", n);
  if (n <= kept) return;
  check(unlink(numbered("only", n - kept)) == 0, "unlink", n);
  check(unlink(numbered("only", n - kept)) < 0 && errno == ENOENT, "unlink again", n);
}

static void count(int fd, int n) {
  char text[16] = "", expected[16];
  snprintf(expected, sizeof expected, "%010d", n - 1);
  check(pread(fd, text, 10, 0) == 10 && !strcmp(text, expected), "the counter", n);
  snprintf(text, sizeof text, "%010d", n);
  check(pwrite(fd, text, 10, 0) == 10, "counting", n);
  if (n % 7 == 0) check(fdatasync(fd) == 0, "fdatasync", n);
}

/* A file without a name keeps what is written to it. */
static void hide(int fd, int n) {
  int before = 0;
  if (n > hidden_pages) check(pread(fd, &before, sizeof before, n % hidden_pages * page) == sizeof before && before == n - hidden_pages, "what is hidden", n);
  check(pwrite(fd, &n, sizeof n, n % hidden_pages * page) == sizeof n, "hiding", n);
}

/* What was cut off reads as zeros afterwards. */
static void cut(int fd, int n) {
  static char bytes[cut_most];
  int const size = n * 1237 % cut_most, grown = size + n % 5000;
  struct stat s;
  memset(bytes, 'a' + n % 26, sizeof bytes);
  check(pwrite(fd, bytes, cut_most, 0) == cut_most && ftruncate(fd, size) == 0 && ftruncate(fd, grown) == 0, "truncating", n);
  check(fsync(fd) == 0 && fstat(fd, &s) == 0 && s.st_size == grown, "the size", n);
  check(pread(fd, bytes, cut_most, 0) == (grown < cut_most ? grown : cut_most), "reading what was cut", n);
  int good = 1;
  for (int i = 0; i < grown && i < cut_most; ++i) good &= bytes[i] == (i < size ? 'a' + n % 26 : 0);
  check(good, "what was cut", n);
}

static void move_folder(int n) {
  char inside[80];
  check(mkdir(named("folder"), 0755) == 0, "mkdir", n);
  snprintf(inside, sizeof inside, "%s/x", named("folder"));
  check(link(named("now"), inside) == 0, "link", n);
  check(symlink("x", numbered("way", n)) == 0 && unlink(numbered("way", n)) == 0, "symlink", n);
  check(rename(named("folder"), named("moved")) == 0, "rename of a folder", n);
  check(rmdir(named("moved")) < 0 && errno == ENOTEMPTY, "rmdir too soon", n);
  snprintf(inside, sizeof inside, "%s/x", named("moved"));
  check(unlink(inside) == 0 && rmdir(named("moved")) == 0, "rmdir", n);
}

static int work(const char *stop) {
  int const log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
  int const counter = open(named("counter"), O_RDWR | O_CREAT | O_EXCL, 0644);
  int const hidden = open(named("hidden"), O_RDWR | O_CREAT | O_EXCL, 0600);
  int const changing = open(named("cut"), O_RDWR | O_CREAT | O_EXCL, 0644);
  check(log >= 0 && counter >= 0 && changing >= 0 && unlink(named("hidden")) == 0 && write(counter, "0000000000", 10) == 10, "beginning", 0);
  int n = 0;
  while (access(stop, F_OK) < 0) {
    ++n;
    append(log, n);
    replace(n);
    exclusive(n);
    count(counter, n);
    hide(hidden, n);
    if (n % 5 == 0) cut(changing, n);
    if (n % 9 == 0) move_folder(n);
  }
  printf("writer %d: %d rounds\n", writer, n);
  fflush(stdout);
  return failed != 0;
}

int main(int argc, char **argv) {
  if (argc != 4 || chdir(argv[1]) < 0) return 2;
  int const writers = atoi(argv[2]);
  for (writer = 1; writer <= writers; ++writer)
    if (fork() == 0) _exit(work(argv[3]));
  int all = 0;
  for (int status; wait(&status) > 0;) {
    if (WIFSIGNALED(status)) printf("wrong: a writer died of signal %d\n", WTERMSIG(status));
    all |= status;
  }
  return all != 0;
}
