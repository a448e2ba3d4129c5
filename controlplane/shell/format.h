// Numbers and text as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace demarc::shell {

std::string with_separators(uint64_t n);     // 1,234,567
std::string with_separators(int64_t n);      // -1,234
std::string bytes_text(uint64_t bytes);      // 999 B, 1.5 KiB, 12.0 MiB … EiB; 1 KiB = 1024 B
std::string bits_text(uint64_t bits);        // 999 bit/s, 64 kbit/s, 2.5 Gbit/s; 1 k = 1000
std::string hex32_text(uint64_t n);          // 0x00000100
std::string seid_text(uint64_t n);           // 0x1a2b
std::string milliseconds_text(uint64_t ms);  // 250 ms, 1.5 s, 12 min, 3 h, 2 d
std::string nanoseconds_text(uint64_t ns);   // 960 ns, 12.3 µs, 1.5 ms, 2.0 s
std::string decimal_text(double n);          // one digit after the point

// Without what could move the cursor or change colours: control characters (C0, DEL, C1) become \xNN. `text` is UTF-8.
std::string printable(std::string_view text);
// How many columns it takes, counting each code point as one.
size_t display_width(std::string_view text);

}  // namespace demarc::shell
