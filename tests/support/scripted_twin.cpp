// The run beside another one, as scripted: it follows the first before each of its publications.
#include "tests/support/scripted_session.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace convscope::test {
namespace {

constexpr std::uint64_t kFirstTwin = 1'000'000;  // its runs' numbers are none of the first one's

}  // namespace

void ScriptedSession::make_twin() {
    ScriptedOptions options = options_;
    options.twin = false;
    options.checkpoint = {};
    options.travels = false;
    twin_ = std::make_unique<ScriptedSession>(options, clock_);
    twin_->run_ = kFirstTwin;
    twin_->first_ = this;
    twin_->hidden_ = true;
}

void ScriptedSession::begin_twin(const command::BeginTwin& begin) {
    if (!twin_) return notify(event::Notice::Severity::Warning, "There is no room for a run beside this one");
    if (begin.from_start || begin.recipe) travel(0);
    ScriptedSession& twin = *twin_;
    twin.recipe_name_ = recipe_name_;
    twin.start_run(shown_.run_info->seed);
    twin.shown_.breakpoints = std::make_shared<const std::vector<Breakpoint>>();
    twin.shown_.settings = shown_.settings;
    auto place = std::make_shared<TwinPlace>();
    place->begins = place->common = shown_.iteration;
    place->lane = begin.lane;
    while (twin.shown_.iteration < shown_.iteration) twin.iterate();
    twin.restrain(shown_.restraints ? *shown_.restraints : Restraints{});
    if (begin.recipe) {
        place->common = 0;
        place->difference = "recipe " + begin.recipe->name;
        twin.show_recipe(*begin.recipe);
    }
    for (const command::Difference& difference : begin.difference) {
        std::visit([&](const auto& one) { twin.apply_one(one); }, difference);
        if (const std::vector<ChangeMark>& marks = twin.lane().marks.all(); !marks.empty())
            place->difference += (place->difference.empty() ? "" : ", ") + marks.back().what;
    }
    if (const ScriptedLane* lane = begin.lane == RunId{} ? nullptr : find_lane(begin.lane)) {
        place->difference = lane->lane.name.empty() ? lane->lane.begun_by : lane->lane.name;
        place->common = std::min(place->common, lane->lane.from);
    }
    twin.shown_.twin = shown_.twin = std::move(place);
    twin.hidden_ = false;
}

void ScriptedSession::end_twin() {
    shown_.twin.reset();
    if (twin_) twin_->hidden_ = true;
}

// At the iteration where the first one is, unless that is before its beginning; looked at as that one is.
void ScriptedSession::follow(const ScriptedSession& first) {
    const bool applied = apply_letters();
    if (shown_.state != SessionState::Failed) {
        const std::int64_t goal = std::max(first.shown_.iteration, shown_.twin->begins);
        if (goal < shown_.iteration) travel(goal);
        while (shown_.iteration < goal) iterate(watch_.film && shown_.iteration + 1 == goal);
        shown_.state = first.shown_.state == SessionState::Failed ? SessionState::Paused : first.shown_.state;
    }
    if (shown_.seen.probe.source != first.shown_.seen.probe.source) {
        shown_.seen.probe = ProbeState();
        shown_.seen.probe.source = first.shown_.seen.probe.source;
        label_probe();
    }
    shown_.chosen = first.shown_.chosen;
    shown_.settings.iterations_per_second = first.shown_.settings.iterations_per_second;
    metrics_.flush();
    film_if_lacking();
    if (first.captured_at_ == first.shown_.iteration || applied) capture();
    publish();
}

// A larger rate goes faster down, and stays further up.
double ScriptedSession::pace_of_learning() const {
    if (first_ == nullptr) return 1.0;
    return std::sqrt(std::max(1e-6, shown_.settings.learning_rate) / 0.001);
}

}  // namespace convscope::test
