#include "tests/support/session_contract.h"

#include "tests/support/catch.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

// Posts to a session, and tells what has come of it.
class Asking {
public:
    Asking(Session& session, const std::function<std::shared_ptr<const Snapshot>()>& settled)
        : session_(session), settled_(settled) {
        read();
    }

    std::shared_ptr<const Snapshot> apply(Command command) {
        read();
        answers_ = notices_.size();
        const CommandId id = session_.post(std::move(command));
        const std::shared_ptr<const Snapshot> snapshot = settled_();
        REQUIRE(snapshot->applied_command >= id);
        read();
        return snapshot;
    }
    // What was marked by it alone: "learning rate 0.01 -> 0".
    std::vector<std::string> marks_of(Command command) {
        marks_.clear();
        apply(std::move(command));
        return marks_;
    }
    // What was begun last.
    const event::RunStarted& begun() const { return begun_; }
    std::vector<event::Notice> notices_of(Command command) {
        notices_.clear();
        apply(std::move(command));
        return notices_;
    }
    // What the latest apply() was answered with.
    std::vector<std::string> told() const {
        std::vector<std::string> words;
        for (std::size_t i = answers_; i < notices_.size(); ++i) words.push_back(notices_[i].text);
        return words;
    }
    // Refused with one notice of that kind, acknowledged, and everything as it was.
    void refused(Command command, Severity severity) {
        const std::shared_ptr<const Snapshot> before = settled_();
        read();
        notices_.clear();
        marks_.clear();
        const std::shared_ptr<const Snapshot> after = apply(std::move(command));
        REQUIRE(notices_.size() == 1);
        REQUIRE(notices_.front().severity == severity);
        REQUIRE_FALSE(notices_.front().text.empty());
        REQUIRE(marks_.empty());
        REQUIRE(after->run_info == before->run_info);
        REQUIRE(after->iteration == before->iteration);
        INFO(after->failure);
        REQUIRE(after->state == before->state);
        REQUIRE(after->chosen == before->chosen);
        REQUIRE(after->settings.learning_rate == before->settings.learning_rate);
        REQUIRE(after->settings.momentum == before->settings.momentum);
        REQUIRE(after->settings.batch_size == before->settings.batch_size);
        REQUIRE(after->settings.iterations_per_second == before->settings.iterations_per_second);
        REQUIRE(after->restraints == before->restraints);
        REQUIRE(after->undo == before->undo);
        REQUIRE(*after->breakpoints == *before->breakpoints);
    }

private:
    void read() {
        std::vector<Event> events;
        session_.drain_events(events);
        for (Event& event : events) {
            if (auto* notice = std::get_if<event::Notice>(&event)) notices_.push_back(std::move(*notice));
            if (auto* changed = std::get_if<event::Changed>(&event)) marks_.push_back(std::move(changed->what));
            if (auto* started = std::get_if<event::RunStarted>(&event)) begun_ = std::move(*started);
        }
    }

    Session& session_;
    const std::function<std::shared_ptr<const Snapshot>()>& settled_;
    std::vector<event::Notice> notices_;
    std::size_t answers_ = 0;  // before the latest apply()
    std::vector<std::string> marks_;
    event::RunStarted begun_;
};

