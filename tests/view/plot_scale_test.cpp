#include "viz/widgets/plot_scale.h"

#include "tests/support/catch.h"

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

using namespace convscope;

namespace {

std::vector<std::string> labels(const std::vector<PlotTick>& ticks) {
    std::vector<std::string> texts;
    for (const PlotTick& tick : ticks)
        if (tick.labelled) texts.emplace_back(tick.label.data());
    return texts;
}

std::vector<std::string> linear_labels(PlotRange range, int most, bool whole = false) {
    std::vector<PlotTick> ticks;
    linear_ticks(range, most, whole, ticks);
    return labels(ticks);
}

std::string tick_text(double value, double step) {
    char text[16];
    format_tick(value, step, text);
    return text;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a value goes to its pixel and back, on linear and logarithmic axes, upwards and downwards") {
    const PlotScale across{{0.0, 10.0}, 100.0F, 200.0F, false};
    CHECK(across.pixel(0.0) == Approx(100.0));
    CHECK(across.pixel(2.5) == Approx(125.0));
    CHECK(across.value(175.0F) == Approx(7.5));
    const PlotScale up{{0.001, 10.0}, 400.0F, 0.0F, true};
    CHECK(up.pixel(0.001) == Approx(400.0));
    CHECK(up.pixel(0.1) == Approx(200.0));
    CHECK(up.value(100.0F) == Approx(1.0));
}

TEST_CASE("what a logarithmic axis cannot show lies at its lower end") {
    const PlotScale up{{0.001, 10.0}, 400.0F, 0.0F, true};
    CHECK(up.pixel(0.0) == Approx(400.0));
    CHECK(up.pixel(-3.0) == Approx(400.0));
    CHECK(up.pixel(1e-9) == Approx(400.0));
}

TEST_CASE("ticks have labels of their own that are not cut off, however large or small the values are") {
    for (int exponent = -30; exponent <= 300; ++exponent)
        for (const PlotRange range : {PlotRange{0.0, 1.0}, PlotRange{1.0, 1.1}, PlotRange{-3.0, 7.0}}) {
            const double unit = std::pow(10.0, exponent);
            const Texts texts = linear_labels({range.minimum * unit, range.maximum * unit}, 8);
            CAPTURE(exponent, range.minimum, texts);
            CHECK(texts.size() >= 2);
            CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == texts.size());
            for (const std::string& text : texts) {
                CHECK(text.size() < 15);
                if (exponent > 8) CHECK(text != "9999999");
            }
        }
    CHECK(linear_labels({0.0, 2e10}, 3) == Texts{"0", "10G", "20G"});
    CHECK(linear_labels({0.0, 2e15}, 3) == Texts{"0", "1e+15", "2e+15"});
    CHECK(tick_text(1.25e15, 5e13) == "1.25e+15");
}

TEST_CASE("a round step is 1, 2 or 5 times a power of ten, and never too small") {
    CHECK(round_step(1.0) == Approx(1.0));
    CHECK(round_step(1.1) == Approx(2.0));
    CHECK(round_step(0.3) == Approx(0.5));
    CHECK(round_step(70.0) == Approx(100.0));
    for (double wanted = 1e-6; wanted < 1e9; wanted *= 1.37) {
        const double step = round_step(wanted);
        CHECK(step >= wanted * (1.0 - 1e-8));
        CHECK(step <= wanted * 2.51);
    }
}

