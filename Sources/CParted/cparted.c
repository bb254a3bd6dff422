#include "cparted.h"

#include <dlfcn.h>
#include <pthread.h>

static struct {
  __typeof__(&ped_get_version) get_version;
  __typeof__(&ped_device_get) device_get;
  __typeof__(&ped_device_destroy) device_destroy;
  __typeof__(&ped_disk_new) disk_new;
  __typeof__(&ped_disk_destroy) disk_destroy;
  __typeof__(&ped_disk_next_partition) disk_next_partition;
  __typeof__(&ped_partition_get_name) partition_get_name;
  __typeof__(&ped_exception_set_handler) exception_set_handler;
} ped;

static const char *failure = "libparted was not opened";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
  void *library = dlopen("libparted.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    failure = dlerror();
    return;
  }
#define FIND(name)                                        \
  ped.name = (__typeof__(ped.name))dlsym(library, "ped_" #name); \
  if (!ped.name) {                                        \
    failure = "libparted.so.2 lacks ped_" #name;          \
    return;                                               \
  }
  FIND(get_version)
  FIND(device_get)
  FIND(device_destroy)
  FIND(disk_new)
  FIND(disk_destroy)
  FIND(disk_next_partition)
  FIND(partition_get_name)
  FIND(exception_set_handler)
#undef FIND
  failure = NULL;
}

const char *cparted_open(void) {
  pthread_once(&once, open_library);
  return failure;
}

const char *cparted_get_version(void) { return ped.get_version(); }
PedDevice *cparted_device_get(const char *path) { return ped.device_get(path); }
void cparted_device_destroy(PedDevice *device) { ped.device_destroy(device); }
PedDisk *cparted_disk_new(PedDevice *device) { return ped.disk_new(device); }
void cparted_disk_destroy(PedDisk *disk) { ped.disk_destroy(disk); }
PedPartition *cparted_disk_next_partition(const PedDisk *disk, const PedPartition *partition) {
  return ped.disk_next_partition(disk, partition);
}
const char *cparted_partition_get_name(const PedPartition *partition) {
  return ped.partition_get_name(partition);
}
void cparted_exception_set_handler(PedExceptionHandler *handler) {
  ped.exception_set_handler(handler);
}
