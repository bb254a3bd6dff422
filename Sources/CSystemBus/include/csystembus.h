#pragma once
#include <systemd/sd-bus.h>

/* sd-bus of libsystemd, opened when it is first needed and not when the program starts: it brings four
   more libraries, which a short command would wait for. (dlopen(3))

   Returns nothing when it is there, else why it is not; before that nothing below may be called. */
const char *csystembus_open(void);

/* The functions of <systemd/sd-bus.h> by their own names. */
int csystembus_open_system(sd_bus **bus);
sd_bus *csystembus_flush_close_unref(sd_bus *bus);
int csystembus_call(sd_bus *bus, sd_bus_message *message, uint64_t microseconds, sd_bus_error *error,
                    sd_bus_message **reply);
void csystembus_error_free(sd_bus_error *error);
int csystembus_message_new_method_call(sd_bus *bus, sd_bus_message **message, const char *destination,
                                       const char *path, const char *interface, const char *member);
sd_bus_message *csystembus_message_unref(sd_bus_message *message);
int csystembus_message_set_allow_interactive_authorization(sd_bus_message *message, int allowed);
int csystembus_message_append_basic(sd_bus_message *message, char type, const void *value);
int csystembus_message_read_basic(sd_bus_message *message, char type, void *value);
int csystembus_message_open_container(sd_bus_message *message, char type, const char *contents);
int csystembus_message_close_container(sd_bus_message *message);
