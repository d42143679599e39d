// The user's choices as a TOML file. A missing file means defaults; a bad value falls back alone, with a sentence.
#pragma once

#include "engine/core/result.h"
#include "viz/view/settings.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

struct LoadedSettings {
    Settings settings;
    std::vector<std::string> complaints;  // one sentence per value that was not understood
};

// `name` stands in the complaints.
LoadedSettings parse_settings(std::string_view text, std::string_view name);
std::string print_settings(const Settings& settings);

LoadedSettings load_settings(const std::filesystem::path& file);
// Written whole or not at all; makes the folder. The error names the file and the reason.
Result<void> save_settings(const Settings& settings, const std::filesystem::path& file);

}  // namespace convscope
