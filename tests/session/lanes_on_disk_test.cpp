// The lanes of a run from one session to the next: they are there again, and what is trained on in any of them is to
// the bit what would have been trained had the program never ended.
#include "tests/session/driven_run.h"
#include "tests/session/saved_runs.h"
#include "tests/support/equal_states.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace convscope {
namespace {

Recipe recipe_of_lanes() {
    Recipe recipe = plain_recipe();
    recipe.epochs = 20;
    return recipe;
}

// One program after the other, each with a disk that has what those before have left. `script` outlives them.
struct Program : DrivenRun {
    explicit Program(const std::shared_ptr<PlainScript>& disk, const std::string& resume = {},
                     const std::string& out = {})
        : DrivenRun(options(*disk, resume, out.empty() ? resume : out), disk) {
        script->train_count = 100;
        script->test_count = 20;
        begin();
    }
    ~Program() { driver.end(); }

    static SessionOptions options(PlainScript& script, const std::string& resume, const std::string& out) {
        SessionOptions options{.recipe = recipe_of_lanes(), .paused = true, .resume = resume};
        options.save_to = [&script, first = out](const Recipe&) mutable -> std::filesystem::path {
            if (!first.empty()) return std::exchange(first, "");
            for (int i = 1;; ++i) {
                const std::string file = "runs/" + std::to_string(i) + "/last.pt";
                if (std::lock_guard lock(script.files_mutex); script.files.emplace(file, RunState{}).second)
                    return file;
            }
        };
        return options;
    }

    std::vector<RunLane> lanes() {
        const auto lanes = latest()->line.lanes;
        return lanes ? *lanes : std::vector<RunLane>();
    }
    RunLane present() {
        for (const RunLane& lane : lanes())
            if (lane.id == latest()->line.lane) return lane;
        FAIL("the present lane is not there");
        return {};
    }
    // Back there, with another rate, and so many iterations from there.
    RunId branch(std::int64_t from, double rate, std::int64_t iterations) {
        go_to(from);
        apply(command::SetLearningRate{rate});
        step(iterations);
        return latest()->line.lane;
    }
    std::vector<std::string> notices() {
        std::vector<Event> events;
        driver.publisher().drain_events(events);
        std::vector<std::string> told;
        for (const Event& event : events)
            if (const auto* notice = std::get_if<event::Notice>(&event)) told.push_back(notice->text);
        return told;
    }
};

// Of three lanes: 1 to iteration 40, 2 from 25 on with another rate, 3 from 30 of that; as it was named.
void train_three_lanes(const std::shared_ptr<PlainScript>& script) {
    Program first(script);
    first.step(40);
    const RunId second = first.branch(25, 0.5, 10);
    first.branch(30, 0.25, 4);
    first.apply(command::NameLane{second, "fast"});
}

// Of each lane: its name, what began it, after which one of them it left which other one.
std::vector<std::string> stories(const std::vector<RunLane>& lanes) {
    std::vector<std::string> all;
    for (const RunLane& lane : lanes) {
        const auto parent =
            std::find_if(lanes.begin(), lanes.end(), [&](const RunLane& one) { return one.id == lane.parent; });
        std::string story = lane.name + ": " + lane.begun_by;
        if (parent != lanes.end())
            story += ", left " + std::to_string(parent - lanes.begin()) + " at " + std::to_string(lane.from);
        all.push_back(std::move(story));
    }
    return all;
}

std::vector<std::string> three_stories() {
    return {": ", "fast: learning rate 0.01 -> 0.5, left 0 at 25", ": learning rate 0.5 -> 0.25, left 1 at 30"};
}

void require_same_state(DrivenRun& a, DrivenRun& b) {
    REQUIRE(a.latest()->iteration == b.latest()->iteration);
    require_equal(*a.driver.state(), *b.driver.state());
}

}  // namespace

TEST_CASE("Whichever lane is resumed, all of them are there again, with their stories and their curves") {
    for (const std::size_t resumed : {0U, 1U, 2U}) {
        const auto script = std::make_shared<PlainScript>();
        train_three_lanes(script);
        Program again(script, "runs/" + std::to_string(resumed + 1) + "/last.pt");
        CHECK(stories(again.lanes()) == three_stories());
        CHECK(again.lanes()[resumed].id == again.latest()->line.lane);
        const std::int64_t furthest[] = {40, 35, 34};
        for (std::size_t i = 0; i < 3; ++i) {
            const RunLane lane = again.lanes()[i];
            if (i == resumed) {
                CHECK(again.latest()->iteration == furthest[i]);
                CHECK_FALSE(lane.history);
                continue;
            }
            CHECK(lane.furthest == furthest[i]);
            REQUIRE(lane.history);
            CHECK(lane.history->iterations() == furthest[i]);
        }
        CHECK(again.notices().empty());
    }
}

