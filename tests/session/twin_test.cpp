// A run that is trained beside another one, in lockstep: it is to the bit what a branch with its difference would be,
// and nothing to the run that it follows.
#include "tests/session/driven_pair.h"
#include "tests/session/driven_run.h"

#include <algorithm>
#include <map>
#include <random>
#include <thread>

namespace convscope {
namespace {

using command::BeginTwin;
using command::Difference;

// All that may be the difference, as commands to a run of its own too.
std::vector<Difference> all_differences() {
    Recipe adam = paired_recipe();
    adam.optimizer.kind = OptimizerKind::Adam;
    adam.input_mean = {0.25F};
    return {command::SetLearningRate{0.05},
            command::SetMomentum{0.6},
            command::SetBatchSize{7},
            command::SetChannel{LayerId{0}, 1, command::SetChannel::To::Value, 0.0},
            command::Freeze{{{LayerId{0}}}, true},
            command::SetWeights{.layer = {2}, .values = {0.5F, 0.25F}},
            command::FillWeights{},
            command::ChangeRecipe{adam},
            command::ChangeData{{.shuffled_labels = 0.25}}};
}

Command as_command(const Difference& difference) {
    return std::visit([](const auto& one) { return Command(one); }, difference);
}

// The run that a branch with that change is at `at`, which ends at `until`.
std::shared_ptr<const TrainingState> branch(std::int64_t at, const std::vector<Difference>& difference,
                                            std::int64_t until) {
    DrivenRun run({.recipe = paired_recipe(), .paused = true});
    run.script->train_count = 100;
    run.script->test_count = 20;
    run.begin();
    run.step(at + 3);
    run.go_to(at);
    for (const Difference& one : difference) run.apply(as_command(one));
    run.step(until - at);
    REQUIRE(run.latest()->iteration == until);
    return run.driver.state();
}

// With a disk, where a state goes every 20 iterations, of which each takes 100 ms; the clock stands still while one is
// written. `script` outlives it.
struct PairOnDisk : DrivenPair {
    explicit PairOnDisk(const std::shared_ptr<PlainScript>& disk, const std::string& resume = {})
        : DrivenPair(options(*disk, resume), disk) {
        script->on_train = [this](std::int64_t) {
            leader().flush();
            clock->advance(std::chrono::milliseconds(100));
        };
    }
    ~PairOnDisk() {
        pair.end();
        script->on_train = {};
    }
    static SessionOptions options(PlainScript& script, const std::string& resume) {
        SessionOptions options{.recipe = paired_recipe(), .paused = true, .resume = resume};
        options.recipe.epochs = 20;
        options.kept_states_bytes = 1;  // the first and the last of a lane
        options.disk_states_bytes = std::int64_t{1} << 30;
        options.autosave_seconds = 3600.0;
        options.save_to = [&script, first = resume](const Recipe&) mutable -> std::filesystem::path {
            if (!first.empty()) return std::exchange(first, "");
            for (int i = 1;; ++i) {
                const std::string file = std::to_string(i) + "/last.pt";
                if (std::lock_guard lock(script.files_mutex); script.files.emplace(file, RunState{}).second)
                    return file;
            }
        };
        return options;
    }
};

}  // namespace

TEST_CASE("A run beside another that differs in nothing is that run to the bit, for hundreds of iterations") {
    DrivenPair run;
    run.step(13);
    CHECK(run.twin_shown() == nullptr);
    CHECK(run.shown()->twin == nullptr);
    run.apply(BeginTwin{});
    CHECK(run.shown()->twin->begins == 13);
    CHECK(run.shown()->twin->common == 13);
    CHECK(run.shown()->twin->difference.empty());
    require_same(run);
    for (int i = 0; i < 300; ++i) {
        run.step(i % 7 == 0 ? 3 : 1);
        require_same(run);
    }
    const std::vector<float> all = run.losses();
    CHECK(run.twin_losses() == std::vector<float>(all.begin() + 13, all.end()));
    std::vector<EvaluationMetrics> measured;
    for (std::vector<Event>* events : {&run.leader_events, &run.twin_events}) {
        (events == &run.leader_events ? run.pair.publisher() : run.pair.twin_publisher()).drain_events(*events);
        for (const Event& event : *events)
            if (const auto* one = std::get_if<event::Evaluated>(&event)) measured.push_back(one->metrics);
    }
    REQUIRE(measured.size() > 20);
    REQUIRE(measured.size() % 2 == 0);
    for (std::size_t i = 0; i < measured.size() / 2; ++i) {
        const EvaluationMetrics& twin = measured[i + measured.size() / 2];
        CHECK(measured[i].iteration == twin.iteration);
        CHECK(measured[i].train_loss == twin.train_loss);
        CHECK(measured[i].test_loss == twin.test_loss);
    }
}

TEST_CASE("With a difference it is to the bit the run that a branch with that change is") {
    const std::vector<Difference> all = all_differences();
    const auto which = GENERATE_COPY(range(std::size_t{0}, all.size() + 1));
    const std::vector<Difference> difference = which < all.size() ? std::vector{all[which]} : all;
    CAPTURE(which);
    DrivenPair run;
    run.step(15);
    run.apply(BeginTwin{.difference = difference});
    CHECK(run.notices().empty());
    CHECK_FALSE(run.shown()->twin->difference.empty());
    run.step(45);
    require_together(run);
    require_equal(*run.twin().state(), *branch(15, difference, 60));
    DrivenPair alone;
    alone.step(60);
    require_equal(*run.leader().state(), *alone.leader().state());
}

TEST_CASE("A run beside is nothing to the run that it follows: losses, log, journal and file are the same") {
    const auto play = [](DrivenPair& run, bool beside) {
        run.step(7);
        if (beside) run.apply(BeginTwin{.difference = {command::SetLearningRate{0.3}}});
        run.step(20);
        run.apply(command::Evaluate{});
        run.apply(command::SetMomentum{0.4});
        if (beside) run.post_to_twin(command::SetBatchSize{3});
        run.step(5);
        run.go_to(12);
        run.step(4);
        if (beside) run.post_to_twin(command::Evaluate{});
        run.apply(command::GoTo{99});
        run.apply(command::SetThreads{2});
        run.apply(command::Run{});
        CHECK(run.shown()->state == SessionState::Finished);
        if (beside) require_together(run);
        if (beside) run.apply(command::EndTwin{});
        run.apply(command::Step{3});
        run.pair.end();
    };
    const auto script = paired_script();
    const auto script_alone = paired_script();
    const SessionOptions options{
        .recipe = paired_recipe(), .paused = true, .save_to = [](const Recipe&) { return "run/last.pt"; }};
    const auto without_names = [](std::string journal) {  // of runs, of which each is given once in a process
        for (std::size_t at = 0; (at = journal.find("\"run\":", at)) != std::string::npos; ++at)
            journal.erase(at, journal.find_first_of(",}", at) - at);
        return journal;
    };
    {
        DrivenPair alone(options, script_alone);
        DrivenPair led(options, script);
        play(alone, false);
        play(led, true);
        CHECK(led.losses() == alone.losses());
        CHECK(led.logged == alone.logged);
        CHECK(without_names(led.journal) == without_names(alone.journal));
        CHECK(led.journal.find("twin") == std::string::npos);
    }
    require_equal(*script->files.at("run/last.pt").training, *script_alone->files.at("run/last.pt").training);
    CHECK(script->files.size() == script_alone->files.size());
}

TEST_CASE("What a run saves beside another goes on, when all else is lost, as if it had been alone") {
    const auto disk = paired_script();
    const auto options = [](const std::string& resume) {
        return SessionOptions{.recipe = paired_recipe(), .paused = true, .resume = resume};
    };
    DrivenPair run(options({}), disk);
    run.step(8);
    run.apply(BeginTwin{.difference = {command::SetLearningRate{0.3}}});
    run.post(command::Step{20});
    while (run.shown()->iteration < 17) run.pair.work();
    REQUIRE(run.twin_shown()->iteration == 16);
    run.post(command::Save{"amid.pt"});
    run.settle();
    for (bool there = false; !there; std::this_thread::yield()) {
        std::lock_guard lock(disk->files_mutex);
        there = disk->files.count("amid.pt") > 0;
    }
    DrivenPair again(options("amid.pt"), disk);
    CHECK(again.shown()->iteration == 17);
    CHECK(again.shown()->twin == nullptr);
    again.step(20);
    DrivenPair alone;
    alone.step(37);
    require_equal(*again.leader().state(), *alone.leader().state());
}

TEST_CASE("Both go back and forth, and each is at every place what it was there") {
    DrivenPair run;
    run.step(5);
    run.apply(BeginTwin{.difference = {command::SetLearningRate{0.05}}});
    std::map<std::int64_t, std::shared_ptr<const TrainingState>> led;
    std::map<std::int64_t, std::shared_ptr<const TrainingState>> beside;
    for (std::int64_t i = 5; i <= 60; ++i) {
        if (i == 20) run.apply(command::SetMomentum{0.3});
        if (i == 25) run.post_to_twin(command::SetMomentum{0.4});
        if (i == 31) run.post_to_twin(command::SetWeights{.layer = {2}, .values = {0.5F}});
        led[i] = run.leader().state();
        beside[i] = run.twin().state();
        if (i < 60) run.step();
    }
    const std::size_t told = run.twin_losses().size();
    std::mt19937 random(11);
    for (int i = 0; i < 200; ++i) {
        const auto target = static_cast<std::int64_t>(5 + random() % 56);
        CAPTURE(i, target);
        if (random() % 3 == 0)
            run.step(1 + static_cast<std::int64_t>(random() % 3));
        else
            run.go_to(target);
        require_together(run);
        const std::int64_t at = run.shown()->iteration;
        if (at > 60) continue;
        require_equal(*run.leader().state(), *led.at(at));
        require_equal(*run.twin().state(), *beside.at(at));
    }
    CHECK(run.twin_losses().size() == told + static_cast<std::size_t>(run.shown()->line.furthest - 60));
}

TEST_CASE("Where the leader is earlier than a run beside begins, that stands at its beginning, and both say so") {
    DrivenPair run;
    run.step(20);
    run.apply(BeginTwin{.difference = {command::SetLearningRate{0.05}}});
    const auto beginning = run.twin().state();
    run.step(10);
    run.go_to(12);
    require_together(run);
    CHECK(run.shown()->twin->begins == 20);
    CHECK(run.twin_shown()->iteration == 20);
    require_equal(*run.twin().state(), *beginning);
    run.step(5);
    CHECK(run.twin_shown()->iteration == 20);
    run.step(8);
    require_together(run);
    CHECK(run.twin_shown()->iteration == 25);
    run.go_to(30);
    require_equal(*run.twin().state(), *branch(20, {command::SetLearningRate{0.05}}, 30));
}

TEST_CASE("In the past a run beside begins as a branch does, while the leader follows what is known of itself") {
    DrivenPair run;
    run.step(20);
    run.apply(command::SetMomentum{0.2});
    run.step(20);
    run.go_to(15);
    run.apply(BeginTwin{.difference = {command::SetBatchSize{5}}});
    CHECK(run.shown()->line.furthest == 40);
    run.step(30);
    require_together(run);
    CHECK(run.shown()->settings.momentum == 0.2);
    CHECK(run.losses().size() == 45);
    CHECK(run.twin_losses().size() == 30);
    require_equal(*run.twin().state(), *branch(15, {command::SetBatchSize{5}}, 45));
}

TEST_CASE("From the start both go to the beginning of the line, and pause there") {
    DrivenPair run;
    run.step(25);
    run.post(command::Run{});
    run.post(BeginTwin{.from_start = true, .difference = {command::SetLearningRate{0.2}}});
    run.settle();
    CHECK(run.shown()->iteration == 0);
    CHECK(run.shown()->state == SessionState::Paused);
    CHECK(run.shown()->line.furthest == 25);
    require_together(run);
    run.step(30);
    require_equal(*run.twin().state(), *branch(0, {command::SetLearningRate{0.2}}, 30));
}

TEST_CASE("Another recipe is trained beside from fresh weights of the same seed, and its own is the leader") {
    DrivenPair run;
    run.step(12);
    run.apply(BeginTwin{.recipe = paired_recipe()});
    CHECK(run.shown()->twin->difference.empty());
    require_same(run);
    run.step(35);
    require_same(run);
    Recipe other = paired_recipe();
    other.name = "faster";
    other.optimizer.learning_rate = 0.125;
    run.apply(BeginTwin{.recipe = other});
    CHECK(run.shown()->iteration == 0);
    CHECK(run.shown()->twin->difference == "recipe faster");
    CHECK(run.shown()->twin->common == 0);
    run.step(20);
    require_together(run);
    DrivenPair alone({.recipe = other, .paused = true});
    alone.step(20);
    require_equal(*run.twin().state(), *alone.leader().state());
}

TEST_CASE("A lane is compared with the present one, and stays as it is") {
    DrivenPair run;
    run.step(40);
    const RunId first = run.shown()->line.lane;
    run.go_to(15);
    run.apply(command::SetLearningRate{0.05});
    run.step(30);
    const auto was = run.leader().run().line().furthest();
    REQUIRE(was == 45);
    run.go_to(25);
    run.apply(BeginTwin{.lane = first});
    require_together(run);
    CHECK(run.shown()->twin->lane == first);
    CHECK(run.shown()->twin->common == 15);
    CHECK(run.shown()->twin->begins == 0);
    CHECK(run.shown()->twin->difference == "the lane that came first");
    DrivenPair alone;
    std::map<std::int64_t, std::shared_ptr<const TrainingState>> places;
    for (std::int64_t i = 0; i <= 45; ++i) {
        places[i] = alone.leader().state();
        alone.step();
    }
    for (const std::int64_t at : {25, 3, 38, 16, 45, 20, 41}) {  // the last ones beyond what the lane knows
        run.go_to(at);
        require_together(run);
        require_equal(*run.twin().state(), *places.at(at));
    }
    run.go_to(20);
    run.post_to_twin(command::SetLearningRate{0.7});  // a branch of the twin's own
    run.step(3);
    run.apply(command::EndTwin{});
    run.apply(command::GoToLane{first});
    CHECK(run.shown()->iteration == 40);
    CHECK(run.shown()->line.furthest == 40);
    require_equal(*run.leader().state(), *places.at(40));
    CHECK(run.shown()->line.lanes->size() == 2);
}

TEST_CASE("What another lane began by is the difference that it is told by, and its name before that") {
    DrivenPair run;
    run.step(20);
    const RunId first = run.shown()->line.lane;
    run.go_to(10);
    run.apply(command::SetLearningRate{0.05});
    const RunId second = run.shown()->line.lane;
    run.step(2);
    run.apply(command::GoToLane{first});
    run.apply(BeginTwin{.lane = second});
    CHECK(run.shown()->twin->difference == "learning rate 0.01 -> 0.05");
    run.apply(command::NameLane{second, "bolder"});
    run.apply(BeginTwin{.lane = second});
    CHECK(run.shown()->twin->difference == "bolder");
    CHECK(run.shown()->twin->common == 10);
    run.apply(BeginTwin{.lane = first});  // the present one
    CHECK(run.shown()->twin->lane == RunId{});
    require_same(run);
}

TEST_CASE("A lane is compared from its states on disk, of this session or an earlier one, and they stay there") {
    std::map<std::int64_t, std::shared_ptr<const TrainingState>> places;
    {
        PairOnDisk alone(paired_script());
        for (std::int64_t i = 0; i <= 66; ++i) {
            if (i == 30) alone.apply(command::SetMomentum{0.25});
            places[i] = alone.leader().state();
            alone.step();
        }
    }
    const auto disk = paired_script();
    const auto look = [&](PairOnDisk& run, RunId lane) {
        disk->another = paired_script();
        run.go_to(55);
        run.apply(BeginTwin{.lane = lane});
        require_together(run);
        require_equal(*run.twin().state(), *places.at(55));
        CHECK(disk->another->iterations <= 15);
        for (const std::int64_t at : {59, 27, 34, 60, 66, 3}) {
            CAPTURE(at);
            run.go_to(at);
            require_together(run);
            require_equal(*run.twin().state(), *places.at(at));
        }
        run.apply(command::EndTwin{});
        CHECK(run.notices().empty());
    };
    {
        PairOnDisk run(disk);
        run.step(30);
        run.apply(command::SetMomentum{0.25});
        run.step(30);
        const RunId first = run.shown()->line.lane;
        run.go_to(20);
        run.apply(command::SetLearningRate{0.05});
        run.step(50);
        run.leader().flush();
        look(run, first);
    }
    const auto files_of_first = [&] {
        std::vector<std::string> names;
        for (const auto& [name, run] : disk->files)
            if (name.starts_with("1/")) names.push_back(name);
        return names;
    };
    CHECK(files_of_first() ==
          std::vector<std::string>{"1/last.pt", "1/states/0", "1/states/20", "1/states/40", "1/states/60"});
    const std::vector<std::string> before = files_of_first();
    PairOnDisk again(disk, "2/last.pt");
    REQUIRE(again.shown()->line.lanes);
    REQUIRE(again.shown()->line.lanes->size() == 2);
    const RunLane other = again.shown()->line.lanes->front();
    REQUIRE(other.id != again.shown()->line.lane);
    again.step(3);
    again.leader().flush();
    look(again, other.id);
    CHECK(files_of_first() == before);
    again.apply(command::GoToLane{other.id});
    CHECK(again.shown()->line.furthest == 60);
    require_equal(*again.leader().state(), *places.at(60));
}

TEST_CASE("What is changed in one of the two is changed in that one alone, where both are") {
    DrivenPair run;
    run.step(5);
    run.apply(BeginTwin{});
    run.post(command::Step{10});
    for (int i = 0; i < 3; ++i) run.pair.work();  // the twin is an iteration behind, or is not
    run.post_to_twin(command::SetLearningRate{0.25});
    const std::int64_t at = run.twin_shown()->iteration;
    CHECK(at == run.shown()->iteration);
    CHECK(run.twin_shown()->applied_command == run.last_command());
    CHECK(run.twin_shown()->settings.learning_rate == 0.25);
    CHECK(run.shown()->settings.learning_rate == 0.01);
    run.settle();
    require_equal(*run.twin().state(), *branch(at, {command::SetLearningRate{0.25}}, 15));
    CHECK(run.post_to_twin(command::Undo{})->settings.learning_rate == 0.01);
    CHECK(*run.apply(command::SetMomentum{0.125})->undo == "momentum 0.5 -> 0.125");
    CHECK(run.twin_shown()->settings.momentum == 0.5);
    run.step(20);
    require_together(run);
    CHECK(run.notices().empty());
    CHECK(run.twin_notices().empty());
}

TEST_CASE("A change of the run beside in its past is a branch of its own, and a branch of the leader is the leader") {
    DrivenPair run;
    run.step(10);
    run.apply(BeginTwin{});
    run.step(30);
    run.go_to(30);
    run.post_to_twin(command::SetLearningRate{0.25});
    CHECK(run.twin_shown()->line.furthest == 30);
    CHECK(run.shown()->line.furthest == 40);
    run.step(3);
    require_equal(*run.twin().state(), *branch(30, {command::SetLearningRate{0.25}}, 33));
    run.go_to(20);
    run.apply(command::SetMomentum{0.75});
    CHECK(run.shown()->line.furthest == 20);
    REQUIRE(run.shown()->twin);
    CHECK(run.shown()->twin->common == 10);
    run.step(20);
    require_together(run);
    require_equal(*run.leader().state(), *branch(20, {command::SetMomentum{0.75}}, 40));
    run.go_to(4);
    run.apply(command::SetMomentum{0.25});
    run.step(1);
    CHECK(run.shown()->twin->common == 4);
    CHECK(run.shown()->twin->begins == 10);
    CHECK(run.twin_shown()->iteration == 10);
}

TEST_CASE("A run beside has as many threads as the leader had at the same iteration, by itself or not") {
    DrivenPair run;
    run.script->another = paired_script();
    run.apply(command::SetThreads{4});
    run.step(5);
    run.script->one_thread_at = 12;
    run.apply(BeginTwin{});
    CHECK(run.twin_shown()->settings.threads == 4);
    for (int i = 0; i < 20; ++i) {
        run.step();
        require_same(run);
    }
    CHECK(run.twin_shown()->settings.threads == 1);
    run.apply(command::SetThreads{3});
    run.step(7);
    require_same(run);
    for (const std::int64_t at : {8, 12, 13, 25, 26, 31}) {
        run.go_to(at);
        require_same(run);
    }
}

TEST_CASE("Whatever is done to two runs, each is what it would be alone") {
    const auto seed = GENERATE(range(1U, 9U));
    std::mt19937 random(seed);
    const auto any = [&random](std::int64_t count) { return static_cast<std::int64_t>(random()) % count; };
    const std::int64_t test_count = seed % 2 == 0 ? 20 : 1000;  // measured in one piece, or in two
    DrivenPair run({.recipe = paired_recipe(), .paused = true}, paired_script(test_count));
    DrivenPair alone({.recipe = paired_recipe(), .paused = true}, paired_script(test_count));  // as the leader is
    const auto both = [&](const Command& command) {
        run.settle();
        run.post(command);
        alone.apply(command);
        for (std::int64_t i = any(30); i > 0 && run.pair.work(); --i) {
        }
    };
    both(command::Step{12});
    for (int i = 0; i < 250; ++i) {
        const std::int64_t place = alone.shown()->line.furthest;
        switch (any(12)) {
            case 0:
                run.post(BeginTwin{.difference = {command::SetMomentum{0.125 * static_cast<double>(any(4))}}});
                break;
            case 1:
                both(command::GoTo{any(place + 1)});
                break;
            case 2:
                both(command::SetMomentum{0.125 * static_cast<double>(any(4))});
                break;
            case 3:
                run.post_to_twin(command::SetBatchSize{1 + any(12)});
                break;
            case 4:
                run.post_to_twin(command::Undo{});
                break;
            case 5:
                both(command::Undo{});
                break;
            case 6:
                both(command::Evaluate{});
                break;
            case 7:
                run.post_to_twin(command::Evaluate{});
                break;
            case 8:
                run.post(command::EndTwin{});
                break;
            default:
                both(command::Step{1 + any(6)});
                break;
        }
        if (any(3) != 0) continue;
        run.settle();
        CAPTURE(seed, i);
        require_equal(*run.leader().state(), *alone.leader().state());
        REQUIRE(run.shown()->line.furthest == alone.shown()->line.furthest);
        if (run.pair.twin() != nullptr) require_together(run);
    }
    run.settle();
    REQUIRE(run.logged.size() == alone.logged.size());
    for (std::size_t i = 0; i < run.logged.size(); ++i) {
        CAPTURE(i);
        REQUIRE(run.logged[i].first == alone.logged[i].first);
        REQUIRE(run.logged[i].second == alone.logged[i].second);
    }
}

}  // namespace convscope
