// Calls of Linux that Swift cannot import because they are variadic or macros.
#pragma once
#include <spawn.h>

// Makes `destination` share all blocks of `source` (ioctl_ficlone(2)). 0, or -1 with errno.
int clinux_clone(int destination, int source);

// Takes or refuses an exclusive lock at once (flock(2), LOCK_EX | LOCK_NB). 0, or -1 with errno.
int clinux_try_lock(int descriptor);

// open(2) with a mode.
int clinux_open(const char *path, int flags, unsigned mode);

// The places that lseek(2) can look for from an offset: data, or a hole. The offset, or -1 with errno.
long long clinux_seek_data(int descriptor, long long from);
long long clinux_seek_hole(int descriptor, long long from);

// Closes every descriptor from `from` on in the program that is started (glibc 2.34). 0, or an error number.
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int from);