TEST_CASE("Places with names are saved with their lane, and a branch has those of its past") {
    const auto script = std::make_shared<PlainScript>();
    using Places = std::vector<NamedPlace>;
    {
        Program first(script);
        first.step(40);
        CHECK_FALSE(first.latest()->line.lanes);
        first.apply(command::NamePlace{30, "turns"});
        first.apply(command::NamePlace{12, "wobbles"});
        first.apply(command::NamePlace{12, "first seven"});
        CHECK(first.present().places == Places{{12, "first seven"}, {30, "turns"}});
        first.apply(command::NamePlace{41, "not yet"});
        first.apply(command::NamePlace{-1, "never"});
        CHECK(first.notices() == std::vector<std::string>{"Iteration 41 cannot be named: the run goes to 40",
                                                          "Iteration -1 cannot be named: the run goes to 40"});
        first.branch(25, 0.5, 10);
        CHECK(first.present().places == Places{{12, "first seven"}});
        first.apply(command::NamePlace{12, ""});
        first.apply(command::NamePlace{33, "bolder"});
        CHECK(first.lanes().front().places == Places{{12, "first seven"}, {30, "turns"}});
    }
    Program again(script, "runs/1/last.pt");
    CHECK(again.present().places == Places{{12, "first seven"}, {30, "turns"}});
    CHECK(again.lanes().back().places == Places{{33, "bolder"}});
}

TEST_CASE("A lane has so many named places and no more, and one that was lost with its iterations has none") {
    const auto script = std::make_shared<PlainScript>();
    {
        Program first(script);
        first.step(80);
        for (std::int64_t i = 0; i <= 64; ++i) first.apply(command::NamePlace{i, "here"});
        CHECK(first.present().places.size() == 64);
        CHECK(first.notices().size() == 1);
        first.apply(command::NamePlace{7, "renamed"});
        CHECK(first.present().places[7].name == "renamed");
    }
    RunState& saved = script->files.at("runs/1/last.pt");
    saved.progress.iteration = 20;  // as whoever was killed leaves it
    auto training = std::make_shared<TrainingState>(*saved.training);
    training->iteration = 20;
    saved.training = training;
    Program again(script, "runs/1/last.pt");
    CHECK(again.present().places.back().iteration == 20);
}

TEST_CASE("A lane of an earlier session is returned to and trained on to the bits of one that was never left") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    DrivenRun alone({.recipe = recipe_of_lanes(), .paused = true});  // the second lane, in which nobody goes anywhere
    alone.script->train_count = 100;
    alone.script->test_count = 20;
    alone.begin();
    alone.step(25);
    alone.apply(command::SetLearningRate{0.5});
    alone.step(10);

    Program again(script, "runs/3/last.pt");
    const RunId third = again.latest()->line.lane;
    again.apply(command::GoToLane{again.lanes()[1].id});
    CHECK(again.latest()->state == SessionState::Paused);
    CHECK(again.latest()->run_info->checkpoint == "runs/2/last.pt");
    CHECK(again.started.back().history->iterations() == 35);
    require_same_state(again, alone);
    again.step(17);
    alone.step(17);
    require_same_state(again, alone);
    again.go_to(40);  // what was trained here is known
    again.apply(command::GoToLane{third});
    again.step(1);
    again.apply(command::GoToLane{again.lanes()[1].id});
    require_same_state(again, alone);
    again.apply(command::GoToLane{third});
    CHECK(again.latest()->iteration == 35);

    Program later(script, "runs/2/last.pt");
    require_same_state(later, alone);
    CHECK(stories(later.lanes()) == three_stories());
}

TEST_CASE("A branch that begins in a resumed run is a lane of all of them") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    {
        Program again(script, "runs/2/last.pt");
        again.step(10);
        again.branch(40, 0.125, 2);
    }
    std::vector<std::string> stories_then = three_stories();
    stories_then.push_back(": learning rate 0.5 -> 0.125, left 1 at 40");
    Program later(script, "runs/1/last.pt");
    CHECK(stories(later.lanes()) == stories_then);
    CHECK(later.lanes()[3].furthest == 42);
}

TEST_CASE("A branch is a lane of the next session from its beginning on, before anything was trained in it") {
    const auto script = std::make_shared<PlainScript>();
    std::map<std::string, RunState> disk;
    std::map<std::string, RunFamily> families;
    {
        Program first(script);
        first.step(20);
        first.branch(12, 0.5, 0);
        first.driver.flush();
        std::lock_guard lock(script->files_mutex);
        disk = script->files;  // as whoever is killed now leaves them
        families = script->families;
    }
    script->files = disk;
    script->families = families;
    Program again(script, "runs/1/last.pt");
    REQUIRE(again.lanes().size() == 2);
    CHECK(again.lanes()[1].from == 12);
    CHECK(again.lanes()[1].furthest == 12);
    again.apply(command::GoToLane{again.lanes()[1].id});
    CHECK(again.latest()->iteration == 12);
    CHECK(again.latest()->settings.learning_rate == 0.5);
}

