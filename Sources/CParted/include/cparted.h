#pragma once
#include <parted/parted.h>

/* libparted, opened when it is first needed and not when the program starts: it runs a program
   (dmidecode) as soon as it is opened, and brings six more libraries. (dlopen(3))

   Returns nothing when it is there, else why it is not; before that nothing below may be called. */
const char *cparted_open(void);

/* The functions of <parted/parted.h> by their own names. */
const char *cparted_get_version(void);
PedDevice *cparted_device_get(const char *path);
void cparted_device_destroy(PedDevice *device);
PedDisk *cparted_disk_new(PedDevice *device);
void cparted_disk_destroy(PedDisk *disk);
PedPartition *cparted_disk_next_partition(const PedDisk *disk, const PedPartition *partition);
const char *cparted_partition_get_name(const PedPartition *partition);
void cparted_exception_set_handler(PedExceptionHandler *handler);
