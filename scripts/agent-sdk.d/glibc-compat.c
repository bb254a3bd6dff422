// The few functions of glibc 2.38 that Debian's Swift runtime calls and glibc 2.36 lacks, so that the agent
// runs on Debian 12. Hidden: they are linked into the program and never exported by it.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC visibility push(hidden)

// glibc 2.38's headers give the functions of C23 these names; they differ in knowing "0b" as a prefix, which
// the runtime does not rely on.
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }

long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }

unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }

unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }

int __isoc23_sscanf(const char *text, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int count = vsscanf(text, format, list);
  va_end(list);
  return count;
}

// strlcpy(3)
size_t strlcpy(char *to, const char *from, size_t room) {
  size_t length = strlen(from);
  if (room > 0) {
    size_t count = length < room ? length : room - 1;
    memcpy(to, from, count);
    to[count] = 0;
  }
  return length;
}

// strlcat(3)
size_t strlcat(char *to, const char *from, size_t room) {
  size_t length = strnlen(to, room);
  return length == room ? room + strlen(from) : length + strlcpy(to + length, from, room - length);
}

#pragma GCC visibility pop
