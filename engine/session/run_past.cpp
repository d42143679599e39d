// The present run's past on disk (disk_states.h): what of it goes there, and how it is gone back to from there.
#include "engine/core/log.h"
#include "engine/journal/weights_digest.h"
#include "engine/session/current_run.h"
#include "engine/session/line_changes.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace convscope {

namespace {

namespace fs = std::filesystem;

}  // namespace

bool CurrentRun::keeps_past() const {
    return options_.files.past.write && options_.disk_states_bytes > 0 && info_ && !info_->checkpoint.empty();
}

// The newest that was kept in memory. The line's beginning comes first: from there all can be trained again.
void CurrentRun::keep_on_disk(bool ends_epoch) {
    if (!keeps_past() || !line_.wants_state_on_disk(ends_epoch, keeper_.past_seconds())) return;
    keep_beginning_on_disk();
    write_past(line_.newest());
}

void CurrentRun::keep_beginning_on_disk() {
    if (keeps_past() && !line_.has_disk_states() && line_.kept_first().iteration() < line_.furthest())
        write_past(line_.kept_first());
}

void CurrentRun::write_past(const KeptState& state) {
    constexpr std::int64_t kBesideTensors = std::int64_t{1} << 16;  // bytes, about
    const fs::path file = options_.files.past.file_of(home_.file.parent_path(), state.iteration());
    const auto bytes = static_cast<std::int64_t>(byte_count(*state.training)) + kBesideTensors;
    keeper_.keep_past({state.training, RunProgress{state.moment, epochs_.progress().history.until(state.iteration())}},
                      file);
    for (const fs::path& gone : line_.keep_on_disk({state.iteration(), file, bytes}, iterations_per_epoch_))
        keeper_.remove_past(gone);
}

// What the state of a place is on disk is no more, as something was changed there.
void CurrentRun::touch_past() {
    if (!keeps_past()) return;
    const fs::path file = options_.files.past.file_of(home_.file.parent_path(), epochs_.iteration());
    if (line_.lose(file)) keeper_.remove_past(file);
}

std::optional<KeptState> CurrentRun::read_past(std::int64_t iteration, std::optional<std::int64_t> at) {
    while (const PastState* past = line_.nearer_on_disk(iteration, at)) {
        Result<RunState> read = options_.files.read(past->file);
        if (read.ok() && read.value().progress.iteration == past->iteration && !read.value().progress.evaluation_due)
            return KeptState{.training = std::move(read.value().training), .moment = read.value().progress};
        log::write(log::Level::Warning,
                   "a state to go back to cannot be had: " +
                       (read.ok() ? past->file.string() + ": is of another place" : read.error().message));
        line_.lose(fs::path(past->file));
    }
    return std::nullopt;
}

// What an earlier session has left of a lane's past in its folder, and in those of the lanes that it comes from.
void CurrentRun::find_past(RunId lane, const fs::path& folder, const TrainingState& state) {
    const std::int64_t furthest = state.iteration;
    const PastFiles& files = options_.files.past;
    if (!files.list || !files.read_changes || options_.disk_states_bytes == 0) return;
    const Result<std::string> text = files.read_changes(folder);
    if (!text.ok()) return;
    std::optional<LineChanges> changes = read_changes(text.value(), state);
    if (!changes) {
        log::write(log::Level::Info,
                   folder.string() + ": what was changed on the way here is not known; nobody goes back");
        if (lane == line_.lane()) keeper_.remove_past_of(folder);
        return;
    }
    std::vector<DiskStates::State> states;
    const auto add = [&](RunId owner, const fs::path& from, std::int64_t end) {
        std::vector<DiskStates::State> earlier;
        for (PastState& past : files.list(from))
            if (past.iteration < end)
                earlier.push_back({std::move(past), owner});
            else if (owner == lane)
                keeper_.remove_past(past.file);  // it was lost with the iterations up to there
        states.insert(states.begin(), earlier.begin(), earlier.end());
    };
    add(lane, folder, furthest + 1);
    std::int64_t end = furthest;
    for (RunId at = lane; lanes_.has(at) && lanes_.shown(at).parent != RunId{}; at = lanes_.shown(at).parent) {
        end = std::min(end, lanes_.shown(at).from);
        const RunId parent = lanes_.shown(at).parent;
        add(parent, lanes_.folder(parent, home_.file.parent_path()), end);
    }
    line_.open_past(lane, std::move(states), std::move(*changes));
}

// Trained again from what an earlier session has left it is what it was, unless that was on another machine: then what
// was saved counts.
void CurrentRun::come_to_furthest() {
    if (!line_.has_disk_states()) return;
    const KeptState& furthest = line_.newest();
    if (weights_digest(*trainer_->state()) == weights_digest(*furthest.training)) return;
    if (Result<void> restored = restore(furthest); !restored) throw std::runtime_error(restored.error().message);
    if (std::exchange(differs_told_, true)) return;
    publisher_.notify(
        event::Notice::Severity::Warning,
        "Trained again, iteration " + std::to_string(furthest.iteration()) +
            " came out in other bits than it was saved with, as on another machine; what was saved counts",
        info_->run);
}

}  // namespace convscope
