// Text as UTF-8 (RFC 3629): the one place that takes characters apart.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace convscope {

// Takes one character off the front of `text`, which is not empty; nothing, and leaves it, when that is not UTF-8 (the
// shortest form, no surrogates).
std::optional<char32_t> take_character(std::string_view& text);

bool is_utf8(std::string_view text);

// Of UTF-8.
std::size_t character_count(std::string_view text);

// The same text for people and for other programs: whatever is not UTF-8, and each control character, is written as
// \x and two digits, so that two names that differ still do.
std::string readable(std::string_view text);

}  // namespace convscope
