// Whether a file is what was published. MD5 finds damage, which is what it is here for; it is no proof against forgery.
#pragma once

#include "engine/core/result.h"

#include <filesystem>
#include <string>

namespace convscope {

// The MD5 of a file's content, as 32 hexadecimal digits in small letters.
Result<std::string> md5_of_file(const std::filesystem::path& path);

}  // namespace convscope
