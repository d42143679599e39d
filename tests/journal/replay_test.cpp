// Runs that somebody played with, lived again from their journals.
#include "engine/host/replay.h"
#include "engine/host/run_recorder.h"
#include "engine/journal/journal_lines.h"
#include "engine/session/run_pair.h"
#include "engine/session/training_session.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/plain_trainer.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

Recipe short_recipe() {
    Recipe recipe = plain_recipe();
    recipe.epochs = 3;
    recipe.evaluate_every = 2;
    return recipe;
}

std::shared_ptr<PlainScript> ten_iterations_an_epoch() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 100;
    return script;
}

// A session without a thread that somebody plays with, and the journals of its runs.
class Played {
public:
    explicit Played(std::shared_ptr<PlainScript> script, SessionOptions options = {.recipe = short_recipe()})
        : script_(std::move(script)),
          pair_([script = script_] { return std::make_unique<PlainTrainer>(script); }, complete(std::move(options)),
                [](TimePoint) { return true; }) {
        pair_.begin();
    }
    ~Played() { end(); }

    void apply(Command command) { pair_.apply(CommandId{++commands_}, command); }
    void apply_to_twin(Command command) { pair_.apply_to_twin(CommandId{++commands_}, command); }
    // That much of what is to be done.
    void work(int pieces) {
        for (int i = 0; i < pieces; ++i) {
            if (pair_.work()) continue;
            if (pair_.next_due() == TimePoint::max()) return;
            clock_->advance(pair_.next_due() - clock_->now());
        }
    }
    std::int64_t iteration() { return pair_.leader().place().iteration; }
    // Another lane of the run, or none that there is.
    RunId some_lane(std::mt19937& random) {
        pair_.leader().answer();
        const auto lanes = pair_.publisher().latest()->line.lanes;
        return lanes ? (*lanes)[random() % lanes->size()].id : RunId{};
    }
    // Another saved run, as its file is now, under a name that stays; or none that there is.
    std::string some_file(std::mt19937& random) {
        const std::string file = "/run-" + std::to_string(1 + random() % 4) + "/last.pt";
        const std::string kept = "/kept-" + std::to_string(++kept_) + ".pt";
        pair_.leader().flush();
        std::lock_guard lock(script_->files_mutex);
        if (const auto found = script_->files.find(file); found != script_->files.end())
            script_->files[kept] = RunState(found->second);
        return kept;
    }
    // Of each run, when all is over.
    const std::vector<std::string>& end() {
        if (!ended_) pair_.end();
        ended_ = true;
        return journals_;
    }

private:
    SessionOptions complete(SessionOptions options) {
        options.clock = clock_;
        options.files = plain_files(script_);
        options.save_to = [this](const Recipe&) { return "/run-" + std::to_string(++runs_) + "/last.pt"; };
        options.log = [this](const RunLogEntry& entry) -> std::optional<event::Notice> {
            if (const auto* started = std::get_if<event::RunStarted>(&entry)) {
                const std::string& file = started->info->checkpoint;
                journal_ = std::find(files_.begin(), files_.end(), file) - files_.begin();
                if (journal_ == std::ssize(files_)) {
                    files_.push_back(file);
                    journals_.emplace_back();
                }
            }
            if (const auto* written = std::get_if<JournalEntry>(&entry))
                journals_[static_cast<std::size_t>(journal_)] += line_of(*written);
            return std::nullopt;
        };
        return options;
    }

    const std::shared_ptr<PlainScript> script_;
    const std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
    std::vector<std::string> journals_;
    std::vector<std::string> files_;  // that each of them lies beside
    std::ptrdiff_t journal_ = 0;      // of the run that is trained: one that is brought back goes on with its own
    int runs_ = 0;
    int kept_ = 0;
    std::uint64_t commands_ = 0;
    bool ended_ = false;
    RunPair pair_;
};