// A run of at least 15 iterations: into a branch, back to the lane that was left, and on between the two.
void require_lanes_to_be_obeyed(Asking& asking, const RunLine& line) {
    using Marks = std::vector<std::string>;
    const RunId first = line.lane;
    REQUIRE_FALSE(line.lanes);
    asking.apply(command::GoTo{12});
    const std::shared_ptr<const Snapshot> branched = asking.apply(command::SetLearningRate{0.5});
    REQUIRE(branched->iteration == 12);
    REQUIRE(branched->line.lanes);
    REQUIRE(branched->line.lanes->size() == 2);
    const RunLane branch = branched->line.lanes->back();
    REQUIRE(branch.id == branched->line.lane);
    REQUIRE(branch.parent == first);
    REQUIRE(branch.from == 12);
    REQUIRE(branch.begun_by == "learning rate 0.25 -> 0.5");
    REQUIRE(branched->line.lanes->front().begun_by.empty());

    // What was marked of a lane comes with it.
    const auto last_mark = [&] {
        REQUIRE(asking.begun().marks);
        return asking.begun().marks->all().back();
    };
    REQUIRE(last_mark().iteration == 10);
    REQUIRE(asking.marks_of(command::GoToLane{first}) == Marks{"came back to it"});
    REQUIRE(last_mark().iteration == 10);
    asking.apply(command::SetMomentum{0.5});
    asking.apply(command::GoToLane{branch.id});
    REQUIRE(last_mark() == ChangeMark{12, "learning rate 0.25 -> 0.5"});
    const std::shared_ptr<const Snapshot> back = asking.apply(command::GoToLane{first});
    REQUIRE(back->iteration == 15);
    REQUIRE(back->line.lane == first);
    REQUIRE(last_mark() == ChangeMark{15, "momentum 0.25 -> 0.5"});

    REQUIRE(asking.apply(command::NameLane{branch.id, "faster"})->line.lanes->back().name == "faster");
    REQUIRE(asking.apply(command::NamePlace{12, "here"})->line.lanes->front().places ==
            std::vector<NamedPlace>{{12, "here"}});
    REQUIRE(asking.apply(command::NamePlace{12, ""})->line.lanes->front().places.empty());
    asking.refused(command::NamePlace{987'654, "beyond"}, Severity::Warning);
    asking.refused(command::DeleteLane{first}, Severity::Warning);
    constexpr RunId kNone{987'654};
    asking.refused(command::GoToLane{kNone}, Severity::Error);
    asking.refused(command::NameLane{kNone, "none"}, Severity::Warning);
    asking.refused(command::DeleteLane{kNone}, Severity::Warning);
    const std::vector<event::Notice> told = asking.notices_of(command::DeleteLane{branch.id});
    REQUIRE(told.size() == 1);
    REQUIRE(told.front().severity == Severity::Info);
    REQUIRE(told.front().text == "The lane faster is deleted; it has no file");
}

}  // namespace

void require_commands_to_be_obeyed(Session& session, const std::function<std::shared_ptr<const Snapshot>()>& settled) {
    constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
    constexpr double kEndless = std::numeric_limits<double>::infinity();
    using Marks = std::vector<std::string>;
    const std::shared_ptr<const Snapshot> first = settled();
    REQUIRE(first->state == SessionState::Paused);
    REQUIRE(first->iteration == 0);
    REQUIRE_FALSE(first->set_aside);
    const RunInfo& info = *first->run_info;
    Asking asking(session, settled);

    // Steps are as long as they say, and add up.
    REQUIRE(asking.apply(command::Step{3})->iteration == 3);
    session.post(command::Step{2});
    const std::shared_ptr<const Snapshot> stepped = asking.apply(command::Step{4});
    REQUIRE(stepped->iteration == 9);
    REQUIRE(stepped->state == SessionState::Paused);
    for (const std::int64_t none : {0, -1}) asking.refused(command::Step{none}, Severity::Warning);

    // Settings: their ranges with both ends, and one way to write a change.
    asking.apply(command::SetLearningRate{0.25});
    REQUIRE(asking.marks_of(command::SetLearningRate{0.0}) == Marks{"learning rate 0.25 -> 0"});
    REQUIRE(asking.marks_of(command::SetLearningRate{0.0}).empty());  // as it was
    REQUIRE(asking.apply(command::SetLearningRate{0.125})->settings.learning_rate == 0.125);
    asking.apply(command::SetMomentum{0.75});
    REQUIRE(asking.marks_of(command::SetMomentum{0.0}) == Marks{"momentum 0.75 -> 0"});
    asking.apply(command::SetBatchSize{20});
    REQUIRE(asking.marks_of(command::SetBatchSize{1}) == Marks{"batch size 20 -> 1"});
    asking.apply(command::SetThreads{2});
    REQUIRE(asking.marks_of(command::SetThreads{1}) == Marks{"threads 2 -> 1"});
    REQUIRE(asking.marks_of(command::SetSpeed{5.0}).empty());
    REQUIRE(asking.apply(command::SetSpeed{0.0})->settings.iterations_per_second == 0.0);
    for (const double wrong : {-0.1, kNoNumber, kEndless}) {
        asking.refused(command::SetLearningRate{wrong}, Severity::Warning);
        asking.refused(command::SetMomentum{wrong}, Severity::Warning);
        asking.refused(command::SetSpeed{wrong}, Severity::Warning);
    }
    asking.refused(command::SetMomentum{1.0}, Severity::Warning);
    for (const std::int64_t wrong : {std::int64_t{0}, std::int64_t{-3}, info.data.train_count + 1})
        asking.refused(command::SetBatchSize{wrong}, Severity::Warning);
    asking.refused(command::SetThreads{0}, Severity::Warning);

    // By hand: what is held, what is marked, what takes it back, and what is refused.
    const LayerDescription& layer = info.network.layers.front();
    const std::string name = layer.spec.name;
    const auto channel = [&](std::int64_t index, command::SetChannel::To to, double value = 0.0) {
        return command::SetChannel{layer.id, index, to, value};
    };
    using To = command::SetChannel::To;
    REQUIRE(asking.marks_of(channel(1, To::Value)) == Marks{name + " channel 1 silenced"});
    REQUIRE(asking.marks_of(channel(1, To::Value)).empty());  // as it is
    REQUIRE(settled()->restraints->channels == Interventions{{layer.id, 1, 0.0F}});
    REQUIRE(*settled()->undo == name + " channel 1 silenced");
    REQUIRE(asking.marks_of(channel(1, To::Value, 0.5)) == Marks{name + " channel 1 held at 0.5"});
    REQUIRE(asking.apply(channel(0, To::Mean))->restraints->channels.size() == 2);
    REQUIRE(asking.marks_of(command::Freeze{{{layer.id, 1}, {layer.id}}, true}) ==
            Marks{name + " filter 1, " + name + " frozen"});
    REQUIRE(settled()->restraints->is_frozen({layer.id}));
    REQUIRE(settled()->restraints->is_frozen({layer.id, 1}));
    REQUIRE(asking.marks_of(command::Freeze{{{layer.id}}, true}).empty());
    REQUIRE(asking.marks_of(command::SetWeights{layer.id, false, 1, {0.25F, -3.0F}}) ==
            Marks{name + " filter 0: 2 weights set"});
    REQUIRE(asking.marks_of(command::SetWeights{layer.id, true, 0, {7.0F}}) == Marks{name + " filter 0: 1 biases set"});
    using With = command::FillWeights::With;
    REQUIRE(asking.marks_of(command::FillWeights{layer.id, 1, With::Zeros}) == Marks{name + " filter 1: zeros"});
    REQUIRE(asking.marks_of(command::FillWeights{kInputLayer, -1, With::Zeros}) == Marks{"all weights: zeros"});
    REQUIRE(asking.marks_of(command::FillWeights{kInputLayer, -1, With::Zeros}).empty());
    REQUIRE(asking.marks_of(command::FillWeights{layer.id, -1, With::FirstValues}) ==
            Marks{name + ": first values again"});
    const LayerDescription& last = info.network.layers.back();
    REQUIRE(asking.marks_of(command::Freeze{{{last.id, 0}, {last.id, 1}, {last.id, 2}, {last.id, 3}}, true}) ==
            Marks{last.spec.name + " unit 0, " + last.spec.name + " unit 1, " + last.spec.name +
                  " unit 2 and 1 more frozen"});
    for (int i = 0; i < 6; ++i) asking.apply(command::Undo{});
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{name + " filter 1, " + name + " learns again"});
    REQUIRE(settled()->restraints->frozen.empty());
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{name + " channel 0 let go"});
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{name + " channel 1 silenced"});
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{name + " channel 1 let go"});
    REQUIRE_FALSE(settled()->restraints);
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{"threads 1 -> 2"});
    while (settled()->undo) asking.apply(command::Undo{});
    REQUIRE(settled()->settings.learning_rate == first->settings.learning_rate);
    REQUIRE(settled()->settings.batch_size == first->settings.batch_size);
    asking.refused(command::Undo{}, Severity::Warning);
    asking.refused(channel(layer.output_shape[0], To::Value), Severity::Warning);
    asking.refused(channel(0, To::Value, kNoNumber), Severity::Warning);
    asking.refused(command::SetChannel{LayerId{99}, 0, To::Value, 0.0}, Severity::Warning);
    asking.refused(command::Freeze{{{layer.id}, {layer.id, layer.weight_shape[0]}}, true}, Severity::Warning);
    asking.refused(command::Freeze{{{LayerId{1}}}, true}, Severity::Warning);  // without weights
    asking.refused(command::SetWeights{layer.id, false, 0, {}}, Severity::Warning);
    asking.refused(command::SetWeights{layer.id, false, layer.weight_shape.element_count() - 1, {1.0F, 2.0F}},
                   Severity::Warning);
    asking.refused(command::SetWeights{LayerId{1}, false, 0, {1.0F}}, Severity::Warning);
    asking.refused(command::FillWeights{layer.id, layer.weight_shape[0], With::Zeros}, Severity::Warning);

    // The recipe in mid-run: what of it is told, and what takes it back.
    Recipe other = info.recipe;
    other.optimizer = {.kind = OptimizerKind::Sgd, .learning_rate = 0.5, .momentum = 0.25};
    other.shuffle = false;
    const Marks both{"optimizer adam -> sgd, not shuffled any more"};
    REQUIRE(asking.marks_of(command::ChangeRecipe{other}) == both);
    REQUIRE(asking.marks_of(command::ChangeRecipe{other}).empty());  // as it is
    REQUIRE(settled()->run_info->run == info.run);
    REQUIRE(settled()->run_info->recipe.optimizer.kind == OptimizerKind::Sgd);
    REQUIRE_FALSE(settled()->run_info->recipe.shuffle);
    REQUIRE(settled()->settings.learning_rate == 0.5);
    REQUIRE(settled()->settings.momentum == 0.25);
    REQUIRE(*settled()->undo == both.front());
    REQUIRE(asking.marks_of(command::Undo{}).front() == "optimizer sgd -> adam, shuffled again");
    REQUIRE(settled()->run_info->recipe == info.recipe);
    REQUIRE(settled()->settings.learning_rate == first->settings.learning_rate);
    REQUIRE(settled()->settings.momentum == first->settings.momentum);
    other.layers.front().output_size += 1;
    asking.refused(command::ChangeRecipe{other}, Severity::Warning);
    other = info.recipe;
    other.loss = LossKind::NegativeLogLikelihood;  // of a network that ends in no logarithms
    asking.refused(command::ChangeRecipe{other}, Severity::Warning);

    // The data: likewise.
    const std::string& zero = info.data.class_names[0];
    DataChanges data{.shuffled_labels = 0.25, .noise = 8.0};
    REQUIRE(asking.marks_of(command::ChangeData{data}) == Marks{"labels 25 % shuffled, noise of 8 grey levels"});
    REQUIRE(asking.marks_of(command::ChangeData{data}).empty());  // as it is
    REQUIRE(settled()->restraints->data == data);
    data.set_times(0, 0, info.data.class_names.size());
    REQUIRE(asking.marks_of(command::ChangeData{data}) == Marks{"class '" + zero + "' left out"});
    data.set_times(0, 2, info.data.class_names.size());
    REQUIRE(asking.marks_of(command::ChangeData{data}) == Marks{"class '" + zero + "' twice"});
    data.relabel(5, 0);
    REQUIRE(asking.marks_of(command::ChangeData{data}) == Marks{"picture 5 taken for '" + zero + "'"});
    asking.apply(command::SetProbe{HeldPicture{Split::Train, 5}});
    REQUIRE(settled()->seen.probe.label == 0);
    REQUIRE(settled()->seen.probe.trained_on == 5);
    asking.apply(command::SetProbe{HeldPicture{Split::Test, 0}});
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{"picture 5 as the data say"});
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{"class '" + zero + "' left out"});
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{"class '" + zero + "' once again"});
    REQUIRE(asking.marks_of(command::Undo{}) == Marks{"labels no longer shuffled, no noise"});
    REQUIRE_FALSE(settled()->restraints);
    for (const DataChanges& wrong :
         {DataChanges{.shuffled_labels = 1.5}, DataChanges{.shuffled_labels = kNoNumber}, DataChanges{.noise = -1.0},
          DataChanges{.times = {0, 1}}, DataChanges{.times = std::vector<int>(info.data.class_names.size(), 0)},
          DataChanges{.relabelled = {{info.data.train_count, 0}}}, DataChanges{.relabelled = {{0, 99}}},
          DataChanges{.relabelled = {{4, 0}, {4, 1}}}})
        asking.refused(command::ChangeData{wrong}, Severity::Warning);

    asking.apply(command::SetLearningRate{0.125});
    asking.apply(command::SetBatchSize{1});
    // Breakpoints: a list of them takes the place of the one before, and one pauses amid a step.
    const std::vector<Breakpoint> list{{.kind = BreakpointKind::Iteration, .value = 11.0},
                                       {.kind = BreakpointKind::UnitDies, .on = false}};
    REQUIRE(*first->breakpoints == usual_breakpoints());
    REQUIRE(*asking.apply(command::SetBreakpoints{list})->breakpoints == list);
    const std::shared_ptr<const Snapshot> broken = asking.apply(command::Step{5});
    REQUIRE(broken->iteration == 11);
    REQUIRE(broken->state == SessionState::Paused);
    REQUIRE(broken->paused_by);
    REQUIRE(broken->paused_by->breakpoint == list.front());
    REQUIRE(broken->paused_by->run == info.run);
    REQUIRE(broken->paused_by->iteration == 11);
    REQUIRE(asking.told() == std::vector<std::string>{broken->paused_by->what});
    REQUIRE_FALSE(asking.apply(command::Step{1})->paused_by);  // it goes on past it
    asking.refused(command::SetBreakpoints{{{.kind = BreakpointKind::Loss, .value = kNoNumber}}}, Severity::Warning);

    // What is not there: a class, a file, a run.
    asking.refused(command::SeekClass{static_cast<int>(info.data.class_names.size()) + 40, 1}, Severity::Info);
    asking.refused(command::Save{}, Severity::Warning);
    asking.refused(command::Resume{"/nowhere/at all.pt"}, Severity::Error);
    asking.refused(command::BringBack{}, Severity::Error);

    // Another run, and back.
    const std::shared_ptr<const Snapshot> fresh = asking.apply(command::Reset{.seed = 5});
    REQUIRE(fresh->state == SessionState::Paused);
    REQUIRE(fresh->iteration == 0);
    REQUIRE(fresh->run_info->seed == 5);
    REQUIRE(fresh->run_info->run > info.run);
    REQUIRE(fresh->settings.learning_rate == first->settings.learning_rate);  // the recipe's again
    REQUIRE(fresh->settings.batch_size == first->settings.batch_size);
    REQUIRE(fresh->set_aside);
    REQUIRE(fresh->set_aside->iteration == 12);
    REQUIRE(*fresh->breakpoints == list);
    REQUIRE(fresh->set_aside->recipe == info.recipe.name);
    asking.apply(command::Step{1});
    const std::shared_ptr<const Snapshot> back = asking.apply(command::BringBack{});
    REQUIRE(back->state == SessionState::Paused);
    REQUIRE(back->iteration == 12);
    REQUIRE(back->run_info->seed == info.seed);
    REQUIRE(back->run_info->run > fresh->run_info->run);
    REQUIRE(back->settings.learning_rate == 0.125);
    REQUIRE(back->settings.batch_size == 1);
    REQUIRE(asking.apply(command::BringBack{})->run_info->seed == 5);

    asking.apply(command::SetBreakpoints{});
    asking.apply(command::Step{9});
    asking.apply(command::SetLearningRate{0.25});
    asking.apply(command::SetMomentum{0.25});
    require_lanes_to_be_obeyed(asking, asking.apply(command::Step{5})->line);
}