TEST_CASE("linear ticks are round, include ends that are round, and keep to their number") {
    CHECK(linear_labels({0.0, 1.0}, 6) == Texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
    CHECK(linear_labels({0.0, 100.0}, 5) == Texts{"0", "50", "100"});
    CHECK(linear_labels({930.0, 2100.0}, 4) == Texts{"1,000", "1,500", "2,000"});
    CHECK(linear_labels({0.97, 0.99}, 5) == Texts{"0.970", "0.975", "0.980", "0.985", "0.990"});
    for (int most = 1; most < 12; ++most)
        for (double length : {0.013, 1.0, 7.0, 365.0, 1e6})
            CHECK(linear_labels({3.3, 3.3 + length}, most).size() <= static_cast<std::size_t>(most));
}

TEST_CASE("ticks of iterations fall on whole iterations however close the view") {
    std::vector<PlotTick> ticks;
    linear_ticks({10.2, 13.9}, 20, /*whole=*/true, ticks);
    CHECK(labels(ticks) == Texts{"11", "12", "13"});
}

TEST_CASE("a range without length or with infinite ends gets no ticks") {
    std::vector<PlotTick> ticks;
    linear_ticks({1.0, 1.0}, 5, false, ticks);
    CHECK(ticks.empty());
    linear_ticks({0.0, std::numeric_limits<double>::infinity()}, 5, false, ticks);
    CHECK(ticks.empty());
    logarithmic_ticks({0.0, 1.0}, 5, ticks);
    CHECK(ticks.empty());
}

TEST_CASE("logarithmic ticks label powers of ten, and 2 and 5 where there is room") {
    std::vector<PlotTick> ticks;
    logarithmic_ticks({0.001, 10.0}, 5, ticks);
    CHECK(labels(ticks) == Texts{"0.001", "0.01", "0.1", "1", "10"});
    CHECK(ticks.size() > 30);  // the ones between are drawn without words
    logarithmic_ticks({0.02, 2.0}, 8, ticks);
    CHECK(labels(ticks) == Texts{"0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"});
    logarithmic_ticks({1e-9, 1e3}, 5, ticks);
    CHECK(labels(ticks).size() <= 5);
}

TEST_CASE("less than one power of ten is ticked like a linear range") {
    std::vector<PlotTick> ticks;
    logarithmic_ticks({0.2, 0.9}, 4, ticks);
    CHECK(labels(ticks) == Texts{"0.2", "0.4", "0.6", "0.8"});
}

TEST_CASE("tick labels have the decimals that tell neighbours apart and no more") {
    CHECK(tick_text(0.25, 0.05) == "0.25");
    CHECK(tick_text(3.0, 1.0) == "3");
    CHECK(tick_text(-0.0, 0.1) == "0");
    CHECK(tick_text(12000.0, 2000.0) == "12,000");
    CHECK(tick_text(999999.0, 1.0) == "999,999");
    CHECK(tick_text(1.5e6, 5e5) == "1.5M");
    CHECK(tick_text(2e6, 5e5) == "2M");
    CHECK(tick_text(3e9, 1e9) == "3G");
    CHECK(tick_text(0.00002, 0.00001) == "2e-05");
    CHECK(tick_text(-1234.0, 1.0) == "-1,234");
}

TEST_CASE("a fitting range is widened to whole steps and never has no length") {
    CHECK(rounded_range({0.13, 2.31}, 8) == PlotRange{0.0, 2.5});
    const PlotRange flat = rounded_range({5.0, 5.0}, 8);
    CHECK(flat.minimum < 5.0);
    CHECK(flat.maximum > 5.0);
    const PlotRange nothing = rounded_range({std::numeric_limits<double>::infinity(), 0.0}, 8);
    CHECK(nothing == PlotRange{0.0, 1.0});
}

TEST_CASE("a fitting logarithmic range ends on round numbers around the values") {
    const PlotRange range = rounded_logarithmic_range({0.013, 2.31});
    CHECK(range.minimum == Approx(0.01));
    CHECK(range.maximum == Approx(5.0));
    const PlotRange flat = rounded_logarithmic_range({2.0, 2.0});
    CHECK(flat.minimum == Approx(2.0));
    CHECK(flat.maximum > 2.0);
}

TEST_CASE("zooming keeps what is under the mouse where it is") {
    const PlotRange limits{0.0, 1000.0};
    const PlotRange view = zoomed({200.0, 600.0}, 300.0, 0.5, 10.0, limits);
    CHECK(view.length() == Approx(200.0));
    CHECK((300.0 - view.minimum) / view.length() == Approx(0.25));
}

TEST_CASE("zooming stops at the shortest view and at everything") {
    const PlotRange limits{0.0, 1000.0};
    CHECK(zoomed({500.0, 515.0}, 505.0, 0.01, 10.0, limits).length() == Approx(10.0));
    CHECK(zoomed({500.0, 700.0}, 505.0, 100.0, 10.0, limits) == limits);
    const PlotRange at_end = zoomed({900.0, 1000.0}, 910.0, 2.0, 10.0, limits);
    CHECK(at_end.maximum <= 1000.0);
    CHECK(at_end.length() == Approx(200.0));
}

TEST_CASE("moving the view stops at the ends without changing its length") {
    const PlotRange limits{0.0, 100.0};
    CHECK(panned({20.0, 40.0}, -50.0, limits) == PlotRange{0.0, 20.0});
    CHECK(panned({20.0, 40.0}, 500.0, limits) == PlotRange{80.0, 100.0});
    CHECK(panned({-5.0, 200.0}, 3.0, limits) == limits);
}

TEST_CASE("bins cover what is in view, in powers of two that fit the pixels") {
    const BinLayout close = bin_layout({1.0, 100.0}, 100, 400);
    CHECK(close.size == 1);
    CHECK(close.count == 100);
    CHECK(close.center(0) == Approx(1.0));
    CHECK(close.center(99) == Approx(100.0));
    const BinLayout far = bin_layout({1.0, 1'000'000.0}, 1'000'000, 500);
    CHECK(far.size == 2048);
    CHECK(far.count <= 502);
    CHECK(far.first_iteration(0) == 1);
    CHECK(far.last_iteration(far.count - 1) >= 1'000'000);
}

TEST_CASE("a bin keeps its iterations while the run goes on and the view moves") {
    const BinLayout before = bin_layout({100.0, 900.0}, 900, 200);
    const BinLayout after = bin_layout({117.0, 917.0}, 917, 200);
    REQUIRE(before.size == after.size);
    for (std::int64_t i = 0; i < after.count; ++i) CHECK((after.first_iteration(i) - 1) % after.size == 0);
}

TEST_CASE("no iterations, or none in view, means no bins") {
    CHECK(bin_layout({1.0, 9.0}, 0, 100).count == 0);
    CHECK(bin_layout({50.0, 60.0}, 10, 100).count == 0);
}
