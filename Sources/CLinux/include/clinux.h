// Calls of Linux that Swift cannot import because they are variadic or macros.
#pragma once
#include <spawn.h>

// Makes `destination` share all blocks of `source` (ioctl_ficlone(2)). 0, or -1 with errno.
int clinux_clone(int destination, int source);

// Takes or refuses a lock at once (flock(2), LOCK_EX or LOCK_SH, LOCK_NB). 0, or -1 with errno.
int clinux_try_lock(int descriptor, int is_shared);

// Gives such a lock back.
void clinux_unlock(int descriptor);

// open(2) with a mode.
int clinux_open(const char *path, int flags, unsigned mode);

// The places that lseek(2) can look for from an offset: data, or a hole. The offset, or -1 with errno.
long long clinux_seek_data(int descriptor, long long from);
long long clinux_seek_hole(int descriptor, long long from);

// Closes every descriptor from `from` on in the program that is started (glibc 2.34). 0, or an error number.
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int from);

// Another descriptor for the same file, `from` or above, closed by exec (fcntl(2), F_DUPFD_CLOEXEC). -1 with errno.
int clinux_copy_descriptor(int descriptor, int from);

// A pair of connected sockets, not blocking, closed by exec (socketpair(2)). 0, or -1 with errno.
int clinux_socket_pair(int ends[2]);

// From now on SIGINT, SIGTERM and SIGHUP only write a byte into a pipe, whose reading end this is. -1 with errno.
int clinux_catch_signals(void);

// How many columns the terminal has (TIOCGWINSZ); 0 when it is none.
int clinux_columns(int descriptor);

// Tells the kernel of one partition: `start` and `length` in bytes (BLKPG, ioctl_list(2)). 0, or -1 with errno.
int clinux_add_partition(int descriptor, int number, long long start, long long length);
int clinux_resize_partition(int descriptor, int number, long long start, long long length);
int clinux_remove_partition(int descriptor, int number);

// Gives a mounted file system the label that it has (FS_IOC_GETFSLABEL, FS_IOC_SETFSLABEL). 0, or -1 with errno.
int clinux_renew_label(int descriptor);

// Drops what the kernel holds in memory of a block device, so that the next read sees the medium (BLKFLSBUF).
int clinux_forget_buffers(int descriptor);

// Tells the device that `length` bytes from `start` are of no use any more (BLKDISCARD).
int clinux_discard(int descriptor, unsigned long long start, unsigned long long length);

// Opens a whole disk for writing past the kernel's own copies, and for us alone (open(2), O_EXCL, O_DIRECT).
int clinux_open_direct(const char *path);

// What clinux_open_direct asks for beside reading and writing, for somebody who opens in our place.
int clinux_direct_flags(void);

// Seconds of processor time of this process, or of the children that it waited for, and the most memory it had at once
// in bytes (getrusage(2)).
double clinux_processor_time(int of_children);
unsigned long long clinux_peak_memory(void);

// Makes `length` bytes from `start` zeros: by the device itself where it can, else written (BLKZEROOUT).
int clinux_zero_out(int descriptor, unsigned long long start, unsigned long long length);

// The number of the device that a node stands for (stat(2), st_rdev). 0, or -1 with errno; ENODEV when it is no block device.
int clinux_device_number(const char *path, unsigned *major, unsigned *minor);

// Reads the 512 bytes of an NVMe controller's health log (NVME_IOCTL_ADMIN_CMD). 0, or an error; -1 with errno.
int clinux_nvme_health(int descriptor, void *page);

// Whether something steers the kernel's clock (adjtimex(2), STA_UNSYNC): 1 or 0, or -1 with errno.
int clinux_clock_is_synchronised(void);

// Asks on the interface `name` who has the IPv4 address `wanted`, as from 0.0.0.0 (RFC 5227) and waits for
// `milliseconds`. 1 and the answerer's six bytes in `mac`, which are not the interface's own; 0 when nobody answers;
// -1 with errno.
int clinux_arp_probe(const char *name, unsigned wanted, int milliseconds, unsigned char mac[6]);
