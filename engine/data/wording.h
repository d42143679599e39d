// What the data sources' messages and names have in common.
#pragma once

#include "engine/core/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace convscope {

inline Error corrupt(std::string message) { return {ErrorCode::Corrupt, std::move(message)}; }

inline std::string in_quotes(std::string_view name) {
    std::string text(1, '\'');
    text += name;
    text += '\'';
    return text;
}

// What a folder is called, however the way to it was written: "images" for the root.
inline std::string folder_name(const std::filesystem::path& folder) {
    std::error_code ignored;
    const std::filesystem::path clean = std::filesystem::absolute(folder, ignored).lexically_normal();
    const std::string name = (clean.has_filename() ? clean : clean.parent_path()).filename().string();
    return name.empty() ? "images" : name;
}

}  // namespace convscope
