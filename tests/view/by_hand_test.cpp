#include "viz/view/by_hand.h"

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_session.h"
#include "viz/view/kernel_patterns.h"

#include <cmath>
#include <numeric>

using namespace convscope;
using To = command::SetChannel::To;

namespace {

struct Shown {
    ManualClock clock;
    test::ScriptedSession session{{.paused = true}, clock};
    std::shared_ptr<const Snapshot> snapshot;

    Shown() {
        session.begin();
        snapshot = session.latest();
    }
    void apply(const std::vector<Command>& commands) {
        for (const Command& command : commands) session.post(command);
        session.apply();
        snapshot = session.latest();
    }
    void press(HandAction action, const Selection& selection) { apply(commands_of(action, *snapshot, selection)); }
    LayerId id(const char* name) const { return snapshot->run_info->network.find(name)->id; }
};

bool enabled(const Shown& shown, HandAction action, const Selection& selection) {
    return state_of(action, *shown.snapshot, selection).enabled;
}

}  // namespace

TEST_CASE("What can be done by hand depends on what is selected, and a second press undoes the first") {
    Shown shown;
    const Selection channel{.layer = shown.id("conv1"), .channel = 3};
    const Selection layer{.layer = shown.id("conv1")};
    const Selection map{.layer = shown.id("relu1"), .channel = 3};
    const Selection input{.layer = kInputLayer};
    for (const HandAction action : {HandAction::Silence, HandAction::HoldAtMean}) {
        CHECK(enabled(shown, action, channel));
        CHECK(enabled(shown, action, map));
        CHECK_FALSE(enabled(shown, action, layer));
        CHECK_FALSE(enabled(shown, action, input));
        CHECK_FALSE(enabled(shown, action, {.layer = shown.id("conv1"), .channel = 10}));
    }
    CHECK_FALSE(enabled(shown, HandAction::FreezeFilter, map));
    CHECK_FALSE(enabled(shown, HandAction::FreezeFilter, layer));
    for (const HandAction action :
         {HandAction::FreezeLayer, HandAction::TrainOnly, HandAction::Zeros, HandAction::FirstValues}) {
        CHECK(enabled(shown, action, layer));
        CHECK_FALSE(enabled(shown, action, map));
        CHECK(commands_of(action, *shown.snapshot, input).empty());
    }
    for (const HandAction action : {HandAction::Silence, HandAction::HoldAtMean, HandAction::FreezeFilter,
                                    HandAction::FreezeLayer, HandAction::TrainOnly}) {
        CAPTURE(static_cast<int>(action));
        CHECK_FALSE(state_of(action, *shown.snapshot, channel).on);
        shown.press(action, channel);
        CHECK(state_of(action, *shown.snapshot, channel).on);
        CHECK(shown.snapshot->restraints);
        shown.press(action, channel);
        CHECK_FALSE(state_of(action, *shown.snapshot, channel).on);
        CHECK_FALSE(shown.snapshot->restraints);
    }
}

TEST_CASE("Training a layer alone freezes all others, lets it learn, and is over when they all learn again") {
    Shown shown;
    const LayerId conv = shown.id("conv2");
    shown.apply({command::Freeze{{{conv, 1}, {shown.id("conv1"), 2}}, true}});
    shown.press(HandAction::TrainOnly, {.layer = conv});
    const std::vector<FrozenPart> frozen{
        {shown.id("conv1")}, {shown.id("conv1"), 2}, {shown.id("fc1")}, {shown.id("fc2")}};
    CHECK(shown.snapshot->restraints->frozen == frozen);
    shown.press(HandAction::TrainOnly, {.layer = conv});
    CHECK_FALSE(shown.snapshot->restraints);
}

