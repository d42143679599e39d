// What a setting's number must fulfil besides being finite, and how to say so.
#pragma once

#include <string_view>

namespace convscope {

struct NumberRule {
    bool (*holds)(double value);
    std::string_view text;  // "it must be above 0"
};

inline constexpr NumberRule kAboveZero{[](double v) { return v > 0.0; }, "it must be above 0"};
inline constexpr NumberRule kZeroOrMore{[](double v) { return v >= 0.0; }, "it must be 0 or more"};
inline constexpr NumberRule kOneOrMore{[](double v) { return v >= 1.0; }, "it must be 1 or more"};
inline constexpr NumberRule kShare{[](double v) { return v >= 0.0 && v <= 1.0; }, "it must be from 0 to 1"};
inline constexpr NumberRule kShareAboveZero{[](double v) { return v > 0.0 && v <= 1.0; },
                                            "it must be above 0 and at most 1"};
inline constexpr NumberRule kShareBelowOne{[](double v) { return v >= 0.0 && v < 1.0; },
                                           "it must be 0 or more and below 1"};
inline constexpr NumberRule kSmall{[](double v) { return v > 0.0 && v < 1.0; }, "it must be above 0 and below 1"};
inline constexpr NumberRule kAnyNumber{[](double) { return true; }, ""};

}  // namespace convscope