std::vector<Breakpoint> any_breakpoints(std::mt19937& random) {
    std::vector<Breakpoint> list;
    for (const BreakpointKindRow& row : breakpoint_kinds())
        if (random() % 4 == 0) list.push_back(parse_breakpoint(row.example).value());
    list.push_back({.kind = BreakpointKind::Iteration, .value = static_cast<double>(random() % 200)});
    if (random() % 10 == 0) list.push_back({.kind = BreakpointKind::Loss, .value = std::nan("")});
    return list;
}

// What somebody may do, sensible or not: a command of each kind that there is. One without a line here does not
// compile.
class AnyCommand {
public:
    AnyCommand(std::mt19937& random, Played* played) : random_(random), played_(played) {}

    // One in four is Run, so that something is learned.
    Command operator()() { return up_to(3) == 0 ? Command(command::Run{}) : of_kind(up_to(kKinds - 1)); }
    Command begin_twin() { return of(Kind<command::BeginTwin>{}); }
    static constexpr int kKinds = static_cast<int>(std::variant_size_v<Command>);

private:
    template <typename T>
    using Kind = std::type_identity<T>;

    template <std::size_t... kKind>
    Command draw(std::size_t kind, std::index_sequence<kKind...>) {
        Command drawn;
        (void)((kind == kKind && (drawn = of(Kind<std::variant_alternative_t<kKind, Command>>{}), true)) || ...);
        return drawn;
    }
    Command of_kind(int kind) {
        return draw(static_cast<std::size_t>(kind), std::make_index_sequence<std::variant_size_v<Command>>{});
    }
    int up_to(int most) { return static_cast<int>(random_() % (static_cast<unsigned>(most) + 1)); }
    RunId lane() { return played_ ? played_->some_lane(random_) : RunId{}; }

    command::Run of(Kind<command::Run>) { return {}; }
    command::Pause of(Kind<command::Pause>) { return {}; }
    command::Step of(Kind<command::Step>) { return {up_to(25)}; }
    command::Evaluate of(Kind<command::Evaluate>) { return {}; }
    command::Reset of(Kind<command::Reset>) { return {random_() % 5}; }
    command::Save of(Kind<command::Save>) { return {}; }
    command::Resume of(Kind<command::Resume>) { return {played_ ? played_->some_file(random_) : "/nowhere.pt"}; }
    command::BringBack of(Kind<command::BringBack>) { return {}; }
    command::GoTo of(Kind<command::GoTo>) { return {up_to(150)}; }
    command::GoToLane of(Kind<command::GoToLane>) { return {lane(), up_to(90) - 40}; }
    command::NameLane of(Kind<command::NameLane>) { return {lane(), up_to(1) == 0 ? "slower" : ""}; }
    command::NamePlace of(Kind<command::NamePlace>) { return {up_to(150), up_to(2) > 0 ? "here" : ""}; }
    command::DeleteLane of(Kind<command::DeleteLane>) { return {lane()}; }
    command::SetLearningRate of(Kind<command::SetLearningRate>) { return {up_to(9) == 0 ? -1.0 : 0.001 * up_to(100)}; }
    command::SetMomentum of(Kind<command::SetMomentum>) { return {0.01 * up_to(110)}; }
    command::SetBatchSize of(Kind<command::SetBatchSize>) { return {up_to(30)}; }
    command::SetThreads of(Kind<command::SetThreads>) { return {up_to(4)}; }
    command::SetChannel of(Kind<command::SetChannel>) {
        return {LayerId{up_to(2)}, up_to(11), static_cast<command::SetChannel::To>(up_to(2)), 0.5 * up_to(3)};
    }
    command::Freeze of(Kind<command::Freeze>) { return {{{LayerId{2 * up_to(1)}, up_to(3) - 1}}, up_to(1) == 0}; }
    command::SetWeights of(Kind<command::SetWeights>) {
        return {LayerId{up_to(2)}, up_to(1) == 0, up_to(12),
                std::vector<float>(static_cast<std::size_t>(up_to(4)), 0.25F * static_cast<float>(up_to(9)))};
    }
    command::FillWeights of(Kind<command::FillWeights>) {
        return {LayerId{up_to(3) - 1}, up_to(2) - 1, static_cast<command::FillWeights::With>(up_to(1))};
    }
    command::ChangeRecipe of(Kind<command::ChangeRecipe>) {
        Recipe recipe = plain_recipe();
        recipe.loss = static_cast<LossKind>(2 * up_to(1));
        recipe.optimizer.kind = static_cast<OptimizerKind>(up_to(3));
        recipe.optimizer.learning_rate = 0.001 * up_to(20);
        recipe.shuffle = up_to(1) == 0;
        recipe.input_mean = {0.25 * up_to(2)};
        return {recipe};
    }
    command::ChangeData of(Kind<command::ChangeData>) {
        DataChanges changes;
        changes.shuffled_labels = up_to(1) * 0.05 * up_to(22);
        changes.noise = up_to(1) * 10.0 * up_to(13);
        for (int i = 0; i < up_to(3); ++i) changes.set_times(up_to(9), up_to(4), 10);
        for (int i = 0; i < up_to(2); ++i) changes.relabel(up_to(110), up_to(9));
        return {changes};
    }
    command::Undo of(Kind<command::Undo>) { return {}; }
    command::SetSpeed of(Kind<command::SetSpeed>) { return {10.0 * up_to(5)}; }
    command::SetBreakpoints of(Kind<command::SetBreakpoints>) { return {any_breakpoints(random_)}; }
    command::SetProbe of(Kind<command::SetProbe>) {
        return up_to(1) == 0 ? command::SetProbe{HeldPicture{Split::Test, up_to(300)}}
                             : command::SetProbe{BatchSample{}};
    }
    command::SeekClass of(Kind<command::SeekClass>) { return {up_to(9), -1}; }
    command::SeekMistake of(Kind<command::SeekMistake>) { return {1}; }
    command::Watch of(Kind<command::Watch>) { return {watch_everything()}; }
    command::BeginTwin of(Kind<command::BeginTwin>) {
        command::BeginTwin begin{.from_start = up_to(3) == 0};
        if (up_to(1) == 0) begin.difference = {of(Kind<command::SetLearningRate>{})};
        if (up_to(3) == 0) begin.recipe = short_recipe();
        if (up_to(3) == 0) begin.lane = lane();
        return begin;
    }
    command::EndTwin of(Kind<command::EndTwin>) { return {}; }