void require_probes_to_be_obeyed(const std::function<std::shared_ptr<const Snapshot>(Command)>& apply) {
    const auto probe = [&](ProbeSource source) { return apply(command::SetProbe{std::move(source)}); };
    const auto require_held = [](const Snapshot& snapshot, const HeldPicture& held) {
        REQUIRE(snapshot.seen.probe.source == ProbeSource{held});
        REQUIRE(snapshot.chosen == held);
        REQUIRE(snapshot.seen.probe.label >= 0);
        REQUIRE(snapshot.seen.probe.iteration == snapshot.iteration);
    };
    const std::shared_ptr<const Snapshot> first = probe(HeldPicture{Split::Train, 12});
    require_held(*first, {Split::Train, 12});
    const std::int64_t count = first->run_info->data.test_count;
    require_held(*probe(HeldPicture{Split::Test, count + 3}), {Split::Test, 3});
    require_held(*probe(HeldPicture{Split::Test, -1}), {Split::Test, count - 1});

    const HeldPicture chosen{Split::Test, 8};
    require_held(*probe(chosen), chosen);
    const auto batch = probe(BatchSample{});
    REQUIRE(batch->seen.probe.from_batch());
    REQUIRE(batch->seen.probe.label >= 0);
    REQUIRE(batch->chosen == chosen);

    const auto picture = [](std::int64_t bytes, std::uint64_t id) {
        return OwnPicture{
            std::make_shared<const std::vector<std::uint8_t>>(static_cast<std::size_t>(bytes), std::uint8_t{0}), id};
    };
    const std::int64_t bytes = first->run_info->network.input_shape.element_count();
    const OwnPicture own = picture(bytes, 7);
    const auto shown = probe(own);
    REQUIRE(shown->seen.probe.source == ProbeSource{own});
    REQUIRE(shown->seen.probe.label == -1);
    REQUIRE(shown->seen.probe.iteration == shown->iteration);
    REQUIRE_FALSE(shown->seen.probe.probabilities.empty());
    REQUIRE(shown->chosen == chosen);
    for (const OwnPicture& wrong : {picture(bytes - 1, 8), picture(bytes * 3, 9), OwnPicture{nullptr, 10}}) {
        const auto refused = probe(wrong);
        REQUIRE(refused->seen.probe.source == ProbeSource{own});
        REQUIRE(refused->seen.probe.probabilities == shown->seen.probe.probabilities);
    }

    const auto fresh = apply(command::Reset{.seed = 5});  // another run, with the same input
    REQUIRE(fresh->seen.probe.source == ProbeSource{own});
    REQUIRE(fresh->seen.probe.label == -1);
    REQUIRE(fresh->chosen == chosen);

    const auto sought = apply(command::SeekClass{1, 1});  // goes on from what was chosen
    REQUIRE(sought->seen.probe.source == ProbeSource{sought->chosen});
    REQUIRE(sought->seen.probe.label == 1);
    REQUIRE(sought->chosen.split == chosen.split);
    REQUIRE(sought->chosen.index > chosen.index);
}

