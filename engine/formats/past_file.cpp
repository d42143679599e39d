#include "engine/formats/past_file.h"

#include "engine/api/run_folder.h"
#include "engine/core/plain_file.h"
#include "engine/core/whole_file.h"
#include "engine/formats/checkpoint.h"
#include "engine/state/run_state.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr const char* kChanges = "changes.jsonl";
constexpr std::size_t kMostChangeBytes = std::size_t{32} << 20;
constexpr std::size_t kMostPastStates = 100'000;

fs::path past_file_of(const fs::path& folder, std::int64_t iteration) {
    char name[32];
    std::snprintf(name, sizeof name, "%09lld.pt", static_cast<long long>(iteration));
    return folder / kStates / name;
}

// Nothing of another name.
std::optional<std::int64_t> iteration_of(const std::string& name) {
    std::int64_t iteration = -1;
    const char* const end = name.data() + name.size();
    const auto [behind, problem] = std::from_chars(name.data(), end, iteration);
    if (problem != std::errc() || std::string_view(behind, static_cast<std::size_t>(end - behind)) != ".pt" ||
        iteration < 0 || past_file_of({}, iteration).filename() != name)
        return std::nullopt;
    return iteration;
}

Result<void> write_past(const RunState& run, const fs::path& file) {
    const fs::path states = file.parent_path();
    std::error_code unknown;
    const fs::space_info disk = fs::space(states.parent_path(), unknown);
    const auto room = static_cast<std::uintmax_t>(kRoomForOthers) + byte_count(*run.training);
    if (!unknown && disk.available < room)
        return Error{ErrorCode::Io, states.string() +
                                        ": the disk is nearly full; the run is trained without more "
                                        "states to go back to"};
    if (const Result<std::string> place = make_room(states, OwnPlace::Folder); !place) return place.error();
    return write_checkpoint(run, file);
}

std::vector<PastState> list_past(const fs::path& folder) {
    std::vector<PastState> states;
    std::error_code problem;
    if (fs::is_symlink(folder / kStates, problem)) return states;
    for (fs::directory_iterator entry(folder / kStates, problem), end; !problem && entry != end;
         entry.increment(problem)) {
        std::error_code unknown;
        const std::optional<std::int64_t> iteration = iteration_of(entry->path().filename().string());
        if (!iteration || !entry->is_regular_file(unknown) || entry->is_symlink(unknown)) continue;
        const std::uintmax_t bytes = entry->file_size(unknown);
        if (unknown || states.size() >= kMostPastStates) continue;
        states.push_back({*iteration, entry->path(), static_cast<std::int64_t>(bytes)});
    }
    std::sort(states.begin(), states.end(),
              [](const PastState& a, const PastState& b) { return a.iteration < b.iteration; });
    return states;
}

void remove_past(const fs::path& file) {
    std::error_code unknown;
    fs::remove(file, unknown);
}

// Nothing but what is a run's own: a folder in which somebody has left more stays, with that.
void remove_all_past(const fs::path& folder) {
    std::error_code unknown;
    if (fs::is_symlink(folder / kStates, unknown)) return;
    for (const PastState& state : list_past(folder)) remove_past(state.file);
    remove_past(folder / kStates / kChanges);
    remove_past(folder / kStates);
}

Result<void> write_changes(const std::string& changes, const fs::path& folder) {
    if (const Result<std::string> place = make_room(folder / kStates, OwnPlace::Folder); !place) return place.error();
    std::error_code problem;
    fs::create_directory(folder / kStates, problem);
    if (problem) return file_problem(folder / kStates, "make", problem.value());
    return write_whole_file(folder / kStates / kChanges, changes);
}

Result<std::string> read_changes(const fs::path& folder) {
    return read_whole_file(folder / kStates / kChanges, kMostChangeBytes);
}

}  // namespace

PastFiles past_files() {
    return {.write = write_past,
            .file_of = past_file_of,
            .list = list_past,
            .remove = remove_past,
            .remove_all = remove_all_past,
            .write_changes = write_changes,
            .read_changes = read_changes};
}

}  // namespace convscope