    std::mt19937& random_;
    Played* const played_;  // null: nobody knows its lanes and files
};

bool takes_another_run(const Command& command) {
    return std::holds_alternative<command::Reset>(command) || std::holds_alternative<command::Resume>(command) ||
           std::holds_alternative<command::BringBack>(command);
}

bool goes_in_time(const Command& command) {
    return std::holds_alternative<command::BeginTwin>(command) ||  // it may be from the start
           std::holds_alternative<command::GoTo>(command) || std::holds_alternative<command::GoToLane>(command) ||
           std::holds_alternative<command::NameLane>(command) || std::holds_alternative<command::NamePlace>(command) ||
           std::holds_alternative<command::DeleteLane>(command);
}

// Begins a run beside, or does something to it, or ends it.
void do_beside(Played& played, std::mt19937& random) {
    AnyCommand any(random, &played);
    switch (random() % 4) {
        case 0:
            return played.apply(any.begin_twin());
        case 1:
            return played.apply(command::EndTwin{});
        default:
            return played.apply_to_twin(AnyCommand(random, nullptr)());
    }
}

struct Outcome {
    Result<Replayed> replayed;
    std::vector<Comparison> comparisons;
};

Outcome live_again(const std::string& journal, const std::shared_ptr<PlainScript>& script,
                   std::optional<std::int64_t> until = std::nullopt) {
    const Result<std::vector<Life>> lives = lives_of(journal, "journal");
    if (!lives) return {lives.error(), {}};
    std::vector<Comparison> comparisons;
    Result<Replayed> replayed =
        replay(lives.value(), {.make_trainer = [script] { return std::make_unique<PlainTrainer>(script); },
                               .files = plain_files(script),
                               .until = until,
                               .compared = [&](const Comparison& one) { comparisons.push_back(one); }});
    return {std::move(replayed), std::move(comparisons)};
}