TEST_CASE("A branch that was killed before it was saved begins where it branched") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    script->files.erase("runs/2/last.pt");
    Program again(script, "runs/1/last.pt");
    REQUIRE(again.lanes().size() == 3);
    CHECK(again.lanes()[1].furthest == 25);
    again.apply(command::GoToLane{again.lanes()[1].id});
    CHECK(again.latest()->iteration == 25);
    CHECK(again.latest()->run_info->checkpoint == "runs/2/last.pt");
    again.step(1);
    again.apply(command::GoToLane{again.lanes()[0].id});
    again.driver.end();
    CHECK(file(*script, "runs/2/last.pt")->progress.iteration == 26);
}

TEST_CASE("Lanes whose folders are gone, or another run's now, are said once and are no lanes any more") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    script->families.erase("runs/2");
    {
        Program again(script, "runs/1/last.pt");
        REQUIRE(again.lanes().size() == 2);
        CHECK(again.lanes()[1].begun_by == "learning rate 0.5 -> 0.25");
        CHECK(again.lanes()[1].parent == again.lanes()[0].id);  // which it has most in common with
        CHECK(again.lanes()[1].from == 25);
        const std::vector<std::string> told = again.notices();
        REQUIRE(told.size() == 1);
        CHECK(told[0].starts_with("A lane of this run is not there any more: runs/2: "));
    }
    Program later(script, "runs/1/last.pt");
    CHECK(later.lanes().size() == 2);
    CHECK(later.notices().empty());
    script->families["runs/3"].id = "of others";
    Program latest(script, "runs/1/last.pt");
    CHECK(latest.latest()->line.lanes == nullptr);
    CHECK(latest.notices().size() == 1);
    CHECK(script->families["runs/3"].id == "of others");
}

TEST_CASE("A lane that cannot be read now is none in this session, and may be one in the next") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    SessionOptions options = Program::options(*script, "runs/1/last.pt", "runs/1/last.pt");
    options.folders.adopt = [](const std::filesystem::path& folder) -> Result<AdoptedFolder> {
        if (folder == "runs/3") return Error{ErrorCode::InvalidArgument, "runs/3: process 4711 writes to it"};
        return AdoptedFolder{folder, nullptr};
    };
    {
        DrivenRun again(options, script);
        again.begin();
        CHECK(again.latest()->line.lanes->size() == 2);
        again.driver.end();
    }
    Program later(script, "runs/1/last.pt");
    CHECK(later.lanes().size() == 3);
}

TEST_CASE("A deleted lane is none in the next session, until its own file is resumed") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    {
        Program again(script, "runs/1/last.pt");
        again.apply(command::DeleteLane{again.lanes()[2].id});
        CHECK(again.lanes().size() == 2);
    }
    {
        Program later(script, "runs/2/last.pt");
        CHECK(later.lanes().size() == 2);
        CHECK(later.notices().empty());
    }
    {
        Program deleted(script, "runs/3/last.pt");
        CHECK(stories(deleted.lanes()) == three_stories());
        deleted.apply(command::NameLane{deleted.latest()->line.lane, "back"});
    }
    Program latest(script, "runs/1/last.pt");
    CHECK(latest.lanes().size() == 3);
}

TEST_CASE("A run that goes on from a lane's file in another folder is another lane") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    {
        Program elsewhere(script, "runs/2/last.pt", "runs/9/last.pt");
        elsewhere.step(5);
        const RunLane present = elsewhere.present();
        CHECK(present.parent == elsewhere.lanes()[1].id);
        CHECK(present.from == 35);
        CHECK(present.begun_by == "resumed from last.pt");
        elsewhere.apply(command::GoToLane{elsewhere.lanes()[1].id});
        CHECK(elsewhere.latest()->iteration == 35);
    }
    Program later(script, "runs/1/last.pt");
    CHECK(later.lanes().size() == 4);
    CHECK(later.lanes()[3].furthest == 40);
}

TEST_CASE("A run that is set aside and brought back has its lanes again, and what it has become counts") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    Program again(script, "runs/3/last.pt");
    again.step(2);
    again.apply(command::Reset{.seed = 5});
    CHECK(again.lanes().empty());
    again.step(3);
    again.apply(command::BringBack{});
    CHECK(again.latest()->iteration == 36);
    CHECK(stories(again.lanes()) == three_stories());
}

TEST_CASE("A run without branches has no list of lanes beside it, unless it has a name") {
    const auto script = std::make_shared<PlainScript>();
    {
        Program first(script);
        first.step(5);
        first.go_to(2);
        first.step(8);
    }
    CHECK(script->families.empty());
    {
        Program again(script, "runs/1/last.pt");
        again.apply(command::NameLane{again.latest()->line.lane, "the only one"});
    }
    Program later(script, "runs/1/last.pt");
    CHECK(later.present().name == "the only one");
}

TEST_CASE("A list that does not name the folder that it is in is none") {
    const auto script = std::make_shared<PlainScript>();
    train_three_lanes(script);
    script->families["runs/1"].lanes.erase(script->families["runs/1"].lanes.begin());
    Program again(script, "runs/1/last.pt");
    CHECK(again.latest()->iteration == 40);
    CHECK_FALSE(again.latest()->line.lanes);
}

}  // namespace convscope
