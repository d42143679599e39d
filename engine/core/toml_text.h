// TOML text to toml++'s tables: the one way for settings, recipes, recipes within checkpoints and --set. toml++ follows
// nested tables with one function call a level, also when it frees them, so that a text of some kilobytes can use up
// the stack: length and nesting are checked before it sees any.
#pragma once

#include "engine/core/result.h"

#include <cstddef>
#include <string_view>

// From its headers, and without exceptions: Debian's compiled library is built with them. One that is not would save us
// the compiling.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// The assertions of 3.3.0, Debian 12's, do not hold for every text that is not TOML ("[[[" fails one), though its
// errors are right all the same. They can come back when the fuzz target finds none that fails.
#ifndef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#endif
#include <toml++/toml.h>

namespace convscope {

inline constexpr std::size_t kMaxTomlBytes = 1 << 20;  // a recipe of 512 layers has about 50 kB
inline constexpr int kMaxTomlNesting = 64;  // of brackets, braces and dots; residual layers need a fourth of it

// The table that the text is. The error begins with "NAME:LINE: " and ends with the remedy; `remedy` is the one for a
// text that is not TOML. Corrupt: the text is none at all (not UTF-8, too long, nested too deep); InvalidArgument: it
// is not TOML. Any thread.
Result<toml::table> parse_toml(std::string_view text, std::string_view name, std::string_view remedy);

}  // namespace convscope