// As the one who played had them, wherever they were named.
void check_same(const Outcome& outcome) {
    if (!outcome.replayed) FAIL(outcome.replayed.error().message);
    for (const Comparison& one : outcome.comparisons) {
        CAPTURE(one.place.iteration, one.place.measurements);
        REQUIRE(one.same());
    }
}

}  // namespace

TEST_CASE("Five hundred commands of every kind at random places are lived again to the same bits, every run of them") {
    const std::uint32_t seed = GENERATE(range(1U, 25U));
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto script = ten_iterations_an_epoch();
    std::vector<std::string> journals;
    std::set<std::size_t> kinds;
    {
        Played played(script);
        AnyCommand any(random, &played);
        for (int i = 0; i < 500; ++i) {
            const Command command = any();
            kinds.insert(command.index());
            if (takes_another_run(command) && random() % 3 > 0) continue;  // one gets somewhere in each
            played.apply(command);
            played.work(static_cast<int>(random() % 12));
        }
        journals = played.end();
    }
    CHECK(kinds.size() == static_cast<std::size_t>(AnyCommand::kKinds));
    std::int64_t iterations = 0;
    for (const std::string& journal : journals) {
        const Outcome outcome = live_again(journal, script);
        check_same(outcome);
        iterations += outcome.replayed.value().iteration;
        CHECK(outcome.comparisons.size() >= 2);  // its beginning and its end
    }
    CHECK(iterations > 50);
}

TEST_CASE("Runs in which somebody went back, and branches of theirs, are lived again to the same bits") {
    const std::uint32_t seed = GENERATE(range(1U, 25U), value(370U));
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto script = ten_iterations_an_epoch();
    std::vector<std::string> journals;
    {
        Played played(script);
        AnyCommand any(random, &played);
        for (int i = 0; i < 300; ++i) {
            if (const Command command = any(); !takes_another_run(command)) played.apply(command);
            if (random() % 5 == 0) played.apply(command::GoTo{static_cast<std::int64_t>(random() % 150)});
            played.work(static_cast<int>(random() % 25));
        }
        journals = played.end();
    }
    CHECK(journals.size() > 1);
    for (const std::string& journal : journals) check_same(live_again(journal, script));
}

TEST_CASE("Runs that others were trained beside are lived again to the same bits, without those") {
    const std::uint32_t seed = GENERATE(range(1U, 25U));
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto script = ten_iterations_an_epoch();
    std::vector<std::string> journals;
    {
        Played played(script);
        AnyCommand any(random, &played);
        for (int i = 0; i < 300; ++i) {
            if (const Command command = any(); !takes_another_run(command) && !goes_in_time(command))
                played.apply(command);
            if (random() % 3 == 0) do_beside(played, random);
            if (random() % 50 == 0) played.apply(command::Reset{random() % 5});
            if (random() % 10 == 0) played.apply(command::GoTo{static_cast<std::int64_t>(random() % 150)});
            if (random() % 30 == 0) played.apply(command::GoToLane{played.some_lane(random)});
            played.work(static_cast<int>(random() % 25));
        }
        journals = played.end();
    }
    for (const std::string& journal : journals) {
        CHECK(journal.find("twin") == std::string::npos);
        check_same(live_again(journal, script));
    }
}

TEST_CASE("Where breakpoints have paused a run its journal says, and it is lived again without them") {
    const auto script = ten_iterations_an_epoch();
    std::string journal;
    {
        Played played(script);
        played.apply(command::SetBreakpoints{{{.kind = BreakpointKind::EpochEnds},
                                              {.kind = BreakpointKind::ProbeClassChanges},
                                              {.kind = BreakpointKind::Iteration, .value = 13.0}}});
        for (const double rate : {0.01, 0.02, 0.03, 0.04}) {
            played.apply(command::Run{});
            played.work(200);
            played.apply(command::SetLearningRate{rate});
        }
        journal = played.end().front();
    }
    CHECK(journal.find(
              R"("command":"set_breakpoints","breakpoints":"epoch ends\nprobe class changes\niteration = 13\n")") !=
          std::string::npos);
    for (const char* paused : {R"("iteration":10,"measurements":0,"command":"pause")",
                               R"("iteration":13,"measurements":0,"command":"pause")",
                               R"("iteration":20,"measurements":1,"command":"pause")"})
        CHECK(journal.find(paused) != std::string::npos);
    const Outcome outcome = live_again(journal, script);
    check_same(outcome);
    CHECK(outcome.replayed.value().iteration == 30);
}

