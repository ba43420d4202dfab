// Takes a file into the program as read-only bytes, so that it stays a file that can be edited and linted as
// what it is.
#pragma once

/// Define the array of chars `symbol` with the bytes of `file`, and `symbol`_end behind it. At namespace
/// scope, once per program. `file` is a literal path that the compiler can read.
#define SONDE_EMBED(symbol, file)         \
  __asm__(                                \
      ".section .rodata\n"                \
      ".global " #symbol "\n" #symbol     \
      ":\n"                               \
      ".incbin \"" file                   \
      "\"\n"                              \
      ".global " #symbol "_end\n" #symbol \
      "_end:\n"                           \
      ".byte 0\n"                         \
      ".previous\n");                     \
  extern "C" const char symbol[];         \
  extern "C" const char symbol##_end[];