TEST_CASE("What is held is said in a line each, and the line lets go of it") {
    Shown shown;
    shown.apply({command::SetChannel{shown.id("relu1"), 2}, command::SetChannel{shown.id("fc1"), 40, To::Value, 0.125},
                 command::Freeze{{{shown.id("conv2"), 7}, {shown.id("fc2")}, {shown.id("fc1"), 9}}, true}});
    const std::vector<HeldLine> lines = held_lines(*shown.snapshot);
    std::vector<std::string> texts;
    for (const HeldLine& line : lines) texts.push_back(line.text);
    CHECK(texts == std::vector<std::string>{"relu1 channel 2 silenced", "fc1 unit 40 held at 0.125",
                                            "conv2 filter 7 frozen", "fc1 unit 9 frozen", "fc2 frozen"});
    CHECK(lines[2].selection == Selection{.layer = shown.id("conv2"), .channel = 7});
    CHECK(held_word(*shown.snapshot, shown.id("relu1"), 2) == std::string("silenced by hand"));
    CHECK(held_word(*shown.snapshot, shown.id("fc1"), 40) == std::string("held by hand"));
    CHECK(held_word(*shown.snapshot, shown.id("fc2"), 3) == std::string("frozen by hand"));
    CHECK(held_word(*shown.snapshot, shown.id("fc1"), 3) == nullptr);
    for (const HeldLine& line : lines) shown.apply({line.let_go});
    CHECK(held_lines(*shown.snapshot).empty());
    CHECK_FALSE(shown.snapshot->restraints);
}

TEST_CASE("What is selected is called by its name") {
    const Shown shown;
    CHECK(selected_name(*shown.snapshot, {.layer = shown.id("conv1"), .channel = 3}) == "conv1, channel 3 of 10");
    CHECK(selected_name(*shown.snapshot, {.layer = shown.id("fc1"), .channel = 3}) == "fc1, unit 3 of 500");
    CHECK(selected_name(*shown.snapshot, {.layer = shown.id("pool1")}) == "pool1");
    CHECK(selected_name(*shown.snapshot, {.layer = kInputLayer}) == "The input");
}

TEST_CASE("Patterns are what they are called, as strong as is asked for, at every size") {
    for (const auto& [height, width] : {std::pair{3, 3}, {5, 5}, {2, 4}, {1, 1}, {7, 3}})
        for (int i = 0; i < kKernelPatternCount; ++i) {
            CAPTURE(height, width, i);
            const std::vector<float> values = kernel_pattern(static_cast<KernelPattern>(i), height, width, 0.75F, 3);
            REQUIRE(values.size() == static_cast<std::size_t>(height * width));
            CHECK(strength_of(values) == Approx(0.75F));
        }
    const auto sobel = kernel_pattern(KernelPattern::EdgesAcross, 3, 3, 1.0F);
    const auto down = kernel_pattern(KernelPattern::EdgesDown, 3, 3, 1.0F);
    for (int row = 0; row < 3; ++row) {
        CHECK(sobel[static_cast<std::size_t>(3 * row)] == -sobel[static_cast<std::size_t>(3 * row + 2)]);
        for (int column = 0; column < 3; ++column)
            CHECK(sobel[static_cast<std::size_t>(3 * row + column)] ==
                  down[static_cast<std::size_t>(3 * column + row)]);
    }
    CHECK(sobel[5] == 1.0F);  // dark at the left, light at the right
    CHECK(sobel[2] < sobel[5]);
    CHECK(std::accumulate(sobel.begin(), sobel.end(), 0.0F) == Approx(0.0F).margin(1e-6));  // flat ground says nothing
    const auto bell = kernel_pattern(KernelPattern::Gaussian, 5, 5, 2.0F);
    CHECK(bell[12] == 2.0F);
    CHECK(bell[0] == Approx(bell[24]));
    CHECK(kernel_pattern(KernelPattern::Noise, 5, 5, 1.0F, 1) == kernel_pattern(KernelPattern::Noise, 5, 5, 1.0F, 1));
    CHECK(kernel_pattern(KernelPattern::Noise, 5, 5, 1.0F, 1) != kernel_pattern(KernelPattern::Noise, 5, 5, 1.0F, 2));
    CHECK(strength_of(std::vector<float>{0.0F, 0.0F}) == 0.5F);
    CHECK(strength_of(std::vector<float>{-3.0F, NAN, 1.0F}) == 3.0F);
}
