// An ELF note as systemd reads it from programs that crash, and `sugarimage build` from the agent that it puts
// into images. (systemd.io/ELF_PACKAGE_METADATA, elf(5))
#include "agent-note.h"
#include <elf.h>

#define METADATA "{\"type\":\"sugarimage\",\"name\":\"sugaragent\",\"version\":\"" SUGARAGENT_VERSION "\"}"

static const struct {
  Elf64_Nhdr header;
  char owner[4];
  _Alignas(4) char metadata[sizeof METADATA];
} note __attribute__((used, aligned(4), section(".note.package"))) = {
    {sizeof "FDO", sizeof METADATA, 0xcafe1a7e}, "FDO", METADATA};
