// What a fuzz target is: the two functions that libFuzzer calls, and a check that ends the program.
//
// A target is one file, built twice: with libFuzzer (clang, -Dfuzz=true, scripts/fuzz) and with replay.cc, which runs
// the corpus and a fixed number of seeded mutations of it as a unit test, with whatever compiler and sanitizers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes);

// What must hold whatever came in. Says which target broke, and leaves the input to libFuzzer or replay.cc to name.
#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
