// Where the data lie: when a layout is begun, what is shown while it is worked out, and how points move.
#include "viz/view/lay_of_data.h"
#include "engine/core/random_stream.h"
#include "tests/support/catch.h"
#include "viz/view/class_colors.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace convscope;

namespace {

constexpr LayQuestion kPca{}, kTsne{.method = LayoutMethod::Tsne};

// `turned`: every value's sign, which changes no distance.
std::shared_ptr<const ActivationSample> some_sample(std::int64_t iteration, bool turned = false,
                                                    SampleQuestion question = {.layer = {}, .count = 120},
                                                    RunId run = {1}) {
    auto sample = std::make_shared<ActivationSample>();
    sample->question = question;
    sample->run = run;
    sample->iteration = iteration;
    sample->value_count = sample->width = 5;
    RandomStream random(2);
    for (std::int64_t i = 0; i < question.count; ++i) {
        sample->pictures.push_back(i);
        sample->labels.push_back(static_cast<int>(i % 3));
        sample->predicted.push_back(static_cast<int>(i % 3));
        for (int k = 0; k < 5; ++k) {
            const float value = static_cast<float>(5 - k) * (random.normal() + (i % 3 == k ? 3.0F : 0.0F));
            sample->values.push_back(turned ? -value : value);
        }
    }
    return sample;
}

struct LayFrames {
    LayOfData lay{Errands::Where::AtOnce};
    double seconds = 0.0;

    void frame(const std::shared_ptr<const ActivationSample>& newest, const LayQuestion& asked = kPca) {
        lay.advance(newest, asked, seconds += 1.0 / 60.0);
    }
    // Until nothing moves any more; how many that took.
    int settle(const std::shared_ptr<const ActivationSample>& newest, const LayQuestion& asked = kPca) {
        int frames = 0;
        do {
            frame(newest, asked);
            REQUIRE(++frames < 5000);
        } while (lay.moving());
        return frames;
    }
};

float farthest(std::span<const LayPoint> a, std::span<const LayPoint> b) {
    float away = 0.0F;
    for (std::size_t i = 0; i < a.size(); ++i)
        away = std::max({away, std::abs(a[i].x - b[i].x), std::abs(a[i].y - b[i].y), std::abs(a[i].z - b[i].z)});
    return away;
}

}  // namespace

TEST_CASE("PCA is made with every sample, and nothing is worked out while none comes") {
    LayFrames frames;
    frames.frame(nullptr);
    CHECK(frames.lay.lay() == nullptr);
    CHECK_FALSE(frames.lay.moving());
    const auto first = some_sample(1), second = some_sample(2);
    frames.settle(first);
    REQUIRE(frames.lay.lay() != nullptr);
    CHECK(frames.lay.lay()->sample == first);
    CHECK(frames.lay.lay()->variance_share.value() > 0.5);
    frames.frame(first);
    CHECK_FALSE(frames.lay.working());
    frames.settle(second);
    CHECK(frames.lay.lay()->sample == second);
}

TEST_CASE("activations that are mirrored from sweep to sweep move no point") {
    LayFrames frames;
    frames.settle(some_sample(1));
    const std::vector<LayPoint> before(frames.lay.points().begin(), frames.lay.points().end());
    frames.settle(some_sample(2, /*turned=*/true));
    CHECK(farthest(frames.lay.points(), before) < 0.01F);
}

TEST_CASE("points go to where they lie now without a jump, and get there") {
    LayFrames frames;
    frames.settle(some_sample(1, false, {.layer = LayerId{0}, .count = 120}));
    const auto sample = std::make_shared<ActivationSample>(*some_sample(2, false, {.layer = LayerId{0}, .count = 120}));
    std::reverse(sample->values.begin(), sample->values.end());  // the pictures have changed places
    std::vector<LayPoint> last(frames.lay.points().begin(), frames.lay.points().end());
    float longest = 0.0F, whole = 0.0F;
    const std::vector<LayPoint> begin = last;
    for (int i = 0; i < 400; ++i) {
        frames.frame(sample);
        longest = std::max(longest, farthest(frames.lay.points(), last));
        last.assign(frames.lay.points().begin(), frames.lay.points().end());
    }
    whole = farthest(last, begin);
    REQUIRE(whole > 0.5F);
    CHECK(longest < 0.15F * whole);
    CHECK(farthest(frames.lay.points(), frames.lay.lay()->points) == 0.0F);
}

