// The STAND-IN for k3s as a program for arm64: this starts Python on the archive of scripts that is appended to it.
// It needs no C library, so that any compiler for arm64 makes it. (execve(2), readlinkat(2); AAPCS64, system calls)

#define METADATA "{\"type\":\"sugarimage\",\"name\":\"k3s-stand-in\",\"version\":\"" STAND_IN_VERSION "\"}"

// What the file says of itself without being run. (systemd.io/ELF_PACKAGE_METADATA)
static const struct {
  unsigned ownerSize, textSize, kind;
  char owner[4];
  _Alignas(4) char text[sizeof METADATA];
} note __attribute__((used, aligned(4), section(".note.package"))) = {4, sizeof METADATA, 0xcafe1a7e, "FDO", METADATA};

static long call(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}

// 'count', the words, null, the environment, null: as the kernel leaves them on the stack.
__attribute__((used)) static void start(long *stack) {
  static char path[4096];
  static char *words[1024];
  static char *settings[1024];
  long count = stack[0];
  char **given = (char **)&stack[1];
  char **environment = given + count + 1;
  long length = call(78, -100, (long)"/proc/self/exe", (long)path, sizeof path - 1);
  if (length < 0 || count > 1000) call(94, 70, 0, 0, 0);
  words[0] = "k3s-stand-in";
  words[1] = "-I";
  words[2] = "-B";
  words[3] = path;
  for (long i = 0; i < count; i++) words[4 + i] = given[i];
  long place = 0;
  for (; environment[place] && place < 1000; place++) settings[place] = environment[place];
  settings[place] = "K3S_STAND_IN_VERSION=" STAND_IN_VERSION;
  call(221, (long)"/usr/bin/python3", (long)words, (long)settings, 0);
  static const char complaint[] = "k3s (STAND-IN): there is no /usr/bin/python3\n";
  call(64, 2, (long)complaint, sizeof complaint - 1, 0);
  call(94, 69, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n  mov x0, sp\n  mov x29, xzr\n  mov x30, xzr\n  bl start\n");
