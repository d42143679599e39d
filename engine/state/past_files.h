// What a run keeps of its past beside it, so that it can be gone back in by whoever resumes it: states, each an
// ordinary saved run of its own iteration, and what was changed between them.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace convscope {

struct RunState;

struct PastState {
    std::int64_t iteration = 0;
    std::filesystem::path file;
    std::int64_t bytes = 0;
};

// Those of engine/formats/past_file.h, or a test's own; empty: nothing is kept. Any thread; `folder` is the run's.
struct PastFiles {
    // The file of that iteration; refused too where the disk has little room left.
    std::function<Result<void>(const RunState& run, const std::filesystem::path& file)> write = {};
    std::function<std::filesystem::path(const std::filesystem::path& folder, std::int64_t iteration)> file_of = {};
    std::function<std::vector<PastState>(const std::filesystem::path& folder)> list = {};  // ascending
    std::function<void(const std::filesystem::path& file)> remove = {};
    std::function<void(const std::filesystem::path& folder)> remove_all = {};
    // Text, into a folder that is there, whole or not at all. NotFound: there is none.
    std::function<Result<void>(const std::string& changes, const std::filesystem::path& folder)> write_changes = {};
    std::function<Result<std::string>(const std::filesystem::path& folder)> read_changes = {};
};

}  // namespace convscope