TEST_CASE("Threads that a run gave up by itself are given up again at the same place") {
    const auto script = ten_iterations_an_epoch();
    script->one_thread_at = 13;
    Played played(script);
    played.apply(command::SetThreads{3});
    played.work(60);
    const std::string journal = played.end().front();
    const auto unhurried = ten_iterations_an_epoch();  // a machine on which nothing keeps the threads busy
    check_same(live_again(journal, unhurried));
    std::string without = journal;
    const std::size_t line = without.find(R"("iteration":13)");
    REQUIRE(line != std::string::npos);
    const std::size_t begin = without.rfind('\n', line) + 1;
    without.erase(begin, without.find('\n', line) + 1 - begin);
    const Outcome other = live_again(without, ten_iterations_an_epoch());
    REQUIRE(other.replayed);
    CHECK_FALSE(other.comparisons.back().same());
    CHECK(other.comparisons.back().place.iteration == 20);
}

TEST_CASE("A run that was killed and resumed is lived again without the future that was lost") {
    const auto script = ten_iterations_an_epoch();
    {
        Played saved(script);
        saved.work(7);
        saved.apply(command::SetLearningRate{0.03});
    }  // all is written then
    script->files["/kept.pt"] = script->files.at("/run-1/last.pt");
    std::string killed;
    {
        Played same(script);
        same.work(7);
        same.apply(command::SetLearningRate{0.03});
        same.apply(command::Save{"/kept.pt"});
        same.work(1);
        same.apply(command::SetMomentum{0.1});
        same.work(6);
        killed = same.end().front();
    }
    killed.resize(killed.find('\n', killed.find("set_momentum")) + 1);
    REQUIRE(script->files.at("/kept.pt").progress.iteration == 7);
    Played resumed(script, {.recipe = short_recipe(), .resume = "/kept.pt"});
    resumed.apply(command::SetBatchSize{7});
    resumed.work(30);
    const std::string& second = resumed.end().front();
    const Outcome whole = live_again(killed + second, ten_iterations_an_epoch());
    check_same(whole);
    CHECK(whole.replayed.value().iteration > 20);
    // In another folder its journal begins with the file.
    const Outcome alone = live_again(second, script);
    check_same(alone);
    CHECK(alone.replayed.value().weights == whole.replayed.value().weights);
    script->files["/kept.pt"] = script->files.at("/run-1/last.pt");  // of another moment
    const Outcome other = live_again(second, script);
    REQUIRE_FALSE(other.replayed);
    CHECK(
        other.replayed.error().message.starts_with("/kept.pt: holds other weights than those that the run began with"));
}

TEST_CASE("What was saved and resumed in one folder is one journal, without what the first life had behind it") {
    const auto script = ten_iterations_an_epoch();
    std::string journal;
    {
        Played first(script);
        first.work(7);
        first.apply(command::SetLearningRate{0.03});
        first.apply(command::SetSpeed{1.0});
        first.apply(command::Save{});
        first.apply(command::SetMomentum{0.1});
        journal = first.end().front();  // saves nothing more: it is at the same iteration
    }
    Played second(script, {.recipe = short_recipe(), .resume = "/run-1/last.pt"});
    REQUIRE(second.iteration() == 7);
    second.apply(command::SetBatchSize{7});
    second.work(40);
    const std::string all = journal + second.end().front();
    const Outcome outcome = live_again(all, ten_iterations_an_epoch());
    check_same(outcome);
    CHECK(outcome.comparisons.size() > 3);
    CHECK(outcome.replayed.value().iteration > 20);
}

