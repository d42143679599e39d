#include "viz/widgets/format.h"

#include "tests/support/catch.h"
#include "tests/support/no_numbers.h"

#include <limits>
#include <string>

using namespace convscope;

namespace {
std::string text(const ShortText& short_text) { return short_text.c_str(); }
}  // namespace

TEST_CASE("counts have their thousands separated") {
    CHECK(text(format_count(0)) == "0");
    CHECK(text(format_count(999)) == "999");
    CHECK(text(format_count(1000)) == "1,000");
    CHECK(text(format_count(-1234567)) == "-1,234,567");
    CHECK(text(format_count(-100)) == "-100");
}

TEST_CASE("quantities have three digits, a prefix and their unit") {
    CHECK(text(format_quantity(12'345.0, "samples/s")) == "12.3 k samples/s");
    CHECK(text(format_quantity(999.7, "samples/s")) == "1.00 k samples/s");
    CHECK(text(format_quantity(1'843'200.0, "B")) == "1.84 MB");
    CHECK(text(format_quantity(512.0, "B")) == "512 B");
    CHECK(text(format_quantity(7.5, "")) == "7.50");
    CHECK(text(format_quantity(kNan, "B")) == "–");
    CHECK(text(format_bytes(0.0)) == "0 B");
}

TEST_CASE("durations take the unit that suits them") {
    CHECK(text(format_seconds(0.00035)) == "350 µs");
    CHECK(text(format_seconds(0.0000035)) == "3.5 µs");
    CHECK(text(format_seconds(0.0042)) == "4.2 ms");
    CHECK(text(format_seconds(0.9999)) == "1.0 s");
    CHECK(text(format_seconds(200.0)) == "3 min 20 s");
    CHECK(text(format_seconds(7260.0)) == "2 h 01 min");
    CHECK(text(format_seconds(-1.0)) == "0.0 µs");
}

TEST_CASE("shares are per cent with two decimals, and nothing is a dash") {
    CHECK(text(format_percent(0.98814)) == "98.81 %");
    CHECK(text(format_percent(1.0)) == "100.00 %");
    CHECK(text(format_percent(kNan)) == "–");
}

TEST_CASE("values that are not finite are named, not shown as a number") {
    CHECK(text(format_value(0.13066)) == "0.1307");
    CHECK(text(format_value(-0.0)) == "0");
    CHECK(text(format_value(kNan)) == "NaN");
    CHECK(text(format_value(-std::numeric_limits<double>::infinity())) == "−∞");
    CHECK(text(format_pace(0.5)) == "0.5 it/s");
    CHECK(text(format_pace(0.0)) == "flat out");
}
