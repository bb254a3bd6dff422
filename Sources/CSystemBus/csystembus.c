#include "csystembus.h"

#include <dlfcn.h>
#include <pthread.h>

static struct {
  __typeof__(&sd_bus_open_system) open_system;
  __typeof__(&sd_bus_flush_close_unref) flush_close_unref;
  __typeof__(&sd_bus_call) call;
  __typeof__(&sd_bus_error_free) error_free;
  __typeof__(&sd_bus_message_new_method_call) message_new_method_call;
  __typeof__(&sd_bus_message_unref) message_unref;
  __typeof__(&sd_bus_message_set_allow_interactive_authorization)
      message_set_allow_interactive_authorization;
  __typeof__(&sd_bus_message_append_basic) message_append_basic;
  __typeof__(&sd_bus_message_read_basic) message_read_basic;
  __typeof__(&sd_bus_message_open_container) message_open_container;
  __typeof__(&sd_bus_message_close_container) message_close_container;
} bus;

static const char *failure = "libsystemd was not opened";
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
  void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    failure = dlerror();
    return;
  }
#define FIND(name)                                                  \
  bus.name = (__typeof__(bus.name))dlsym(library, "sd_bus_" #name); \
  if (!bus.name) {                                                  \
    failure = "libsystemd.so.0 lacks sd_bus_" #name;                \
    return;                                                         \
  }
  FIND(open_system)
  FIND(flush_close_unref)
  FIND(call)
  FIND(error_free)
  FIND(message_new_method_call)
  FIND(message_unref)
  FIND(message_set_allow_interactive_authorization)
  FIND(message_append_basic)
  FIND(message_read_basic)
  FIND(message_open_container)
  FIND(message_close_container)
#undef FIND
  failure = NULL;
}

const char *csystembus_open(void) {
  pthread_once(&once, open_library);
  return failure;
}

int csystembus_open_system(sd_bus **result) { return bus.open_system(result); }
sd_bus *csystembus_flush_close_unref(sd_bus *it) { return bus.flush_close_unref(it); }
int csystembus_call(sd_bus *it, sd_bus_message *message, uint64_t microseconds, sd_bus_error *error,
                    sd_bus_message **reply) {
  return bus.call(it, message, microseconds, error, reply);
}
void csystembus_error_free(sd_bus_error *error) { bus.error_free(error); }
int csystembus_message_new_method_call(sd_bus *it, sd_bus_message **message, const char *destination,
                                       const char *path, const char *interface, const char *member) {
  return bus.message_new_method_call(it, message, destination, path, interface, member);
}
sd_bus_message *csystembus_message_unref(sd_bus_message *message) {
  return bus.message_unref(message);
}
int csystembus_message_set_allow_interactive_authorization(sd_bus_message *message, int allowed) {
  return bus.message_set_allow_interactive_authorization(message, allowed);
}
int csystembus_message_append_basic(sd_bus_message *message, char type, const void *value) {
  return bus.message_append_basic(message, type, value);
}
int csystembus_message_read_basic(sd_bus_message *message, char type, void *value) {
  return bus.message_read_basic(message, type, value);
}
int csystembus_message_open_container(sd_bus_message *message, char type, const char *contents) {
  return bus.message_open_container(message, type, contents);
}
int csystembus_message_close_container(sd_bus_message *message) {
  return bus.message_close_container(message);
}
