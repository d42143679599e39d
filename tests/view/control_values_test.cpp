#include "viz/view/control_values.h"

#include "tests/support/catch.h"

#include <limits>
#include <memory>
#include <string>

using namespace convscope;

namespace {

Snapshot at(std::int64_t iteration, std::int64_t epoch, std::int64_t per_epoch, std::int64_t planned) {
    Snapshot snapshot;
    snapshot.run_info = std::make_shared<RunInfo>();
    snapshot.iteration = iteration;
    snapshot.epoch = epoch;
    snapshot.iterations_per_epoch = per_epoch;
    snapshot.planned_iterations = planned;
    return snapshot;
}

}  // namespace

TEST_CASE("the speed keys walk through every speed, up to flat out and back") {
    double speed = kSpeeds.front();
    for (std::size_t i = 1; i < kSpeeds.size(); ++i) {
        speed = next_speed(speed, 1);
        CHECK(speed == kSpeeds[i]);
    }
    CHECK(next_speed(speed, 1) == 0.0);
    CHECK(next_speed(0.0, -1) == 100.0);
    CHECK(next_speed(0.5, -1) == 0.5);
}

TEST_CASE("from a speed between two on offer the next one is its neighbour") {
    CHECK(next_speed(7.0, 1) == 10.0);
    CHECK(next_speed(7.0, -1) == 5.0);
    CHECK(next_speed(5000.0, 1) == 0.0);
    CHECK(next_speed(5000.0, -1) == 100.0);
    CHECK(speed_index(7.0) == -1);
    CHECK(speed_index(0.0) == static_cast<int>(kSpeeds.size()) - 1);
}

TEST_CASE("a learning rate is read as it is usually written") {
    CHECK(parse_learning_rate("0.001").value() == 0.001);
    CHECK(parse_learning_rate(" 1e-3 ").value() == 0.001);
    CHECK(parse_learning_rate("0").value() == 0.0);
}

TEST_CASE("a learning rate that cannot be used is refused with a sentence that quotes it") {
    for (const char* text : {"", "fast", "-0.1", "nan", "inf", "1e-3x", "0,1e999", "1 2"}) {
        INFO(text);
        const auto rate = parse_learning_rate(text);
        REQUIRE_FALSE(rate);
        CHECK(rate.error().message.find("learning rate") != std::string::npos);
    }
    CHECK(parse_learning_rate("fast").error().message.find("\"fast\"") != std::string::npos);
}

TEST_CASE("momentum is from 0 to below 1") {
    CHECK(parse_momentum("0.9").value() == 0.9);
    CHECK(parse_momentum("0").value() == 0.0);
    CHECK_FALSE(parse_momentum("1"));
    CHECK_FALSE(parse_momentum("-0.1"));
    CHECK_FALSE(parse_momentum("nan"));
}

TEST_CASE("a batch size is a whole number that the training set has") {
    CHECK(parse_batch_size("512", 60000).value() == 512);
    CHECK(parse_batch_size("60,000", 60000).value() == 60000);
    CHECK_FALSE(parse_batch_size("60001", 60000));
    CHECK_FALSE(parse_batch_size("0", 60000));
    CHECK_FALSE(parse_batch_size("12.5", 60000));
    CHECK(parse_batch_size("0", 60000).error().message.find("60000") != std::string::npos);
}

TEST_CASE("seeds use all 64 bits") {
    CHECK(parse_seed("18446744073709551615").value() == std::numeric_limits<std::uint64_t>::max());
    CHECK_FALSE(parse_seed("18446744073709551616"));
    CHECK_FALSE(parse_seed("-1"));
}

TEST_CASE("steps and indices keep to what exists") {
    CHECK(parse_steps("1,000").value() == 1000);
    CHECK_FALSE(parse_steps("0"));
    CHECK_FALSE(parse_steps("1000001"));
    CHECK(parse_index("0", 10).value() == 0);
    CHECK(parse_index("9", 10).value() == 9);
    CHECK_FALSE(parse_index("10", 10));
}

TEST_CASE("a dragged slider stops at round values") {
    CHECK(rounded_to(0.00123456, 2) == 0.0012);
    CHECK(rounded_to(0.0996, 2) == 0.1);
    CHECK(rounded_to(123.0, 2) == 120.0);
    CHECK(rounded_to(0.0, 2) == 0.0);
}

TEST_CASE("progress counts the epochs that are planned and the share of the present one") {
    const RunShare fresh = progress_of(at(0, 0, 118, 2360));
    CHECK(fresh.epoch == 1);
    CHECK(fresh.epochs == 20);
    CHECK(fresh.run_share == 0.0);
    const RunShare middle = progress_of(at(118 + 59, 2, 118, 2360));
    CHECK(middle.epoch == 2);
    CHECK(middle.epochs == 20);
    CHECK(middle.epoch_share == Approx(0.5));
    const RunShare boundary = progress_of(at(118, 1, 118, 2360));
    CHECK(boundary.epoch == 1);
    CHECK(boundary.epochs == 20);
    CHECK(boundary.epoch_share == Approx(1.0));
    const RunShare done = progress_of(at(2360, 20, 118, 2360));
    CHECK(done.epochs == 20);
    CHECK(done.epoch_share == Approx(1.0));
    CHECK(done.run_share == Approx(1.0));
}

TEST_CASE("a run that is finished says so and what goes on, and one that goes on says that") {
    Snapshot snapshot = at(2360, 20, 118, 2360);
    auto info = std::make_shared<RunInfo>(*snapshot.run_info);
    info->recipe.epochs = 20;
    snapshot.run_info = info;
    char words[96];
    finished_sentence(snapshot, words);
    CHECK(std::string(words) == "Finished after 20 epochs. Space trains on for 20 more");
    CHECK_FALSE(is_continued(snapshot));
    snapshot.planned_iterations = 4720;
    CHECK(is_continued(snapshot));
}

TEST_CASE("how long the rest takes is known while it runs, at the present pace") {
    Snapshot snapshot = at(118, 1, 118, 2360);
    snapshot.state = SessionState::Running;
    snapshot.settings.batch_size = 512;
    CHECK_FALSE(seconds_left(snapshot));
    snapshot.samples_per_second = 51200.0;
    REQUIRE(seconds_left(snapshot));
    CHECK(*seconds_left(snapshot) == Approx(22.42));
    snapshot.state = SessionState::Paused;
    CHECK_FALSE(seconds_left(snapshot));
}

TEST_CASE("without a network there is no progress") { CHECK(progress_of(Snapshot{}).epoch == 0); }

TEST_CASE("the scheduled learning rate is told where there is a schedule and it changes something") {
    auto info = std::make_shared<RunInfo>();
    Snapshot snapshot;
    snapshot.run_info = info;
    snapshot.iteration = 10;
    snapshot.settings.learning_rate = 0.01;
    snapshot.metrics.learning_rate = 0.0042F;
    CHECK_FALSE(scheduled_learning_rate(snapshot));  // a change that is not in effect yet
    info->recipe.schedule.kind = ScheduleKind::Cosine;
    REQUIRE(scheduled_learning_rate(snapshot));
    CHECK(*scheduled_learning_rate(snapshot) == Approx(0.0042));
    snapshot.metrics.learning_rate = 0.01F;
    CHECK_FALSE(scheduled_learning_rate(snapshot));
    snapshot.metrics.learning_rate = 0.0F;
    snapshot.iteration = 0;
    CHECK_FALSE(scheduled_learning_rate(snapshot));
    info->recipe.schedule = {};
    info->recipe.schedule.warm_up_epochs = 0.5;
    CHECK(has_schedule(*info));
}
