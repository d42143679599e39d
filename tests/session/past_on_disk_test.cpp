// A run's past from one session to the next: it can be gone back to, to the bit, with what was changed by hand.
#include "engine/session/disk_states.h"
#include "engine/session/line_changes.h"
#include "tests/session/driven_run.h"
#include "tests/support/equal_states.h"
#include "tests/support/session_contract.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace convscope {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kEnd = 60;

// An iteration takes 100 ms, so that a state goes to disk every 20; and writing one no time, as the clock stands still
// meanwhile.
struct Sitting : DrivenRun {
    explicit Sitting(const std::shared_ptr<PlainScript>& disk, const std::string& resume = {},
                     std::int64_t budget = std::int64_t{1} << 30)
        : DrivenRun(options(*disk, resume, budget), disk) {
        script->train_count = 100;
        script->test_count = 20;
        script->on_train = [this](std::int64_t) {
            driver.flush();
            clock->advance(100ms);
        };
        begin();
    }
    ~Sitting() {
        driver.end();
        script->on_train = {};
    }

    static SessionOptions options(PlainScript& script, const std::string& resume, std::int64_t budget) {
        SessionOptions options{.recipe = plain_recipe(), .paused = true, .resume = resume};
        options.recipe.epochs = 20;
        options.disk_states_bytes = budget;
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

using Places = std::map<std::int64_t, std::shared_ptr<const TrainingState>>;

// Everything that may be changed is, and each place as it was.
Places play(Sitting& run) {
    Places places;
    for (std::int64_t i = 0; i < kEnd; ++i) {
        if (i == 7) run.apply(command::SetLearningRate{0.02});
        if (i == 13) run.apply(command::SetWeights{.layer = {2}, .values = {0.5F, 0.25F}});
        if (i == 26) run.apply(command::SetThreads{2});
        if (i == 26) run.apply(command::SetMomentum{0.7});
        if (i == 33) run.apply(command::SetChannel{.layer = {0}, .channel = 1, .value = 0.125});
        if (i == 33) run.apply(command::Freeze{{{.layer = {2}}}, true});
        if (i == 37) run.apply(command::ChangeData{{.shuffled_labels = 0.5, .relabelled = {{3, 1}}}});
        if (i == 40) run.apply(command::SetBatchSize{5});
        if (i == 45) run.apply(command::ChangeData{});
        if (i == 52)
            run.apply(command::SetChannel{.layer = {0}, .channel = 1, .to = command::SetChannel::To::Computed});
        places[i] = run.driver.state();
        run.step();
    }
    places[kEnd] = run.driver.state();
    return places;
}

void require_place(Sitting& run, const Places& places, std::int64_t iteration) {
    run.go_to(iteration);
    INFO("iteration " << iteration);
    REQUIRE(run.latest()->iteration == iteration);
    require_equal(*run.driver.state(), *places.at(iteration));
}

std::vector<std::int64_t> on_disk(const PlainScript& script, const std::string& folder) {
    std::vector<std::int64_t> iterations;
    for (const auto& [path, run] : script.files)
        if (path.starts_with(folder + "/states/")) iterations.push_back(run.progress.iteration);
    std::sort(iterations.begin(), iterations.end());
    return iterations;
}

}  // namespace

TEST_CASE("A resumed run goes back to any iteration that it ever trained, to the bit, with what was changed there") {
    const auto script = std::make_shared<PlainScript>();
    Places places;
    {
        Sitting first(script);
        places = play(first);
    }
    CHECK(on_disk(*script, "1") == std::vector<std::int64_t>{0, 20, 40, 60});
    Sitting again(script, "1/last.pt");
    again.apply(command::SetThreads{2});  // which no file has
    CHECK(again.latest()->iteration == kEnd);
    CHECK(again.latest()->line.kept->front() == 0);
    CHECK(again.latest()->line.disk_bytes > 0);
    for (const std::int64_t iteration : {59, 0, 13, 7, 45, 20, 21, 40, 33, 60, 26, 52, 1, 60})
        require_place(again, places, iteration);
    again.go_to(5);
    again.apply(command::Run{});
    while (again.latest()->line.furthest < kEnd + 5) again.work();
    again.apply(command::Pause{});
    Sitting alone(std::make_shared<PlainScript>());
    play(alone);
    alone.step(again.latest()->iteration - kEnd);
    require_equal(*again.driver.state(), *alone.driver.state());
    require_place(again, places, 30);
}

TEST_CASE("What was seen at the place where a run was resumed is seen there again, where its past is on disk") {
    const auto script = std::make_shared<PlainScript>();
    {
        Sitting first(script);
        first.step(30);
    }
    WatchSet watch = watch_phases();
    watch.film = true;
    const auto sees_all = [&](Sitting& run) {
        run.arrive();
        while (run.driver.work()) {
        }
        const auto snapshot = run.latest();
        CHECK(snapshot->iteration == 30);
        CHECK(snapshot->seen.find({TensorKind::WeightGradient, LayerId{2}}));
        REQUIRE(snapshot->film);
        CHECK(snapshot->film->shows(snapshot->run_info->run, 30, watch));
    };
    {
        Sitting again(script, "1/last.pt");
        CHECK_FALSE(again.latest()->seen.find({TensorKind::WeightGradient, LayerId{2}}));
        again.apply(command::Watch{watch});
        sees_all(again);
    }
    Sitting again(script, "1/last.pt");
    again.step(2);
    again.go_to(28);
    again.apply(command::Watch{watch});
    again.go_to(30);
    sees_all(again);
}

TEST_CASE("A third session goes back through both before it") {
    const auto script = std::make_shared<PlainScript>();
    Places places;
    {
        Sitting first(script);
        places = play(first);
    }
    {
        Sitting second(script, "1/last.pt");
        second.apply(command::SetLearningRate{0.005});
        second.step(25);
        places[kEnd] = nullptr;
        places[kEnd + 25] = second.driver.state();
    }
    Sitting third(script, "1/last.pt");
    CHECK(third.latest()->iteration == kEnd + 25);
    for (const std::int64_t iteration : {45, 13, 52, 0}) require_place(third, places, iteration);
    require_place(third, places, kEnd + 25);
    CHECK(third.latest()->settings.learning_rate == 0.005);
}

TEST_CASE("A branch in a resumed run's past goes its own way, and has the past of what it left in the next session") {
    const auto script = std::make_shared<PlainScript>();
    Places places;
    {
        Sitting first(script);
        places = play(first);
    }
    Places branch;
    {
        Sitting second(script, "1/last.pt");
        require_place(second, places, 45);
        second.apply(command::SetLearningRate{0.5});
        for (std::int64_t i = 45; i <= 75; ++i) {
            branch[i] = second.driver.state();
            if (i < 75) second.step();
        }
    }
    {
        Sitting third(script, "2/last.pt");
        CHECK(third.latest()->iteration == 75);
        for (const std::int64_t iteration : {70, 46, 45}) require_place(third, branch, iteration);
        for (const std::int64_t iteration : {44, 0, 33}) require_place(third, places, iteration);
        third.apply(command::GoToLane{third.latest()->line.lanes->front().id});
        for (const std::int64_t iteration : {60, 50, 13}) require_place(third, places, iteration);
    }
    Sitting fourth(script, "1/last.pt");
    fourth.apply(command::GoToLane{fourth.latest()->line.lanes->back().id, 60});
    fourth.arrive();
    require_equal(*fourth.driver.state(), *branch.at(60));
}

TEST_CASE("States that a killed session has written beyond what it saved are no past") {
    const auto script = std::make_shared<PlainScript>();
    Places places;
    {
        Sitting first(script);
        places = play(first);
    }
    script->files["1/states/80"] = script->files.at("1/states/40");
    script->files["1/states/80"].progress.iteration = 80;
    {
        Sitting again(script, "1/last.pt");
        for (const std::int64_t iteration : {50, 59}) require_place(again, places, iteration);
    }
    CHECK(on_disk(*script, "1") == std::vector<std::int64_t>{0, 20, 40, 60});
}

TEST_CASE("What is missing or damaged of a past is gone past, and the run is where it was") {
    const auto script = std::make_shared<PlainScript>();
    Places places;
    {
        Sitting first(script);
        places = play(first);
    }
    script->files["1/states/40"].progress.iteration = 39;  // not what its name says
    {
        Sitting again(script, "1/last.pt");
        script->files.erase("1/states/0");
        require_place(again, places, 45);
        again.go_to(10);
        CHECK(again.latest()->iteration == 20);  // the earliest that can be gone to by now
        require_equal(*again.driver.state(), *places.at(20));
        require_place(again, places, kEnd);
    }
    script->changes["1"] = "nonsense";
    Sitting later(script, "1/last.pt");
    CHECK(later.latest()->line.kept->front() == kEnd);
    later.go_to(10);
    CHECK(later.latest()->iteration == kEnd);
}

TEST_CASE("Where training again comes out in other bits, what was saved counts, and that is said once") {
    const auto script = std::make_shared<PlainScript>();
    {
        Sitting first(script);
        play(first);
    }
    auto other = std::make_shared<TrainingState>(*script->files.at("1/states/40").training);
    const double weight = 0.75;
    other->weights[0].blob = blob_of<double>({}, {&weight, 1});
    script->files["1/states/40"].training = other;
    Sitting again(script, "1/last.pt");
    const auto saved = again.driver.state();
    std::vector<Event> events;
    for (int i = 0; i < 2; ++i) {
        again.go_to(50);
        again.apply(command::Step{10});
        while (again.driver.work()) {
        }
        require_equal(*again.driver.state(), *saved);
    }
    again.driver.publisher().drain_events(events);
    std::int64_t told = 0;
    for (const Event& event : events)
        if (const auto* notice = std::get_if<event::Notice>(&event)) told += notice->text.starts_with("Trained again");
    CHECK(told == 1);
}

TEST_CASE("A deleted lane's states are gone from the disk, and its run is not") {
    const auto script = std::make_shared<PlainScript>();
    {
        Sitting run(script);
        run.step(50);
        run.go_to(30);
        run.apply(command::SetLearningRate{0.5});
        run.step(30);
        run.apply(command::DeleteLane{run.latest()->line.lanes->front().id});
        run.go_to(10);  // what is kept in memory of what they have in common stays
        CHECK(run.latest()->iteration == 10);
    }
    CHECK(on_disk(*script, "1").empty());
    CHECK(script->files.at("1/last.pt").progress.iteration == 50);
    CHECK(script->files.at("2/last.pt").progress.iteration == 60);
}

TEST_CASE("Without a budget for it nothing of a past goes to disk") {
    const auto script = std::make_shared<PlainScript>();
    {
        Sitting run(script, {}, /*budget=*/0);
        run.step(50);
    }
    CHECK(on_disk(*script, "1").empty());
    CHECK(script->changes.empty());
}

TEST_CASE("States on disk stay within their budget, the first and the newest always, sparser the older they are") {
    DiskStates states(100 * 20);
    std::size_t removed = 0;
    const RunId lane{1};
    for (std::int64_t i = 0; i <= 1000; ++i)
        removed += states.keep(lane, {10 * i, "run/" + std::to_string(i), 100}, 50).size();
    CHECK(states.of(lane).size() == 20);
    CHECK(removed == 981);
    CHECK(states.bytes() == 2000);
    CHECK(states.of(lane).front().past.iteration == 0);
    CHECK(states.of(lane).back().past.iteration == 10000);
    std::vector<std::int64_t> gaps;
    for (std::size_t i = 1; i < 20; ++i)
        gaps.push_back(states.of(lane)[i].past.iteration - states.of(lane)[i - 1].past.iteration);
    CHECK(gaps.front() > 3 * gaps.back());
    CHECK(states.before(lane, 0)->iteration == 0);
    CHECK(states.before(lane, 10001)->iteration == 10000);
    CHECK(states.before(RunId{2}, 5) == nullptr);
}

TEST_CASE("What a branch has in common with another lane counts once, and is gone with that one's files") {
    DiskStates states(10'000);
    const RunId first{1}, second{2};
    for (std::int64_t i = 0; i < 5; ++i) states.keep(first, {10 * i, "1/" + std::to_string(i), 100}, 10);
    states.branch(first, second, 20);
    CHECK(states.of(second).size() == 2);  // at the branch itself something else is changed
    states.keep(second, {25, "2/25", 100}, 10);
    CHECK(states.bytes() == 600);
    states.forget(first);
    CHECK(states.of(second).size() == 1);
    CHECK(states.lose("2/25"));
    CHECK_FALSE(states.lose("2/25"));
    CHECK(states.bytes() == 0);
}

TEST_CASE("A run that was trained on without anybody who keeps its past has none before that") {
    const auto script = std::make_shared<PlainScript>();
    Places places;
    {
        Sitting first(script);
        places = play(first);
    }
    {
        Sitting without(script, "1/last.pt", /*budget=*/0);
        without.apply(command::SetLearningRate{0.25});
        without.step(3);
    }
    {
        Sitting again(script, "1/last.pt");
        CHECK(again.latest()->iteration == kEnd + 3);
        CHECK(again.latest()->line.kept->front() == kEnd + 3);
    }
    CHECK(on_disk(*script, "1").empty());
}

TEST_CASE("Whoever is killed between what was changed and the state that it leads to goes on from the one before") {
    const auto script = std::make_shared<PlainScript>();
    Places places;
    {
        Sitting first(script);
        places = play(first);
    }
    const auto saved = script->files.at("1/last.pt");
    {
        Sitting second(script, "1/last.pt");
        second.apply(command::SetLearningRate{0.25});
        second.step(3);
    }
    script->files["1/last.pt"] = saved;
    Sitting again(script, "1/last.pt");
    for (const std::int64_t iteration : {45, 13, 60}) require_place(again, places, iteration);
}

TEST_CASE("Text that says no changes is none") {
    TrainingState state;
    for (const char* text : {"", "nonsense\n", "{\"event\":\"weights\"}\n", "{}\n"})
        CHECK_FALSE(read_changes(text, state));
    CHECK_FALSE(read_changes(leads_to(state), state));
}

}  // namespace convscope