TEST_CASE("t-SNE is made when it is asked for, shows how far it has come, and not anew with each sample") {
    LayFrames frames;
    const auto first = some_sample(1), second = some_sample(2);
    frames.frame(first, kTsne);
    CHECK(frames.lay.working());
    int early = 0;
    while (frames.lay.working()) {
        frames.frame(first, kTsne);
        if (frames.lay.working() && frames.lay.lay()) {
            ++early;
            CHECK(frames.lay.lay()->progress < 1.0);
        }
    }
    CHECK(early > 10);
    CHECK(frames.lay.lay()->progress == 1.0);
    frames.settle(second, kTsne);
    CHECK(frames.lay.lay()->sample == first);
    frames.lay.begin_anew();
    frames.settle(second, kTsne);
    CHECK(frames.lay.lay()->sample == second);
}

TEST_CASE("what was worked out when it is given up stays, and goes on no further") {
    LayFrames frames;
    const auto sample = some_sample(1);
    for (int i = 0; i < 12; ++i) frames.frame(sample, kTsne);
    REQUIRE(frames.lay.lay() != nullptr);
    REQUIRE(frames.lay.working());
    frames.lay.cancel();
    const double progress = frames.lay.lay()->progress;
    frames.settle(sample, kTsne);
    CHECK(frames.lay.lay()->progress == progress);
    CHECK(progress < 1.0);
    CHECK_FALSE(frames.lay.working());
}

TEST_CASE("another method, dimension or layer is another layout, and another run's pictures begin where they lie") {
    LayFrames frames;
    frames.settle(some_sample(1));
    frames.settle(some_sample(1), {.dimensions = 3});
    CHECK(frames.lay.lay()->question.dimensions == 3);
    CHECK(std::any_of(frames.lay.points().begin(), frames.lay.points().end(),
                      [](const LayPoint& point) { return std::abs(point.z) > 0.1F; }));
    const auto layer = some_sample(1, false, {.layer = LayerId{4}, .count = 120});
    frames.settle(layer);
    CHECK(frames.lay.lay()->sample == layer);
    const auto other = some_sample(0, false, {.layer = LayerId{4}, .count = 90}, RunId{2});
    frames.frame(other);
    frames.frame(other);
    CHECK(frames.lay.points().size() == 90);
}

TEST_CASE("what cannot be laid out is a sentence, and better activations are laid out again") {
    LayFrames frames;
    auto broken = std::make_shared<ActivationSample>(*some_sample(1));
    broken->values[3] = std::nanf("");
    frames.settle(broken);
    CHECK(frames.lay.lay()->problem.find("not numbers") != std::string::npos);
    CHECK(frames.lay.points().empty());
    auto refused = std::make_shared<ActivationSample>();
    refused->problem = "There is no such layer";
    refused->question = broken->question;
    refused->run = broken->run;
    frames.settle(refused);
    CHECK(frames.lay.lay()->problem == "There is no such layer");
    frames.settle(some_sample(2));
    CHECK(frames.lay.lay()->problem.empty());
    CHECK(frames.lay.points().size() == 120);
}

TEST_CASE("on a thread of its own it comes to the same points, and ends amid a layout when nobody wants it any more") {
    const auto sample = some_sample(1);
    LayFrames at_once;
    at_once.settle(sample, kTsne);
    LayOfData threaded(Errands::Where::Thread);
    double seconds = 0.0;
    do threaded.advance(sample, kTsne, seconds += 1.0 / 60.0);
    while (threaded.moving());
    REQUIRE(threaded.lay() != nullptr);
    CHECK(threaded.lay()->points == at_once.lay.lay()->points);
    threaded.begin_anew();
    threaded.advance(sample, kTsne, seconds);
    CHECK(threaded.working());
}

TEST_CASE("classes have colours of their own on either theme's ground") {
    for (const ThemeKind theme : {ThemeKind::Dark, ThemeKind::Light}) {
        std::set<Rgba> colors;
        for (int i = 0; i < kClassColors; ++i) colors.insert(class_color(i, theme));
        CHECK(colors.size() == kClassColors);
        CHECK(class_color(kClassColors, theme) == class_color(0, theme));
        CHECK(class_color(-1, theme) == palette(theme).no_data);
    }
}
