#include "viz/widgets/format.h"

#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr const char* kNoNumber = "–";

template <typename... Values>
ShortText print(const char* format, Values... values) {
    ShortText text;
    std::snprintf(text.characters.data(), text.characters.size(), format, values...);
    return text;
}

ShortText no_number() { return print("%s", kNoNumber); }

// Three significant digits for what is between 1 and 1000.
int decimals_of_three(double magnitude) { return magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0; }

}  // namespace

ShortText format_count(std::int64_t value) {
    char digits[24];
    const int length = std::snprintf(digits, sizeof digits, "%lld", static_cast<long long>(value));
    ShortText text;
    std::size_t out = 0;
    for (int i = 0; i < length; ++i) {
        const int left = length - i;
        if (i > 0 && digits[i - 1] != '-' && left % 3 == 0) text.characters[out++] = ',';
        text.characters[out++] = digits[i];
    }
    return text;
}

ShortText format_percent(double share) {
    if (!std::isfinite(share)) return no_number();
    return print("%.2f %%", share * 100.0);
}

ShortText format_quantity(double value, std::string_view unit) {
    if (!std::isfinite(value)) return no_number();
    static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T"};
    double scaled = value;
    int prefix = 0;
    while (std::abs(scaled) >= 999.5 && prefix < 4) {
        scaled /= 1000.0;
        ++prefix;
    }
    const bool whole = prefix == 0 && scaled == std::floor(scaled);
    const int decimals = whole ? 0 : decimals_of_three(std::abs(scaled));
    const bool has_tail = prefix > 0 || !unit.empty();
    const bool both = prefix > 0 && !unit.empty() && unit.size() > 2;  // "k samples/s", but "kB"
    return print("%.*f%s%s%s%.*s", decimals, scaled, has_tail ? " " : "", kPrefixes[prefix], both ? " " : "",
                 static_cast<int>(unit.size()), unit.data());
}

ShortText format_seconds(double seconds) {
    if (!std::isfinite(seconds)) return no_number();
    if (seconds < 0.0) seconds = 0.0;
    if (seconds < 0.9995e-3) return print("%.*f µs", decimals_of_three(seconds * 1e6) > 0 ? 1 : 0, seconds * 1e6);
    if (seconds < 0.9995) return print("%.*f ms", decimals_of_three(seconds * 1e3) > 0 ? 1 : 0, seconds * 1e3);
    if (seconds < 59.95) return print("%.1f s", seconds);
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 3600) return print("%lld min %02lld s", whole / 60, whole % 60);
    return print("%lld h %02lld min", whole / 3600, whole / 60 % 60);
}

ShortText format_bytes(double bytes) { return format_quantity(bytes, "B"); }

ShortText format_value(double value, int digits) {
    if (std::isnan(value)) return print("%s", "NaN");
    if (std::isinf(value)) return print("%s", value > 0 ? "∞" : "−∞");
    return print("%.*g", digits, value == 0.0 ? 0.0 : value);  // never "-0"
}

ShortText format_pace(double iterations_per_second) {
    if (!(iterations_per_second > 0.0)) return print("%s", "flat out");
    return print("%g it/s", iterations_per_second);
}

}  // namespace convscope
