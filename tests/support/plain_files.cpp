// What stands for files.
#include "tests/support/plain_trainer.h"

#include <algorithm>
#include <string>
#include <utility>

namespace convscope {

namespace {

PastFiles plain_past(const std::shared_ptr<PlainScript>& script) {
    const auto file_of = [](const std::filesystem::path& folder, std::int64_t iteration) {
        return folder / "states" / std::to_string(iteration);
    };
    const auto list = [script](const std::filesystem::path& folder) {
        std::lock_guard lock(script->files_mutex);
        std::vector<PastState> states;
        for (const auto& [path, run] : script->files)
            if (std::filesystem::path(path).parent_path() == folder / "states")
                states.push_back({std::stoll(std::filesystem::path(path).filename().string()), path, 1000});
        std::sort(states.begin(), states.end(),
                  [](const PastState& a, const PastState& b) { return a.iteration < b.iteration; });
        return states;
    };
    const auto remove = [script](const std::filesystem::path& file) {
        std::lock_guard lock(script->files_mutex);
        script->files.erase(file.string());
    };
    return {.write = [script](const RunState& run, const std::filesystem::path& file) -> Result<void> {
                std::lock_guard lock(script->files_mutex);
                script->files[file.string()] = run;
                return {};
            },
            .file_of = file_of,
            .list = list,
            .remove = remove,
            .remove_all =
                [list, remove](const std::filesystem::path& folder) {
                    for (const PastState& state : list(folder)) remove(state.file);
                },
            .write_changes = [script](const std::string& changes, const std::filesystem::path& folder) -> Result<void> {
                std::lock_guard lock(script->files_mutex);
                script->changes[folder.string()] = changes;
                return {};
            },
            .read_changes = [script](const std::filesystem::path& folder) -> Result<std::string> {
                std::lock_guard lock(script->files_mutex);
                const auto found = script->changes.find(folder.string());
                if (found == script->changes.end()) return Error{ErrorCode::NotFound, "there are no changes"};
                return found->second;
            }};
}

}  // namespace

RunFiles plain_files(std::shared_ptr<PlainScript> script) {
    return {
        .write = [script](const RunState& run, const std::filesystem::path& path) -> Result<void> {
            if (script->on_save) script->on_save();
            if (!script->save_problem.empty()) return Error{ErrorCode::Io, path.string() + ": " + script->save_problem};
            std::lock_guard lock(script->files_mutex);
            script->files[path.string()] = run;
            return {};
        },
        .read = [script](const std::filesystem::path& path) -> Result<RunState> {
            std::lock_guard lock(script->files_mutex);
            const auto found = script->files.find(path.string());
            if (found == script->files.end())
                return Error{ErrorCode::NotFound, path.string() + ": there is no such file"};
            return found->second;
        },
        .families = {.write = [script](const RunFamily& family, const std::filesystem::path& folder) -> Result<void> {
                         std::lock_guard lock(script->files_mutex);
                         script->families[folder.string()] = family;
                         return {};
                     },
                     .read = [script](const std::filesystem::path& folder) -> Result<RunFamily> {
                         std::lock_guard lock(script->files_mutex);
                         const auto found = script->families.find(folder.string());
                         if (found == script->families.end())
                             return Error{ErrorCode::NotFound, folder.string() + ": there is no such list"};
                         return found->second;
                     }},
        .past = plain_past(script)};
}

}  // namespace convscope
