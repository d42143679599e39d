// The lanes of the present run on disk: found when it goes on from what an earlier session has left, kept when they
// change. Each is a run in a folder of its own; which of them are lanes of each other all of their folders know
// (engine/state/run_family.h).
//
// A run that is resumed in its own folder is the lane that it was. One that goes on in another folder is another lane
// of the family, which has left the one that it goes on from where that was saved. The others are lanes as if they
// had just been left: their folders are held, their history is read for the curves, their states not before one goes
// there, and then from their files, as a run is resumed.
#include "engine/session/current_run.h"
#include "engine/session/run_id.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

namespace fs = std::filesystem;

bool is_same_folder(const fs::path& a, const fs::path& b) {
    std::error_code one_is_missing;
    return a == b || fs::equivalent(a.empty() ? "." : a, b.empty() ? "." : b, one_is_missing);
}

// Of a lane that was found.
struct FoundLane {
    AdoptedFolder folder;
    fs::path file;  // that its state is in
    RunState state;
};

// A list may name any folder, which is another matter than what says the same of itself. A branch has nothing but its
// beginning until it is saved for the first time.
Result<FoundLane> find_lane(const SavedLane& lane, const std::string& family, const std::string& file_name,
                            const SessionOptions& options) {
    const Result<RunFamily> own = options.files.families.read(lane.folder);
    if (!own.ok()) return own.error();
    if (own.value().id != family)
        return Error{ErrorCode::NotFound, lane.folder.string() + ": another run is there now"};
    FoundLane found{{lane.folder, nullptr}, {}, {}};
    if (options.folders.adopt) {
        Result<AdoptedFolder> adopted = options.folders.adopt(lane.folder);
        if (!adopted.ok()) return adopted.error();
        found.folder = std::move(adopted).value();
    }
    found.file = found.folder.path / file_name;
    Result<RunState> state = options.files.read(found.file);
    if (!state.ok() && state.error().code == ErrorCode::NotFound) {
        found.file = found.folder.path / kBeginning;
        state = options.files.read(found.file);
    }
    if (!state.ok()) return state.error();
    found.state = std::move(state).value();
    return found;
}

}  // namespace

