// Where a run's files belong, which other people may move, remove or replace while it trains.
#pragma once

#include "engine/core/result.h"

#include <filesystem>
#include <functional>
#include <string>

namespace convscope {

struct RunFolder {
    std::filesystem::path path;
    std::string notice = {};  // what the user is to be told, once: why it is another one than before; empty: nothing
};

// Asked before anything is written into the folder that a run was given as it began: where it is to be written now. The
// error says why there is no such place at present. Any thread.
using FindRunFolder = std::function<Result<RunFolder>(const std::filesystem::path& folder)>;

}  // namespace convscope
