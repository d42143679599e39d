#include "viz/view/metric_history.h"

#include "tests/support/catch.h"

#include <cmath>
#include <string>

using namespace convscope;

namespace {

IterationMetrics scalar(std::uint64_t run, std::int64_t iteration, float loss) {
    IterationMetrics metrics;
    metrics.run = RunId{run};
    metrics.iteration = iteration;
    metrics.loss = loss;
    metrics.accuracy = 1.0F - loss;
    return metrics;
}

Event run_started(std::uint64_t run) {
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{run};
    return event::RunStarted{info};
}

}  // namespace

TEST_CASE("a new run empties the history, whichever word of it arrives first") {
    const bool event_first = GENERATE(true, false);
    MetricHistory history;
    history.add(run_started(1));
    history.add(scalar(1, 1, 0.5F));
    history.add(Event(event::Changed{RunId{1}, 1, "learning rate 0.1 -> 0.2"}));
    REQUIRE(history.marks().size() == 1);
    if (event_first) {
        history.add(run_started(2));
        history.add(scalar(2, 1, 0.25F));
    } else {
        history.add(scalar(2, 1, 0.25F));
        history.add(run_started(2));
    }
    CHECK(history.marks().empty());
    REQUIRE(history.loss().size() == 1);
    CHECK(history.loss().at(1) == 0.25F);
    REQUIRE(history.run_info());
    CHECK(history.run_info()->run == RunId{2});
}

TEST_CASE("what belongs to a run that is over is dropped") {
    MetricHistory history;
    history.add(run_started(2));
    history.add(scalar(2, 1, 0.25F));
    history.add(scalar(1, 900, 3.0F));
    EvaluationMetrics old;
    old.run = RunId{1};
    history.add(Event(event::Evaluated{old}));
    CHECK(history.loss().size() == 1);
    CHECK(history.evaluations().empty());
}

TEST_CASE("iterations that never came are gaps, and counted") {
    MetricHistory history;
    history.add(scalar(1, 1, 0.25F));
    CHECK(history.missing() == 0);
    history.add(scalar(1, 4, 0.5F));
    history.add(scalar(1, 5, 0.5F));
    CHECK(history.missing() == 2);
    REQUIRE(history.loss().size() == 5);
    CHECK(std::isnan(history.loss().at(3)));
    CHECK(history.loss().at(4) == 0.5F);
    CHECK(history.accuracy().at(4) == 0.5F);
    history.add(run_started(2));
    CHECK(history.missing() == 0);
}

TEST_CASE("a resumed run's history comes with its beginning, and goes on where that ends") {
    auto behind = std::make_shared<RunHistory>();
    for (std::int64_t i = 1; i <= 20'000; ++i) behind->add(scalar(1, i, static_cast<float>(i)));
    behind->evaluations.push_back({.iteration = 938, .epoch = 1});
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{3};
    MetricHistory history;
    history.add(scalar(2, 7, 0.5F));
    history.add(Event(event::RunStarted{info, ResumePoint{20'000}, behind}));
    history.add(scalar(3, 20'001, 0.5F));
    CHECK(history.missing() == 0);
    REQUIRE(history.loss().size() == 20'001);
    CHECK(history.loss().at(20'000) == 20'000.0F);
    CHECK(history.loss().at(20'001) == 0.5F);
    CHECK(history.loss().bin(1, 16'384).count == 16'384);
    REQUIRE(history.evaluations().size() == 1);
    CHECK(history.evaluations()[0].iteration == 938);
}

TEST_CASE("a run that goes on has what lies before it: its history and its marks come with it, and no others") {
    MetricHistory history;
    history.add(run_started(1));
    auto behind = std::make_shared<RunHistory>();
    auto marks = std::make_shared<ChangeMarks>();
    for (std::int64_t i = 1; i <= 30; ++i) {
        history.add(scalar(1, i, 0.5F));
        if (i <= 20) behind->add(scalar(1, i, 0.5F));
    }
    for (const std::int64_t i : {5, 20, 25})
        history.add(Event(event::Changed{RunId{1}, i, "learning rate " + std::to_string(i)}));
    for (const std::int64_t i : {6, 19}) marks->add({i, "momentum " + std::to_string(i)});
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{2};
    const bool scalar_first = GENERATE(false, true);
    if (scalar_first) history.add(scalar(2, 21, 0.25F));
    history.add(Event(event::RunStarted{info, ResumePoint{20}, scalar_first ? nullptr : behind, marks}));
    history.add(Event(event::Changed{RunId{2}, 20, "momentum 0 -> 0.9"}));
    if (!scalar_first) {
        history.add(scalar(2, 21, 0.25F));
        REQUIRE(history.loss().size() == 21);
        CHECK(history.loss().at(20) == 0.5F);
        CHECK(history.loss().at(21) == 0.25F);
        CHECK(history.missing() == 0);
    }
    REQUIRE(history.marks().size() == 3);
    CHECK(history.marks()[0] == ChangeMark{6, "momentum 6"});
    CHECK(history.marks()[1] == ChangeMark{19, "momentum 19"});
    CHECK(history.marks()[2].what == "momentum 0 -> 0.9");
}

TEST_CASE("what is marked twice at one place is one mark, and marks are cut where a branch begins") {
    ChangeMarks marks;
    for (int i = 0; i < 5; ++i) marks.add({30, "came back to it"});
    CHECK(marks.all().size() == 1);
    marks.add({31, "came back to it"});
    CHECK(marks.all().size() == 2);
    CHECK(marks.until(30).all() == std::vector<ChangeMark>{{30, "came back to it"}});
    CHECK(marks.until(29).all().empty());
    ChangeMarks many;
    for (std::int64_t i = 1; i <= 50'000; ++i) many.add({i, std::to_string(i)});
    const ChangeMarks half = many.until(25'000);
    CHECK(half.all().size() < many.all().size());
    CHECK(half.all().back().iteration <= 25'000);
    CHECK(half.all().back().iteration > 24'000);
}

TEST_CASE("the known future that is lived again adds nothing") {
    MetricHistory history;
    history.add(run_started(1));
    for (std::int64_t i = 1; i <= 10; ++i) history.add(scalar(1, i, 0.5F));
    for (std::int64_t i = 4; i <= 11; ++i) history.add(scalar(1, i, 0.25F));
    CHECK(history.loss().size() == 11);
    CHECK(history.loss().at(4) == 0.5F);
    CHECK(history.missing() == 0);
}

TEST_CASE("of very many changes and measurements the newest are all there, and the first ones thin out") {
    MetricHistory history;
    history.add(run_started(1));
    for (std::int64_t i = 1; i <= 100'000; ++i) {
        history.add(Event(event::Changed{RunId{1}, i, "learning rate " + std::to_string(i)}));
        history.add(Event(event::Evaluated{{.run = RunId{1}, .iteration = i}}));
    }
    CHECK(history.marks().size() <= 1024);
    CHECK(history.evaluations().size() <= 2048);
    for (std::size_t i = 0; i < 256; ++i) {
        const auto iteration = static_cast<std::int64_t>(100'000 - i);
        REQUIRE(history.marks().rbegin()[static_cast<std::ptrdiff_t>(i)].iteration == iteration);
        REQUIRE(history.marks().rbegin()[static_cast<std::ptrdiff_t>(i)].what ==
                "learning rate " + std::to_string(iteration));
        REQUIRE(history.evaluations().rbegin()[static_cast<std::ptrdiff_t>(i)].iteration == iteration);
    }
    CHECK(history.marks().front().iteration <= 4096);
    CHECK(history.evaluations().front().iteration <= 2048);
}
