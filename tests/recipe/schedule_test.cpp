// Expected values were printed by Python: torch.optim.lr_scheduler of PyTorch 1.13 on an optimizer with learning
// rate 1.
#include "engine/recipe/schedule.h"

#include "tests/support/catch.h"

#include <vector>

using namespace convscope;

namespace {

std::vector<double> factors(const ScheduleSpec& schedule, std::int64_t per_epoch, std::int64_t epochs) {
    std::vector<double> all;
    for (std::int64_t i = 0; i < per_epoch * epochs; ++i)
        all.push_back(schedule_factor(schedule, {i, per_epoch, epochs}));
    return all;
}

void check_equal(const std::vector<double>& found, const std::vector<double>& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-9).margin(1e-12));
}

}  // namespace

TEST_CASE("one cycle gives PyTorch's OneCycleLR") {
    check_equal(factors({.kind = ScheduleKind::OneCycle}, 5, 2),
                {0.04, 0.52, 1, 0.950484632013, 0.81174565395, 0.611262021936, 0.388741978064, 0.18825834605,
                 0.0495193679865, 4e-06});
}

TEST_CASE("cosine gives PyTorch's CosineAnnealingLR, stepped once per iteration") {
    check_equal(factors({.kind = ScheduleKind::Cosine, .final_factor = 0.1}, 3, 2),
                {1, 0.939711431703, 0.775, 0.55, 0.325, 0.160288568297});
}

TEST_CASE("step gives PyTorch's StepLR, stepped once per epoch") {
    check_equal(factors({.kind = ScheduleKind::Step, .step_epochs = 2, .factor = 0.1}, 2, 5),
                {1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01});
}

TEST_CASE("a warm-up rises to the whole rate, then the schedule proper begins at its beginning") {
    const std::vector<double> all = factors({.kind = ScheduleKind::Cosine, .warm_up_epochs = 1.0}, 4, 2);
    check_equal({all.begin(), all.begin() + 5}, {0.25, 0.5, 0.75, 1.0, 1.0});
    CHECK(all[5] < 1.0);
}

TEST_CASE("every schedule stays within 0 and 1 however short the run, and keeps its last factor beyond it") {
    for (const ScheduleKind kind :
         {ScheduleKind::Constant, ScheduleKind::Step, ScheduleKind::Cosine, ScheduleKind::OneCycle})
        for (const std::int64_t per_epoch : {1, 2, 7})
            for (const double share : {0.0, 0.3, 1.0}) {
                const ScheduleSpec schedule{.kind = kind, .warm_up_epochs = 2.5 * share, .rising_share = share};
                for (std::int64_t i = 0; i < 40; ++i) {
                    const double factor = schedule_factor(schedule, {i, per_epoch, 3});
                    CHECK(factor >= 0.0);
                    CHECK(factor <= 1.0);
                }
                CHECK(schedule_factor(schedule, {3 * per_epoch - 1, per_epoch, 3}) ==
                      schedule_factor(schedule, {100 * per_epoch, per_epoch, 3}));
            }
}
