/*
 * Lists a file tree canonically, for comparing what two file systems say about the same image.
 *
 *   list-tree DIR      lists DIR to standard output
 *   /init              as PID 1: mounts every disk from /dev/vdb on as EROFS and lists each to the virtio-serial port
 *
 * One line per entry, sorted by name per directory: type mode uid gid mtime.ns size links rdev inode xattrs content
 * path; names and targets %-escaped, contents as SHA-256.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sha256.h"

#define MIB (1024L * 1024)
/* Only parts of larger files are read: both ends, and the surroundings of each multiple of 1 GiB. */
#define WHOLE (64 * MIB)
#define WINDOW 65536L

static _Noreturn void fail(const char *what, const char *path) {
  fprintf(stderr, "list-tree: %s %s: %s\n", what, path, strerror(errno));
  exit(1);
}

static void print_escaped(FILE *out, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c <= ' ' || c >= 127 || c == '%') fprintf(out, "%%%02x", c);
    else fputc(c, out);
  }
}

static void print_digest(FILE *out, struct sha256 *s) {
  uint8_t digest[32];
  sha256_end(s, digest);
  for (size_t i = 0; i < sizeof digest; i++) fprintf(out, "%02x", digest[i]);
}

static void add_range(struct sha256 *s, int fd, const char *path, off_t from, off_t to) {
  static uint8_t buffer[1024 * 1024];
  while (from < to) {
    size_t want = to - from < (off_t)sizeof buffer ? (size_t)(to - from) : sizeof buffer;
    ssize_t got = pread(fd, buffer, want, from);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("cannot read", path);
    sha256_add(s, buffer, (size_t)got);
    from += got;
  }
}

static void print_content(FILE *out, const char *path, off_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("cannot open", path);
  struct sha256 s;
  sha256_start(&s);
  if (size <= WHOLE) {
    add_range(&s, fd, path, 0, size);
  } else {
    add_range(&s, fd, path, 0, WINDOW);
    for (off_t at = 1024 * MIB; at + WINDOW < size; at += 1024 * MIB) add_range(&s, fd, path, at - WINDOW, at + WINDOW);
    add_range(&s, fd, path, size - WINDOW, size);
  }
  close(fd);
  print_digest(out, &s);
}

static void print_target(FILE *out, const char *path) {
  char target[4097];
  ssize_t length = readlink(path, target, sizeof target);
  if (length < 0) fail("cannot read link", path);
  print_escaped(out, target, (size_t)length);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void print_xattrs(FILE *out, const char *path) {
  static char list[65536], value[65536];
  ssize_t length = llistxattr(path, list, sizeof list);
  if (length < 0 && errno == ENOTSUP) length = 0;
  if (length < 0) fail("cannot list xattrs", path);
  if (length == 0) fputc('-', out);
  char *names[4096];
  size_t count = 0;
  for (char *name = list; name < list + length && count < 4096; name += strlen(name) + 1) names[count++] = name;
  qsort(names, count, sizeof *names, by_text);
  for (size_t i = 0; i < count; i++) {
    ssize_t bytes = lgetxattr(path, names[i], value, sizeof value);
    if (bytes < 0) fail("cannot get xattr", path);
    print_escaped(out, names[i], strlen(names[i]));
    fputc('=', out);
    print_escaped(out, value, (size_t)bytes);
    fputc(',', out);
  }
}

static char type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return 'f';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFIFO: return 'p';
    default: return '?';
  }
}

static void list(FILE *out, const char *path, size_t root);

static void list_folder(FILE *out, const char *path, size_t root) {
  struct dirent **names;
  int count = scandir(path, &names, NULL, NULL);
  if (count < 0) fail("cannot read folder", path);
  char **paths = calloc((size_t)count + 1, sizeof *paths);
  if (paths == NULL) fail("no memory for", path);
  size_t used = 0;
  for (int i = 0; i < count; i++) {
    const char *name = names[i]->d_name;
    if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && asprintf(&paths[used++], "%s/%s", path, name) < 0)
      fail("no memory for", path);
    free(names[i]);
  }
  free(names);
  qsort(paths, used, sizeof *paths, by_text);
  for (size_t i = 0; i < used; i++) {
    list(out, paths[i], root);
    free(paths[i]);
  }
  free(paths);
}

/* `root` is the length of the prefix of `path` that is not printed. */
static void list(FILE *out, const char *path, size_t root) {
  struct stat st;
  if (lstat(path, &st) < 0) fail("cannot stat", path);
  char type = type_of(st.st_mode);
  int folder = type == 'd', node = type == 'c' || type == 'b';
  fprintf(out, "%c %04o %u %u %lld.%09ld %lld %lu ", type, (unsigned)st.st_mode & 07777, st.st_uid, st.st_gid,
          (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, folder ? 0 : (long long)st.st_size,
          folder ? 0 : (unsigned long)st.st_nlink);
  fprintf(out, "%u:%u %llu ", node ? major(st.st_rdev) : 0, node ? minor(st.st_rdev) : 0, (unsigned long long)st.st_ino);
  print_xattrs(out, path);
  fputc(' ', out);
  if (type == 'f') print_content(out, path, st.st_size);
  else if (type == 'l') print_target(out, path);
  else fputc('-', out);
  fputc(' ', out);
  fputc('/', out);
  if (path[root] != '\0') print_escaped(out, path + root + 1, strlen(path + root + 1));
  fputc('\n', out);
  if (folder) list_folder(out, path, root);
}

static void list_disk(FILE *out, const char *disk) {
  fprintf(out, "disk %s\n", disk);
  if (mount(disk, "/mnt", "erofs", MS_RDONLY, NULL) < 0) {
    fprintf(out, "cannot mount: %s\n", strerror(errno));
  } else {
    list(out, "/mnt", strlen("/mnt"));
    if (umount("/mnt") < 0) fail("cannot unmount", disk);
  }
  fprintf(out, "end\n");
}

/* Opens port 1 of the only virtio-serial device; the kernel creates its node, /dev/vportNp1, asynchronously. */
static FILE *open_port(void) {
  for (;;) {
    glob_t found;
    if (glob("/dev/vport*p1", 0, NULL, &found) == 0) {
      FILE *out = fopen(found.gl_pathv[0], "w");
      if (out == NULL) fail("cannot open", found.gl_pathv[0]);
      globfree(&found);
      return out;
    }
    usleep(1000);
  }
}

static void be_init(void) {
  if (mount("dev", "/dev", "devtmpfs", 0, NULL) < 0 && errno != EBUSY) fail("cannot mount", "/dev");
  FILE *out = open_port();
  char disk[] = "/dev/vdb";
  for (; access(disk, F_OK) == 0; disk[7]++) list_disk(out, disk);
  fprintf(out, "all\n");
  if (fclose(out) != 0) fail("cannot write to", "the port");
  sync();
  reboot(RB_AUTOBOOT);
}

int main(int argc, char **argv) {
  if (getpid() == 1) be_init();
  if (argc != 2) return fprintf(stderr, "usage: list-tree DIR\n"), 2;
  list(stdout, argv[1], strlen(argv[1]));
  return fflush(stdout) == 0 ? 0 : 1;
}
