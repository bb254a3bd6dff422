#define _GNU_SOURCE
#include "clinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int clinux_clone(int destination, int source) { return ioctl(destination, FICLONE, source); }

int clinux_try_lock(int descriptor, int is_shared) {
  return flock(descriptor, (is_shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
}

void clinux_unlock(int descriptor) { flock(descriptor, LOCK_UN); }

int clinux_open(const char *path, int flags, unsigned mode) { return open(path, flags | O_CLOEXEC, mode); }

long long clinux_seek_data(int descriptor, long long from) { return lseek(descriptor, from, SEEK_DATA); }

long long clinux_seek_hole(int descriptor, long long from) { return lseek(descriptor, from, SEEK_HOLE); }

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
  return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

int clinux_copy_descriptor(int descriptor, int from) { return fcntl(descriptor, F_DUPFD_CLOEXEC, from); }

int clinux_socket_pair(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
}

static int signal_pipe[2] = {-1, -1};

static void note_signal(int number) {
  int code = errno;
  char byte = (char)number;
  if (write(signal_pipe[1], &byte, 1) < 0) {} // the pipe is full of signals already
  errno = code;
}

int clinux_catch_signals(void) {
  if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  for (int i = 0; i < 3; i++)
    if (sigaction(numbers[i], &action, 0) != 0) return -1;
  return signal_pipe[0];
}

int clinux_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int partition_call(int descriptor, int operation, int number, long long start, long long length) {
  struct blkpg_partition partition = {.start = start, .length = length, .pno = number};
  struct blkpg_ioctl_arg argument = {.op = operation, .datalen = sizeof partition, .data = &partition};
  return ioctl(descriptor, BLKPG, &argument);
}

int clinux_add_partition(int descriptor, int number, long long start, long long length) {
  return partition_call(descriptor, BLKPG_ADD_PARTITION, number, start, length);
}

int clinux_resize_partition(int descriptor, int number, long long start, long long length) {
  return partition_call(descriptor, BLKPG_RESIZE_PARTITION, number, start, length);
}

int clinux_remove_partition(int descriptor, int number) {
  return partition_call(descriptor, BLKPG_DEL_PARTITION, number, 0, 0);
}

int clinux_renew_label(int descriptor) {
  char label[FSLABEL_MAX] = {0};
  return ioctl(descriptor, FS_IOC_GETFSLABEL, label) < 0 ? -1 : ioctl(descriptor, FS_IOC_SETFSLABEL, label);
}

int clinux_forget_buffers(int descriptor) { return ioctl(descriptor, BLKFLSBUF, 0); }

int clinux_discard(int descriptor, unsigned long long start, unsigned long long length) {
  unsigned long long range[2] = {start, length};
  return ioctl(descriptor, BLKDISCARD, &range);
}

static struct rusage usage(int whose) {
  struct rusage result;
  memset(&result, 0, sizeof result);
  getrusage(whose, &result);
  return result;
}

double clinux_processor_time(int of_children) {
  struct rusage used = usage(of_children ? RUSAGE_CHILDREN : RUSAGE_SELF);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

unsigned long long clinux_peak_memory(void) { return (unsigned long long)usage(RUSAGE_SELF).ru_maxrss * 1024; }

int clinux_direct_flags(void) { return O_EXCL | O_DIRECT; }

int clinux_open_direct(const char *path) { return open(path, O_RDWR | O_CLOEXEC | clinux_direct_flags()); }

int clinux_zero_out(int descriptor, unsigned long long start, unsigned long long length) {
  unsigned long long range[2] = {start, length};
  return ioctl(descriptor, BLKZEROOUT, &range);
}

int clinux_device_number(const char *path, unsigned *major_number, unsigned *minor_number) {
  struct stat status;
  if (stat(path, &status) != 0) return -1;
  if (!S_ISBLK(status.st_mode)) {
    errno = ENODEV;
    return -1;
  }
  *major_number = major(status.st_rdev);
  *minor_number = minor(status.st_rdev);
  return 0;
}

int clinux_nvme_health(int descriptor, void *page) {
  struct nvme_passthru_cmd command = {
      .opcode = 0x02, // get log page
      .nsid = 0xffffffff,
      .addr = (unsigned long)page,
      .data_len = 512,
      .cdw10 = 0x02 | (512 / 4 - 1) << 16, // which page, and how many words less one
  };
  int result = ioctl(descriptor, NVME_IOCTL_ADMIN_CMD, &command);
  if (result > 0) errno = EIO;
  return result == 0 ? 0 : -1;
}

int clinux_clock_is_synchronised(void) {
  struct timex state = {.modes = 0};
  if (adjtimex(&state) < 0) return -1;
  return (state.status & STA_UNSYNC) == 0;
}

static long long milliseconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

// Waits until an answer for `wanted` comes that is not from `own`.
static int arp_answer(int socket_, const unsigned char own[6], unsigned wanted, int milliseconds, unsigned char mac[6]) {
  long long end = milliseconds_now() + milliseconds;
  for (;;) {
    long long left = end - milliseconds_now();
    if (left <= 0) return 0;
    struct pollfd watched = {.fd = socket_, .events = POLLIN};
    int ready = poll(&watched, 1, (int)left);
    if (ready < 0 && errno != EINTR) return -1;
    if (ready <= 0) continue;
    unsigned char frame[128];
    ssize_t got = recv(socket_, frame, sizeof frame, 0);
    if (got < (ssize_t)sizeof(struct ether_arp)) continue;
    struct ether_arp packet;
    memcpy(&packet, frame, sizeof packet);
    unsigned sender;
    memcpy(&sender, packet.arp_spa, 4);
    // Answers and announcements alike; another's probe has no sender yet.
    if (ntohl(sender) != wanted || memcmp(packet.arp_sha, own, 6) == 0) continue;
    memcpy(mac, packet.arp_sha, 6);
    return 1;
  }
}

int clinux_arp_probe(const char *name, unsigned wanted, int milliseconds, unsigned char mac[6]) {
  int socket_ = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ARP));
  if (socket_ < 0) return -1;
  struct ifreq interface = {0};
  strncpy(interface.ifr_name, name, IFNAMSIZ - 1);
  int result = -1;
  unsigned char own[6];
  if (ioctl(socket_, SIOCGIFHWADDR, &interface) < 0) goto end;
  memcpy(own, interface.ifr_hwaddr.sa_data, 6);
  if (ioctl(socket_, SIOCGIFINDEX, &interface) < 0) goto end;
  struct sockaddr_ll place = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = interface.ifr_ifindex, .sll_halen = 6};
  memset(place.sll_addr, 0xff, 6);
  if (bind(socket_, (struct sockaddr *)&place, sizeof place) < 0) goto end;
  struct ether_arp packet = {0};
  packet.arp_hrd = htons(ARPHRD_ETHER);
  packet.arp_pro = htons(ETH_P_IP);
  packet.arp_hln = 6;
  packet.arp_pln = 4;
  packet.arp_op = htons(ARPOP_REQUEST);
  memcpy(packet.arp_sha, own, 6);
  unsigned target = htonl(wanted);
  memcpy(packet.arp_tpa, &target, 4);
  // Three probes: one frame may get lost.
  for (int probe = 0; probe < 3; probe++) {
    if (sendto(socket_, &packet, sizeof packet, 0, (struct sockaddr *)&place, sizeof place) < 0) goto end;
    result = arp_answer(socket_, own, wanted, milliseconds / 3, mac);
    if (result != 0) break;
  }
end:;
  int code = errno;
  close(socket_);
  errno = code;
  return result;
}
