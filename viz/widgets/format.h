// Numbers as they are read: thousands separated, units after a space, few digits, a dash where there is no number.
// Texts live in the value itself, so nothing is allocated. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace convscope {

struct ShortText {
    std::array<char, 48> characters{};
    const char* c_str() const { return characters.data(); }
    operator std::string_view() const { return characters.data(); }
};

ShortText format_count(std::int64_t value);                      // "12,345"
ShortText format_percent(double share);                          // "98.81 %"; 0.9881
ShortText format_quantity(double value, std::string_view unit);  // "12.3 k samples/s"; "" for no unit
ShortText format_seconds(double seconds);                        // "350 µs", "4.2 ms", "1.2 s", "3 min 20 s"
ShortText format_bytes(double bytes);                            // "1.2 MB"; powers of 1000
ShortText format_value(double value, int digits = 4);            // "0.1307", "1.2e-05"
ShortText format_pace(double iterations_per_second);             // "0.5 it/s", "flat out" for 0

}  // namespace convscope