void CurrentRun::find_lanes(const fs::path& file, const std::string& mark) {
    const fs::path home = fs::path(info_->checkpoint).parent_path();
    if (!options_.files.families.read || !options_.files.read || info_->checkpoint.empty()) return;
    const fs::path folder = file.parent_path();
    Result<RunFamily> read = options_.files.families.read(folder);
    if (!read.ok()) {
        if (read.error().code != ErrorCode::NotFound)
            publisher_.notify(event::Notice::Severity::Warning, read.error().message, info_->run);
        return;
    }
    RunFamily& family = read.value();
    const auto resumed = std::find_if(family.lanes.begin(), family.lanes.end(),
                                      [&](const SavedLane& lane) { return is_same_folder(lane.folder, folder); });
    if (resumed == family.lanes.end()) return;
    const auto own = is_same_folder(folder, home) ? resumed : family.lanes.end();

    std::vector<RunId> ids;
    for (auto lane = family.lanes.begin(); lane != family.lanes.end(); ++lane)
        ids.push_back(lane == own ? info_->run : new_run_id());
    std::vector<Lanes::Lane> lanes;
    std::vector<RunId> gone;
    std::vector<SavedLane> out_of_reach;
    std::string missing;
    for (std::size_t i = 0; i < family.lanes.size(); ++i) {
        const SavedLane& saved = family.lanes[i];
        Lanes::Lane lane{.shown = {.id = ids[i],
                                   .name = saved.name,
                                   .places = saved.places,
                                   .from = saved.from,
                                   .begun_by = saved.begun_by},
                         .run = {}};
        // What was named and then lost, as the run was killed, is no place.
        const auto keep_until = [&lane](std::int64_t furthest) {
            std::erase_if(lane.shown.places, [&](const NamedPlace& place) { return place.iteration > furthest; });
        };
        if (saved.parent) lane.shown.parent = ids[*saved.parent];
        if (own != family.lanes.end() && &saved == &*own) {
            keep_until(epochs_.iteration());
            lanes.push_back(std::move(lane));
            continue;
        }
        Result<FoundLane> found = find_lane(saved, family.id, fs::path(info_->checkpoint).filename(), options_);
        if (!found.ok()) {
            const bool may_come_back = found.error().code != ErrorCode::NotFound;
            if (may_come_back)
                out_of_reach.push_back({saved.folder, std::nullopt, 0, saved.name, saved.begun_by, saved.places});
            missing += (missing.empty() ? "" : "; ") + found.error().message;
            gone.push_back(ids[i]);
            lanes.push_back(std::move(lane));
            continue;
        }
        RunState& state = found.value().state;
        lane.shown.furthest = state.progress.iteration;
        keep_until(lane.shown.furthest);
        auto info = std::make_shared<RunInfo>(*info_);
        info->run = ids[i];
        info->recipe = state.training->recipe;
        info->checkpoint = (found.value().folder.path / fs::path(info_->checkpoint).filename()).string();
        info->branched_from.reset();
        if (saved.parent) info->branched_from = BranchPoint{lane.shown.parent, saved.from};
        lane.run = {.info = std::move(info),
                    .home = {.file = found.value().folder.path / fs::path(info_->checkpoint).filename(),
                             .folder = found.value().folder.held,
                             .saved_iteration = state.progress.iteration,
                             .latest = found.value().file},
                    .marks = {},
                    .file = found.value().file};
        lane.shown.history = std::make_shared<const RunHistory>(std::move(state.progress.history));
        lanes.push_back(std::move(lane));
    }
    if (own == family.lanes.end())
        lanes.push_back({.shown = {.id = info_->run,
                                   .parent = ids[static_cast<std::size_t>(resumed - family.lanes.begin())],
                                   .from = epochs_.iteration(),
                                   .begun_by = mark},
                         .run = {}});
    lanes_.begin(family.id, std::move(lanes), gone, std::move(out_of_reach));
    if (!missing.empty())
        publisher_.notify(
            event::Notice::Severity::Warning,
            (gone.size() == 1 ? "A lane of this run is not there any more: "
                              : std::to_string(gone.size()) + " lanes of this run are not there any more: ") +
                missing,
            info_->run);
    if (own == family.lanes.end() || !gone.empty()) keep_lanes();
}

void CurrentRun::keep_lanes() {
    if (info_->checkpoint.empty()) return;
    if (std::optional<RunFamily> family = lanes_.saved(home_.file.parent_path()))
        keeper_.keep_lanes(std::move(*family));
}

// Its state is read, if it is not kept. An Error leaves all as it was.
Result<void> CurrentRun::open_lane(RunId lane) {
    const Lanes::LeftRun& left = lanes_.left(lane);
    if (left.file.empty()) return {};
    Result<RunState> read = options_.files.read(left.file);
    if (!read.ok()) return read.error();
    const std::shared_ptr<const TrainingState> state = read.value().training;
    const RunProgress& progress = read.value().progress;
    line_.open(lane, {.training = state, .moment = progress},
               {.learning_rate = state->learning_rate,
                .momentum = state->momentum,
                .batch_size = state->batch_size,
                .threads = line_.settings(line_.furthest()).threads,
                .planned_epochs = progress.planned_epochs,
                .restraints = state->restraints.any() ? std::make_shared<const Restraints>(state->restraints) : nullptr,
                .recipe = std::make_shared<const Recipe>(state->recipe)},
               iterations_per_epoch_);
    find_past(lane, left.home.file.parent_path(), *state);
    lanes_.state_is_kept(lane);
    return {};
}

}  // namespace convscope