void require_films_to_be_made(const std::function<std::shared_ptr<const Snapshot>(Command)>& apply) {
    WatchSet watch;
    watch.probe = watch.film = true;
    const std::shared_ptr<const Snapshot> before = apply(command::Watch{watch});
    REQUIRE(before->iteration >= 3);
    const LayerId layer = before->run_info->network.layers.front().id;
    for (const TensorKind kind : {TensorKind::Weight, TensorKind::WeightGradient, TensorKind::WeightUpdate,
                                  TensorKind::PassActivation, TensorKind::PassGradient})
        watch.add({kind, layer});
    const auto require_film = [&](const Snapshot& snapshot, std::int64_t sample) {
        REQUIRE(snapshot.film);
        const IterationFilm& film = *snapshot.film;
        REQUIRE(film.shows(snapshot.run_info->run, snapshot.iteration, watch));
        REQUIRE(film.sample == sample);
        const auto has = [&](Phase phase, TensorKind kind) { return film.at(phase).find({kind, layer}) != nullptr; };
        for (const Phase phase : {Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update}) {
            REQUIRE(has(phase, TensorKind::Weight));
            REQUIRE(has(phase, TensorKind::PassActivation) == (phase >= Phase::Forward));
            REQUIRE(has(phase, TensorKind::PassGradient) == (phase >= Phase::Backward));
            REQUIRE(has(phase, TensorKind::WeightGradient) == (phase >= Phase::Backward));
            REQUIRE(has(phase, TensorKind::WeightUpdate) == (phase >= Phase::Update));
            REQUIRE(film.at(phase).pass.sample == sample);
            REQUIRE(film.at(phase).pass.label == film.batch.labels[static_cast<std::size_t>(sample)]);
            REQUIRE(film.at(phase).pass.loss.has_value() == (phase >= Phase::Loss));
            for (const auto& capture : film.at(phase).captures) REQUIRE(capture->iteration == film.iteration - 1);
        }
        // The step leads from the weights before to those after.
        const TensorCapture& old = *film.at(Phase::Batch).find({TensorKind::Weight, layer});
        REQUIRE(film.at(Phase::Backward).find({TensorKind::Weight, layer})->values == old.values);
        REQUIRE(film.at(Phase::Update).find({TensorKind::Weight, layer})->values != old.values);
        double sum = 0.0;
        for (const float loss : film.batch.losses) sum += static_cast<double>(loss);
        REQUIRE(sum / static_cast<double>(film.batch.count()) == Approx(snapshot.metrics.loss).epsilon(1e-4));
    };
    require_film(*apply(command::Watch{watch}), 0);
    require_film(*apply(command::SetProbe{BatchSample{2}}), 2);
    require_film(*apply(command::GoTo{2}), 2);
    require_film(*apply(command::Step{1}), 2);
    require_film(*apply(command::SetProbe{HeldPicture{Split::Test, 1}}), 0);
    watch.film = false;
    REQUIRE_FALSE(apply(command::Watch{watch})->film);
    watch.film = true;
    require_film(*apply(command::Watch{watch}), 0);
}

}  // namespace convscope
