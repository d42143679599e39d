#include "viz/view/requested.h"

#include <variant>

namespace convscope {
namespace {

struct Noting {
    Requested& asked;
    CommandId id;

    void operator()(const command::Run&) const { asked.running = {id, true}; }
    void operator()(const command::Pause&) const { asked.running = {id, false}; }
    void operator()(const command::Step&) const {
        asked.step = id;
        asked.running = {id, false};  // that is how it ends
    }
    void operator()(const command::GoTo& go) const {
        asked.place = {id, go.iteration};
        asked.running = {id, false};  // that is how it ends
    }
    void operator()(const command::GoToLane& go) const {
        asked.lane = {id, go.lane};
        asked.running = {id, false};
    }
    void operator()(const command::NamePlace&) const { asked.place_name = id; }
    void operator()(const command::NameLane& name) const { asked.lane_name = {id, name}; }
    void operator()(const command::DeleteLane&) const {}
    void operator()(const command::Evaluate&) const {}
    void operator()(const command::Reset& reset) const {
        asked.reset = id;
        if (reset.recipe) asked.recipe = {id, reset.recipe->name};
        if (!reset.data.empty()) asked.data = id;
    }
    void operator()(const command::Save&) const { asked.save = id; }
    void operator()(const command::Resume&) const { asked.resume = id; }
    void operator()(const command::BringBack&) const { asked.reset = id; }
    void operator()(const command::SetLearningRate& set) const { asked.learning_rate = {id, set.learning_rate}; }
    void operator()(const command::SetMomentum& set) const { asked.momentum = {id, set.momentum}; }
    void operator()(const command::SetBatchSize& set) const { asked.batch_size = {id, set.batch_size}; }
    void operator()(const command::SetSpeed& set) const { asked.speed = {id, set.iterations_per_second}; }
    void operator()(const command::SetThreads&) const {}
    void operator()(const command::SetChannel&) const { asked.by_hand = id; }
    void operator()(const command::Freeze&) const { asked.by_hand = id; }
    void operator()(const command::SetWeights&) const { asked.by_hand = id; }
    void operator()(const command::FillWeights&) const { asked.by_hand = id; }
    void operator()(const command::ChangeRecipe&) const { asked.by_hand = id; }
    void operator()(const command::ChangeData&) const { asked.by_hand = id; }
    void operator()(const command::Undo&) const { asked.by_hand = id; }
    void operator()(const command::SetBreakpoints& set) const { asked.breakpoints = {id, set.list}; }
    void operator()(const command::SetProbe& set) const { asked.probe = {id, asked_probe(set.source)}; }
    void operator()(const command::SeekClass&) const { asked.probe = {id, {}}; }
    void operator()(const command::SeekMistake&) const { asked.probe = {id, {.split = Split::Test}}; }
    void operator()(const command::Watch&) const {}
    void operator()(const command::BeginTwin&) const {}
    void operator()(const command::EndTwin&) const {}
};

}  // namespace

AskedProbe asked_probe(const ProbeSource& source) {
    if (const auto* held = std::get_if<HeldPicture>(&source)) return {.split = held->split, .picture = held->index};
    if (const auto* sample = std::get_if<BatchSample>(&source)) return {.batch = true, .sample = sample->index};
    return {.own = std::holds_alternative<OwnPicture>(source)};
}

void Requested::note(CommandId id, const Command& command) { std::visit(Noting{*this, id}, command); }

}  // namespace convscope
