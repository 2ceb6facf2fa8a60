/*
 * Lets a program that uses libserialport open a pseudo-terminal: the library wants an entry of the port under
 * /sys/class/tty, and modem lines, and a pty has neither. Loaded before it with LD_PRELOAD, by the test alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>

static int is_tty_entry(const char *path) { return strncmp(path, "/sys/class/tty/", 15) == 0; }

static int link_of(struct stat *found) {
  memset(found, 0, sizeof *found);
  found->st_mode = S_IFLNK | 0777;
  return 0;
}

int lstat(const char *restrict path, struct stat *restrict found) {
  if (is_tty_entry(path)) return link_of(found);
  int (*real)(const char *, struct stat *) = dlsym(RTLD_NEXT, "lstat");
  return real(path, found);
}

int lstat64(const char *restrict path, struct stat64 *restrict found) {
  if (is_tty_entry(path)) return link_of((struct stat *)found);
  int (*real)(const char *, struct stat64 *) = dlsym(RTLD_NEXT, "lstat64");
  return real(path, found);
}

/* Older C libraries have lstat under this name. */
int __lxstat(int version, const char *path, struct stat *found) {
  if (is_tty_entry(path)) return link_of(found);
  int (*real)(int, const char *, struct stat *) = dlsym(RTLD_NEXT, "__lxstat");
  return real(version, path, found);
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size) {
  static const char target[] = "../../devices/virtual/tty/simulated";
  if (is_tty_entry(path)) {
    size_t length = sizeof target - 1 < size ? sizeof target - 1 : size;
    memcpy(buffer, target, length);
    return (ssize_t)length;
  }
  ssize_t (*real)(const char *, char *, size_t) = dlsym(RTLD_NEXT, "readlink");
  return real(path, buffer, size);
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  switch (request) {
  case TIOCMGET:
    *(int *)argument = 0;
    return 0;
  case TIOCMSET:
  case TIOCMBIS:
  case TIOCMBIC:
    return 0;
  default: {
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, argument);
  }
  }
}
