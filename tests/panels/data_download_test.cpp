// The line of public data sets in the data browser, on a fetcher that does nothing by itself.
#include "viz/panels/data_download.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"

#include <optional>
#include <variant>

using namespace convscope;
using convscope::test::Stage;

namespace {

class ScriptedFetcher final : public DataFetcher {
public:
    ScriptedFetcher() {
        sets_.push_back({"mnist", "MNIST", "somebody; some licence", 11'594'722, 1, 28, 28});
        sets_.push_back({"cifar10", "CIFAR-10", "somebody else", 170'052'171, 3, 32, 32});
        now.folders.resize(2);
        tell();
    }
    std::span<const FetchableSet> sets() const override { return sets_; }
    void start(std::size_t set) override { started.push_back(set); }
    void cancel() override { ++cancelled; }
    std::shared_ptr<const FetchStatus> status() override { return status_; }
    void tell() { status_ = std::make_shared<const FetchStatus>(now); }

    FetchStatus now;
    std::vector<std::size_t> started;
    int cancelled = 0;

private:
    std::vector<FetchableSet> sets_;
    std::shared_ptr<const FetchStatus> status_;
};

struct Scene {
    ScriptedFetcher fetcher;
    Stage stage{"data", 800, 600, {.paused = true}};
    Scene() {
        stage.fetcher = &fetcher;
        stage.session.begin();
        settle();
    }
    void settle() {
        stage.frames(3);
        for (int i = 0; i < 10'000 && stage.unfinished(); ++i) stage.frame();
    }
    void tell() {
        fetcher.tell();
        settle();
    }
    std::vector<command::Reset> resets() const {
        std::vector<command::Reset> all;
        for (const Command& command : stage.session.commands())
            if (const auto* reset = std::get_if<command::Reset>(&command)) all.push_back(*reset);
        return all;
    }
};

Recipe recipe(const char* name, std::int64_t channels, std::int64_t side) {
    Recipe made;
    made.name = name;
    made.input_channels = channels;
    made.input_height = made.input_width = side;
    made.class_count = 10;
    return made;
}

}  // namespace

TEST_CASE("a press of the button fetches the set that is chosen, and shows what it would be") {
    Scene scene;
    scene.stage.click("data.download.start");
    CHECK(scene.fetcher.started == std::vector<std::size_t>{0});
    scene.stage.click("data.download.set");
    scene.stage.click("data.download.set/1");
    scene.stage.click("data.download.start");
    CHECK(scene.fetcher.started == std::vector<std::size_t>{0, 1});
}

TEST_CASE("while a set is fetched there is a bar that grows, and a button that cancels") {
    Scene scene;
    scene.fetcher.now.state = FetchStatus::State::Fetching;
    scene.fetcher.now.total_bytes = 11'594'722;
    scene.fetcher.now.bytes = 2'000'000;
    scene.tell();
    const auto little = scene.stage.frame().pixels;
    scene.fetcher.now.bytes = 9'000'000;
    scene.tell();
    CHECK(scene.stage.frame().pixels != little);
    CHECK_FALSE(scene.stage.unfinished());  // it asks for no frames of its own: news of the download do
    CHECK_FALSE(scene.stage.shows("data.download.start"));
    scene.stage.click("data.download.cancel");
    CHECK(scene.fetcher.cancelled == 1);
}

TEST_CASE("a download that failed says why and can be tried again") {
    Scene scene;
    const auto before = scene.stage.frame().pixels;
    scene.fetcher.now.state = FetchStatus::State::Failed;
    scene.fetcher.now.sentence = "cannot download a: the server says 404";
    scene.tell();
    CHECK(scene.stage.frame().pixels != before);
    scene.stage.click("data.download.start");
    CHECK(scene.fetcher.started == std::vector<std::size_t>{0});
}

TEST_CASE("a set that is there is learned from with a click, with the run's seed and its own recipe if that fits") {
    Scene scene;
    scene.fetcher.now.folders[0] = "/home/somebody/mnist";
    scene.tell();
    scene.stage.click("data.download.learn");
    CHECK(scene.fetcher.started.empty());
    REQUIRE(scene.resets().size() == 1);
    CHECK(scene.resets()[0].data == "mnist");
    CHECK(scene.resets()[0].seed == scene.stage.session.latest()->run_info->seed);
    CHECK_FALSE(scene.resets()[0].recipe.has_value());
}

TEST_CASE("a set whose pictures the run's recipe does not take is learned from with one that does, or not at all") {
    Scene scene;
    scene.fetcher.now.folders[1] = "/home/somebody/cifar10";
    scene.tell();
    scene.stage.click("data.download.set");
    scene.stage.click("data.download.set/1");
    scene.stage.click("data.download.learn");
    CHECK(scene.resets().empty());
    scene.stage.recipes = {recipe("grey", 1, 28), recipe("colour", 3, 32), recipe("another", 3, 32)};
    scene.settle();
    scene.stage.click("data.download.learn");
    REQUIRE(scene.resets().size() == 1);
    CHECK(scene.resets()[0].data == "cifar10");
    CHECK(scene.resets()[0].recipe->name == "colour");
}

TEST_CASE("a recipe fits a set by the size of its pictures and the number of classes") {
    const FetchableSet set{"mnist", "MNIST", "", 0, 1, 28, 28};
    const std::vector<Recipe> offered{recipe("larger", 1, 32), recipe("coloured", 3, 28), recipe("right", 1, 28)};
    const Recipe own = recipe("own", 1, 28);
    CHECK(recipe_for(set, own, offered) == &own);
    CHECK(recipe_for(set, offered[0], offered) == &offered[2]);
    Recipe letters = own;
    letters.class_count = 26;
    CHECK(recipe_for(set, letters, offered) == &offered[2]);
    CHECK(recipe_for(set, letters, {}) == nullptr);
}

TEST_CASE("in steady state the line of public sets allocates nothing, whatever it shows") {
    Scene scene;
    using State = FetchStatus::State;
    for (const State state : {State::Idle, State::Fetching, State::Unpacking, State::Failed, State::Cancelled}) {
        scene.fetcher.now.state = state;
        scene.fetcher.now.sentence = "something went wrong";
        scene.tell();
        CHECK(scene.stage.allocations() == 0);
    }
    scene.fetcher.now.folders[0] = "/home/somebody/mnist";
    scene.tell();
    CHECK(scene.stage.allocations() == 0);
}
