#define _GNU_SOURCE
#include "clinux.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

int clinux_clone(int destination, int source) { return ioctl(destination, FICLONE, source); }

int clinux_try_lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

int clinux_open(const char *path, int flags, unsigned mode) { return open(path, flags | O_CLOEXEC, mode); }

long long clinux_seek_data(int descriptor, long long from) { return lseek(descriptor, from, SEEK_DATA); }

long long clinux_seek_hole(int descriptor, long long from) { return lseek(descriptor, from, SEEK_HOLE); }

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
  return posix_spawn_file_actions_addclosefrom_np(actions, from);
}
