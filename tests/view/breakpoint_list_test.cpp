// What the page of breakpoints makes of what is typed and clicked.
#include "viz/view/breakpoint_list.h"

#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"

using namespace convscope;
using test::ScriptedSession;

namespace {

std::shared_ptr<const RunInfo> some_run_info() {
    ScriptedSession session;
    session.begin();
    return session.latest()->run_info;
}

std::string refusal_of(const std::vector<Breakpoint>& list, std::string_view typed, const RunInfo* run) {
    const auto added = with_added(list, typed, run);
    return added ? std::string() : added.error().message;
}

}  // namespace

TEST_CASE("every kind has an example that this run can come to, of the selected layer where that has weights") {
    const auto run = some_run_info();
    Selection selection;
    for (const BreakpointKindRow& row : breakpoint_kinds()) {
        CAPTURE(row.example);
        CHECK(refusal_of({}, example_of(row.kind, run.get(), selection), run.get()).empty());
        CHECK(example_of(row.kind, nullptr, selection) == row.example);
    }
    int with_weights = 0;
    for (const LayerDescription& layer : run->network.layers) {
        selection.select_layer(layer.id);
        const std::string example = example_of(BreakpointKind::GradientNorm, run.get(), selection);
        if (!layer.has_weight()) continue;
        CHECK_THAT(example, contains_text("(" + layer.spec.name + ")"));
        ++with_weights;
    }
    CHECK(with_weights > 1);

    RunInfo of_words = *run;
    of_words.data.class_names = {"cat", "dog"};
    CHECK(example_of(BreakpointKind::FirstPrediction, &of_words, selection) == "first prediction of dog");
}

TEST_CASE("what is typed is added at the end, and refused where it is wrong, not of this run, or there already") {
    const auto run = some_run_info();
    const std::vector<Breakpoint> list = usual_breakpoints();
    const auto added = with_added(list, " loss < 0.5 ", run.get());
    REQUIRE(added.ok());
    REQUIRE(added.value().size() == 2);
    CHECK(to_string(added.value()[1]) == "loss < 0.5");
    CHECK_THAT(refusal_of(list, "loss = 1", run.get()), contains_text("not '= 1'"));
    CHECK_THAT(refusal_of(list, "gradient_norm(nowhere) > 1", run.get()), contains_text("does not have"));
    CHECK(refusal_of(list, "gradient_norm(nowhere) > 1", nullptr).empty());
    CHECK(refusal_of(added.value(), "loss < 0.50", run.get()) == "'loss < 0.5' is in the list already");
    CHECK_THAT(refusal_of(with_switched(added.value(), 1, false), "loss < 0.5", run.get()),
               contains_text("is in the list already"));
}

TEST_CASE("one of the list is switched and taken away, and the others stay") {
    const std::vector<Breakpoint> list{{.kind = BreakpointKind::EpochEnds},
                                       {.kind = BreakpointKind::UnitDies},
                                       {.kind = BreakpointKind::LossIsNoNumber}};
    const auto off = with_switched(list, 1, false);
    CHECK(to_string(off[1]) == "unit dies (off)");
    CHECK(with_switched(off, 1, true) == list);
    CHECK(without(list, 0) == std::vector<Breakpoint>{list[1], list[2]});
    CHECK(without(list, 9) == list);
    CHECK(with_switched(list, 9, false) == list);
}
