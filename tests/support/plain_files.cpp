// What stands for files.
#include "tests/support/plain_trainer.h"

#include <utility>

namespace convscope {

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
                     }}};
}

}  // namespace convscope
