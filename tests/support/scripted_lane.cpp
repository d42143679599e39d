// The scripted session's way back, and its branches: it begins anew and learns the same again, in silence.
#include "tests/support/scripted_lane.h"

#include "tests/support/scripted_session.h"

#include <algorithm>
#include <utility>

namespace convscope::test {
namespace {

constexpr std::int64_t kKeptEvery = 20;  // iterations
constexpr std::int64_t kStateBytes = 1'300'000;
constexpr std::int64_t kBudget = std::int64_t{512} << 20;

}  // namespace

void ScriptedLane::cut(std::int64_t iteration) {
    told.resize(static_cast<std::size_t>(std::min(iteration, told_count())));
    std::erase_if(measured, [iteration](const EvaluationMetrics& one) { return one.iteration > iteration; });
    settings.erase(settings.upper_bound(iteration), settings.end());
    restraints.erase(restraints.upper_bound(iteration), restraints.end());
    recipes.erase(recipes.upper_bound(iteration), recipes.end());
    const auto later = [iteration](const auto& one) { return one.iteration > iteration; };
    std::erase_if(edits, later);
    std::erase_if(undo, later);
    marks = marks.until(iteration);
}

RunHistory ScriptedLane::history() const {
    RunHistory history;
    for (const IterationMetrics& one : told) history.add(one);
    for (const EvaluationMetrics& one : measured) history.evaluations.push_back(one);
    return history;
}

void ScriptedSession::begin_lane(RunLane lane, const LiveSettings& settings) {
    lane_ = lanes_.size();
    lanes_.push_back({std::move(lane), shown_.run_info});
    lanes_.back().settings[0] = settings;
    lanes_.back().recipes[0] = std::make_shared<const Recipe>(shown_.run_info->recipe);
}

void ScriptedSession::travel(std::int64_t iteration) {
    shown_.state = SessionState::Paused;
    shown_.paused_by.reset();
    steps_left_ = 0;
    shown_.line.travelling_to = std::clamp<std::int64_t>(iteration, 0, furthest());
    if (!options_.travels) arrive();
}

void ScriptedSession::arrive() {
    if (!shown_.line.travelling_to) return;
    const std::int64_t target = *std::exchange(shown_.line.travelling_to, std::nullopt);
    const SessionState state = shown_.state;
    const std::int64_t steps = std::exchange(steps_left_, 0);
    const double pace = shown_.settings.iterations_per_second;
    network_ = std::make_unique<ScriptedNetwork>(shown_.run_info->seed);
    trained_ = moved_ = false;
    shown_.phase = Phase::None;
    shown_.iteration = 0;
    shown_.epoch = 1;
    shown_.metrics = {};
    shown_.metrics.run = shown_.run_info->run;
    shown_.settings = lane().settings.at(0);
    follow_hands();
    while (shown_.iteration < target) iterate(watch_.film && shown_.iteration + 1 == target);
    shown_.settings.iterations_per_second = pace;
    shown_.state = state;
    steps_left_ = steps;
    capture();
    publish();
}

void ScriptedSession::settings_changed() {
    arrive();
    if (in_past()) branch_off();
}

void ScriptedSession::branch_off() {
    const std::int64_t from = shown_.iteration;
    ScriptedLane branch = lane();
    branch.cut(from);
    auto info = std::make_shared<RunInfo>(*branch.info);
    info->run = RunId{++run_};
    info->branched_from = BranchPoint{branch.lane.id, from};
    std::vector<NamedPlace> places = std::move(branch.lane.places);
    std::erase_if(places, [from](const NamedPlace& place) { return place.iteration > from; });
    branch.lane = {.id = info->run, .places = std::move(places), .parent = branch.lane.id, .from = from};
    lane_ = lanes_.size();
    lanes_.push_back(std::move(branch));
    begin_again(std::move(info), from);
    change("branched from iteration " + std::to_string(from));
}

// The run goes on under another name, with what it has behind it.
void ScriptedSession::begin_again(std::shared_ptr<RunInfo> info, std::int64_t iteration) {
    lane().info = info;
    shown_.run_info = info;
    shown_.metrics.run = info->run;
    events_.post(event::RunStarted{info, ResumePoint{iteration, false},
                                   std::make_shared<const RunHistory>(lane().history()),
                                   std::make_shared<const ChangeMarks>(lane().marks)});
}

void ScriptedSession::go_to_lane(std::size_t index, std::int64_t iteration) {
    if (index != lane_) {
        shown_.line.travelling_to.reset();
        lane_ = index;
        auto info = std::make_shared<RunInfo>(*lane().info);
        info->run = RunId{++run_};
        begin_again(std::move(info), furthest());
        shown_.state = SessionState::Paused;
        shown_.line.travelling_to = furthest();
        arrive();
        change("came back to it");
        if (iteration < 0) return;
    }
    travel(iteration < 0 ? furthest() : iteration);
}

ScriptedLane* ScriptedSession::find_lane(RunId id) {
    const auto found = std::find_if(lanes_.begin(), lanes_.end(), [id](const auto& one) { return one.lane.id == id; });
    if (found != lanes_.end()) return &*found;
    return nullptr;
}

// Its branches become those of the one among them that goes furthest along it.
void ScriptedSession::delete_lane(ScriptedLane& gone) {
    const RunLane lane = gone.lane;
    notify(event::Notice::Severity::Info,
           "The lane " + (lane.name.empty() ? lane.begun_by : lane.name) + " is deleted; it has no file");
    const auto index = static_cast<std::size_t>(&gone - lanes_.data());
    lanes_.erase(lanes_.begin() + static_cast<std::ptrdiff_t>(index));
    if (lane_ > index) --lane_;
    RunLane* heir = nullptr;
    for (ScriptedLane& one : lanes_)
        if (one.lane.parent == lane.id && (!heir || one.lane.from > heir->from)) heir = &one.lane;
    if (!heir) return;
    for (ScriptedLane& one : lanes_)
        if (one.lane.parent == lane.id) one.lane.parent = heir->id;
    heir->parent = lane.parent;
    heir->from = std::min(heir->from, lane.from);
}

void ScriptedSession::show_line() {
    if (lanes_.empty()) return;
    RunLine& line = shown_.line;
    line.lane = lane().lane.id;
    line.furthest = furthest();
    std::vector<std::int64_t> kept;
    for (std::int64_t i = 0; i <= line.furthest; i += kKeptEvery) kept.push_back(i);
    shown_.undo.reset();
    for (const ScriptedLane::Undo& step : lane().undo)
        if (step.iteration <= shown_.iteration) shown_.undo = step.mark;
    line.kept_bytes = static_cast<std::int64_t>(kept.size()) * kStateBytes;
    line.budget_bytes = kBudget;
    line.disk_bytes = 3 * line.kept_bytes;
    line.disk_budget_bytes = kBudget;
    line.kept = std::make_shared<const std::vector<std::int64_t>>(std::move(kept));
    line.lanes = nullptr;
    if (lanes_.size() == 1 && lane().lane.name.empty() && lane().lane.places.empty()) return;
    std::vector<RunLane> all;
    for (const ScriptedLane& one : lanes_) {
        all.push_back(one.lane);
        all.back().furthest = one.told_count();
        if (&one != &lane()) all.back().history = std::make_shared<const RunHistory>(one.history());
    }
    line.lanes = std::make_shared<const std::vector<RunLane>>(std::move(all));
}

}  // namespace convscope::test
