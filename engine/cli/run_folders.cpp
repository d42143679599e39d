#include "engine/cli/run_folders.h"

#include "engine/formats/run_log.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <system_error>

namespace convscope {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::function<fs::path(const Recipe&)> run_checkpoints(fs::path out) {
    if (out.empty())
        // Two runs of the same second must not share a name: the first one's folder may be yet to come.
        return [last = std::time_t{0}](const Recipe& recipe) mutable {
            last = std::max(std::time(nullptr), last + 1);
            const Result<fs::path> folder = default_run_folder(recipe.name, last);
            return folder.ok() ? folder.value() / kLastCheckpoint : fs::path();
        };
    return [out = std::move(out), number = 0](const Recipe&) mutable {
        if (++number == 1) return out / kLastCheckpoint;
        const auto folder = [&] { return out / ("run-" + std::to_string(number)); };
        std::error_code ignored;
        while (fs::exists(folder(), ignored)) ++number;
        return folder() / kLastCheckpoint;
    };
}

}  // namespace convscope