TEST_CASE("A replay stops where it is told to, before, at and behind what the journal knows") {
    Played played(ten_iterations_an_epoch());
    played.work(12);
    played.apply(command::SetLearningRate{0.5});
    played.work(10);
    const std::string journal = played.end().front();
    CHECK(live_again(journal, ten_iterations_an_epoch(), 0).replayed.value().iteration == 0);
    CHECK(live_again(journal, ten_iterations_an_epoch(), 5).replayed.value().iteration == 5);
    CHECK(live_again(journal, ten_iterations_an_epoch(), 5).replayed.value().commands == 0);
    CHECK(live_again(journal, ten_iterations_an_epoch(), 15).replayed.value().commands == 1);
    CHECK(live_again(journal, ten_iterations_an_epoch(), 28).replayed.value().iteration == 28);
    CHECK(live_again(journal, ten_iterations_an_epoch(), 1000).replayed.value().iteration == 30);  // all its epochs
}

TEST_CASE("What cannot be lived again is said, with the place") {
    Played played(ten_iterations_an_epoch());
    played.work(12);
    played.apply(command::Pause{});
    const std::string journal = played.end().front();
    const Outcome further =
        live_again(journal + line_of(journal::Applied{{1}, {20, 0}, command::Run{}}), ten_iterations_an_epoch());
    REQUIRE_FALSE(further.replayed);
    CHECK(further.replayed.error().message == "the run stands still at iteration 12, and the journal goes on to 20");
    journal::Begun resumed = lives_of(journal, "journal").value().front().begun;
    resumed.iteration = 12;
    resumed.resumed_from = "last.pt";
    resumed.batch_size = 0;
    const Outcome impossible = live_again(journal + line_of(resumed), ten_iterations_an_epoch());
    REQUIRE_FALSE(impossible.replayed);
    CHECK(impossible.replayed.error().message ==
          "the run is said to go on at iteration 12, but its settings are out of range; take a journal that nobody has "
          "changed");
    const auto broken = ten_iterations_an_epoch();
    broken->start_throws = "no such network";
    CHECK_FALSE(live_again(journal, broken).replayed);
}

TEST_CASE("A session's recorder keeps the journal beside the log, in the run's folder") {
    const TempFolder temp;
    const auto script = ten_iterations_an_epoch();
    {
        auto recorder = std::make_shared<RunRecorder>(/*log_every=*/0);
        SessionOptions options{.recipe = short_recipe()};
        options.files = plain_files(script);
        options.save_to = [&](const Recipe&) { return temp.path() / "last.pt"; };
        options.log = [recorder](RunLogEntry entry) { return recorder->add(std::move(entry)); };
        options.settle_log = [recorder] { return recorder->settle(); };
        TrainingSession session([script] { return std::make_unique<PlainTrainer>(script); }, std::move(options));
        std::mt19937 random(3);
        AnyCommand any(random, nullptr);
        for (int i = 0; i < 300; ++i)
            if (const Command command = any(); !takes_another_run(command) && !goes_in_time(command))
                session.post(command);
        session.post(command::SetBreakpoints{});  // nothing cuts the last step short
        session.post(command::ChangeData{});      // and an epoch has ten iterations
        session.post(command::SetBatchSize{10});
        session.post(command::SetSpeed{0.0});
        const CommandId last = session.post(command::Step{40});
        for (;; std::this_thread::yield()) {
            const auto snapshot = session.latest();
            if (snapshot && snapshot->applied_command >= last && snapshot->state == SessionState::Paused) break;
        }
    }
    std::ifstream file(temp.path() / RunLog::kJournal);
    const std::string journal((std::istreambuf_iterator<char>(file)), {});
    const Outcome outcome = live_again(journal, ten_iterations_an_epoch());
    check_same(outcome);
    CHECK(outcome.comparisons.size() > 3);
    CHECK(outcome.replayed.value().commands > 100);
    CHECK(read_journal(temp.path()).value().size() == 1);
}

}  // namespace convscope
