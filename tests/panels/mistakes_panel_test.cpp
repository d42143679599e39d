// The gallery of mistakes, and of a cell of the confusion matrix; the quality of the answers.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_network.h"
#include "viz/app/workspaces.h"

#include <imgui.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using convscope::test::Stage;

namespace {

std::optional<HeldPicture> asked_picture(const Stage& stage) {
    std::optional<HeldPicture> last;
    for (const Command& command : stage.session.commands())
        if (const auto* probe = std::get_if<command::SetProbe>(&command)) last = std::get<HeldPicture>(probe->source);
    return last;
}

// Until pictures, and what is read of a sweep, are all there.
void wait_until_finished(Stage& stage) {
    stage.frames(4);  // the sweep is asked for
    for (int i = 0; i < 10'000 && stage.unfinished(); ++i) stage.frame();
    REQUIRE_FALSE(stage.unfinished());
}

void open(Stage& stage, std::int64_t iteration = 30) {
    stage.session.begin();
    stage.session.advance(iteration);
    wait_until_finished(stage);
}

// Of a cell, or with -1 of all mistakes: the surest first, as the scripted session says.
std::vector<std::int64_t> wanted(const CountedConfusion& sweep, int truth, int predicted) {
    std::vector<std::int64_t> pictures;
    for (std::int64_t i = 0; i < std::ssize(sweep.predicted); ++i) {
        const int own = test::scripted_label(i), taken = sweep.predicted[static_cast<std::size_t>(i)];
        if (truth < 0 ? own != taken : own == truth && taken == predicted) pictures.push_back(i);
    }
    const auto confidence = [&](std::int64_t picture) {
        return sweep.probabilities_of(picture)[sweep.predicted[static_cast<std::size_t>(picture)]];
    };
    std::stable_sort(pictures.begin(), pictures.end(), [&](auto a, auto b) { return confidence(a) > confidence(b); });
    return pictures;
}

std::int64_t click_first_card(Stage& stage) {
    stage.click("mistakes.pictures", 0.02F, 0.03F);
    REQUIRE(asked_picture(stage));
    CHECK(asked_picture(stage)->split == Split::Test);
    return asked_picture(stage)->index;
}

// Of work by this thread, whatever else the machine does.
double thread_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::int64_t cards_drawn(const Stage& stage) {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < 10'000; ++i) count += stage.shows("mistakes.picture/" + std::to_string(i)) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("all mistakes are there, the surest first, and a click on one makes it the probe") {
    Stage stage("mistakes", 800, 600, {.paused = true});
    open(stage);
    CHECK(stage.watched().test_confusion);
    CHECK(stage.watched().test_probabilities);
    const auto mistakes = wanted(*stage.snapshot()->test_confusion, -1, -1);
    REQUIRE(mistakes.size() > 100);
    CHECK(click_first_card(stage) == mistakes.front());
    stage.click("mistakes.picture/" + std::to_string(mistakes[7]));
    CHECK(asked_picture(stage)->index == mistakes[7]);
    stage.click("mistakes.order/1");
    wait_until_finished(stage);
    CHECK(click_first_card(stage) != mistakes.front());
}

TEST_CASE("the selected cell of the confusion matrix shows exactly its pictures, and M walks through them") {
    Stage stage("mistakes", 800, 600, {.paused = true});
    open(stage);
    stage.selection.true_class = 4;
    stage.selection.predicted_class = 9;
    wait_until_finished(stage);
    const auto in_cell = wanted(*stage.snapshot()->test_confusion, 4, 9);
    REQUIRE(in_cell.size() > 3);
    stage.click("mistakes.size/0");
    stage.frames(3);
    for (const std::int64_t picture : in_cell) CHECK(stage.shows("mistakes.picture/" + std::to_string(picture)));
    CHECK(cards_drawn(stage) == std::ssize(in_cell));
    CHECK(click_first_card(stage) == in_cell.front());

    auto by_index = in_cell;
    std::sort(by_index.begin(), by_index.end());
    const auto at = std::find(by_index.begin(), by_index.end(), in_cell.front());
    stage.send(ui::MoveMistake{1});
    CHECK(asked_picture(stage)->index == (at + 1 == by_index.end() ? by_index.front() : *(at + 1)));
    stage.frames(2);
    stage.click("mistakes.scope/0");  // all mistakes again
    CHECK(stage.selection.true_class == -1);
    wait_until_finished(stage);
    CHECK_FALSE(stage.shows("mistakes.scope"));
    CHECK(click_first_card(stage) == wanted(*stage.snapshot()->test_confusion, -1, -1).front());
}

TEST_CASE("what came and what left since the sweep before can be seen alone") {
    Stage stage("mistakes", 800, 600, {.paused = true});
    open(stage);
    const auto before = wanted(*stage.snapshot()->test_confusion, -1, -1);
    stage.session.advance(320);  // and better by then
    wait_until_finished(stage);
    const auto now = wanted(*stage.snapshot()->test_confusion, -1, -1);
    std::vector<std::int64_t> left, entered;
    for (const std::int64_t picture : before)
        if (std::find(now.begin(), now.end(), picture) == now.end()) left.push_back(picture);
    for (const std::int64_t picture : now)
        if (std::find(before.begin(), before.end(), picture) == before.end()) entered.push_back(picture);
    REQUIRE(left.size() > 10);
    stage.click("mistakes.part/2");
    wait_until_finished(stage);
    const std::int64_t gone = click_first_card(stage);
    CHECK(std::find(left.begin(), left.end(), gone) != left.end());
    stage.click("mistakes.part/1");
    wait_until_finished(stage);
    CHECK(cards_drawn(stage) == std::ssize(entered));
}

TEST_CASE(
    "of a cell of a thousand digits a frame draws what is in view, reads for some milliseconds, and allocates no "
    "more") {
    Stage stage("mistakes", 800, 600, {.paused = true});
    open(stage, 900);
    stage.selection.true_class = stage.selection.predicted_class = 1;
    stage.frames(2);
    const std::size_t size = wanted(*stage.snapshot()->test_confusion, 1, 1).size();
    CHECK(size > 850);
    wait_until_finished(stage);
    const std::int64_t drawn = cards_drawn(stage);
    CHECK(drawn > 20);
    CHECK(drawn < 120);
    stage.frames(3);
    CHECK(stage.allocations() == 0);
    stage.point("mistakes.pictures");
    for (int i = 0; i < 20; ++i) {  // as far down as it goes, wherever one stops
        stage.wheel(-40.0F);
        CHECK(cards_drawn(stage) <= drawn + 20);
    }
    wait_until_finished(stage);
    const auto all = wanted(*stage.snapshot()->test_confusion, 1, 1);
    CHECK(stage.shows("mistakes.picture/" + std::to_string(all.back())));
    CHECK_FALSE(stage.shows("mistakes.picture/" + std::to_string(all.front())));
}

TEST_CASE("a double click on a cell of the confusion matrix opens its pictures, wherever they are seen") {
    Stage stage("confusion", 400, 420, {.paused = true});
    stage.session.begin();
    stage.session.advance(30);
    stage.frames(4);
    stage.settings.workspace = 0;
    stage.click("confusion.cells", 0.45F, 0.65F);
    CHECK(stage.settings.workspace == 0);
    stage.click("confusion.cells", 0.45F, 0.65F);
    CHECK(stage.selection.true_class == 6);
    CHECK(stage.selection.predicted_class == 4);
    CHECK(workspaces()[static_cast<std::size_t>(stage.settings.workspace)].id == "mistakes");
}

TEST_CASE("each class's quality is read, and a click on a row points out its curves") {
    Stage stage("quality", 520, 420, {.paused = true});
    open(stage);
    for (int c = 0; c < 10; ++c) CHECK(stage.shows("quality.class/" + std::to_string(c)));
    CHECK(stage.shows("quality.mean"));
    stage.click("quality.class/4");
    for (int view = 1; view < 4; ++view) {
        stage.click("quality.view/" + std::to_string(view));
        stage.frames(2);
        CHECK(stage.shows("quality.plot"));
        CHECK(stage.shows("quality.words"));
        stage.point("quality.plot", 0.5F, 0.5F);
        stage.frames(20);
        CHECK(stage.allocations() == 0);
    }
}

TEST_CASE("how long a frame takes when a cell of a thousand digits is opened, and scrolled", "[.times]") {
    Stage stage(test::ScriptedOptions{.paused = true}, 1280, 800);
    std::unique_ptr<Panel> panel;
    for (const PanelKind& kind : panel_kinds())
        if (auto candidate = kind.make(); candidate->id() == "mistakes") panel = std::move(candidate);
    std::vector<double> milliseconds;
    stage.show([&](FrameContext& context) {
        ImGui::SetNextWindowPos({0.0F, 0.0F});
        ImGui::SetNextWindowSize({1280.0F, 800.0F});
        ImGui::Begin("panel", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoNav);
        const double begin = thread_seconds();
        panel->draw(context);
        milliseconds.push_back(1000.0 * (thread_seconds() - begin));
        ImGui::End();
    });
    open(stage, 900);
    const auto tell = [&](const char* what) {
        std::sort(milliseconds.begin(), milliseconds.end());
        std::printf("%s: %zu frames, median %.2f ms, longest %.2f ms\n", what, milliseconds.size(),
                    milliseconds[milliseconds.size() / 2], milliseconds.back());
        milliseconds.clear();
    };
    milliseconds.clear();
    for (int cell = 0; cell < 10; ++cell) {
        stage.selection.true_class = stage.selection.predicted_class = cell;
        stage.frames(12);
    }
    tell("a cell of 1,000 digits is opened");
    stage.point(600.0F, 600.0F);
    for (int i = 0; i < 100; ++i) stage.wheel(i % 20 < 10 ? -5.0F : 5.0F);
    tell("it is scrolled");
}
