// The user's choices as a TOML file. A missing file means defaults; a bad value falls back alone, with a sentence; a
// file that cannot be read is set aside.
#pragma once

#include "engine/core/result.h"
#include "viz/view/settings.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// That is remembered from one start to the next: the largest screens there are.
inline constexpr int kLeastWindowWidth = 320;
inline constexpr int kLeastWindowHeight = 240;
inline constexpr int kWidestWindow = 7680;
inline constexpr int kHighestWindow = 4320;

struct LoadedSettings {
    Settings settings;
    std::vector<std::string> complaints;  // one sentence per value that was not understood
};

// `name` stands in the complaints, and in the error for a text that is no TOML.
Result<LoadedSettings> parse_settings(std::string_view text, std::string_view name);
std::string print_settings(const Settings& settings);

// A file that cannot be read, or is no TOML, is renamed to settings.toml.broken (.broken-2 where there is one already),
// and the one complaint says so.
LoadedSettings load_settings(const std::filesystem::path& file);
// The breakpoints of that file, for a session that begins before the window does; the usual ones where it has none that
// can be read, of which load_settings() says what is wrong.
std::vector<Breakpoint> kept_breakpoints(const std::filesystem::path& file);
// Written whole or not at all; makes the folder. The error names the file and the reason.
Result<void> save_settings(const Settings& settings, const std::filesystem::path& file);

}  // namespace convscope
