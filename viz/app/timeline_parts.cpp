#include "viz/app/timeline_parts.h"

#include "viz/view/phase_walk.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kLowestLoss = 0.15F;  // of the strip's height: it is there, if low

}  // namespace

PlotScale time_scale(const PlaceInTime& place, float left, float right) {
    const auto first = static_cast<double>(place.earliest);
    return {{first, std::max(first + 1.0, static_cast<double>(place.furthest))}, left, right, false};
}

std::int64_t iteration_at(const PlotScale& time, const PlaceInTime& place, float pixel) {
    return place.clamped(std::llround(std::clamp(time.value(pixel), time.range.minimum, time.range.maximum)));
}

PlotScale loss_scale(std::span<const SeriesBin> bins, float bottom, float top) {
    double lowest = 0.0;
    double highest = 0.0;
    for (const SeriesBin& bin : bins) {
        const auto mean = static_cast<double>(bin.mean);
        if (bin.count == 0 || !std::isfinite(mean) || mean <= 0.0) continue;
        lowest = lowest > 0.0 ? std::min(lowest, mean) : mean;
        highest = std::max(highest, mean);
    }
    if (highest <= 0.0) lowest = highest = 1.0;
    // A run that has hardly moved is drawn at half the height.
    if (highest < 1.01 * lowest) {
        lowest /= 2.0;
        highest *= 2.0;
    }
    return {{lowest, highest}, bottom + kLowestLoss * (top - bottom), top, true};
}

ShortText place_words(const PlaceInTime& place) {
    ShortText text;
    const auto write = [&](const char* format, const ShortText& one, const ShortText& other) {
        std::snprintf(text.characters.data(), text.characters.size(), format, one.c_str(), other.c_str());
    };
    if (place.travelling())
        write("going to %.26s", format_count(place.target), {});
    else if (place.in_past())
        write("%.20s of %.20s", format_count(place.shown), format_count(place.furthest));
    else
        text = format_count(place.shown);
    return text;
}

void place_sentence(const PlaceInTime& place, bool running, std::span<char> out) {
    out[0] = '\0';
    if (place.travelling())
        std::snprintf(out.data(), out.size(), "Going to iteration %s", format_count(place.target).c_str());
    else if (place.in_past())
        std::snprintf(out.data(), out.size(), "Iteration %s of %s: in the past%s", format_count(place.shown).c_str(),
                      format_count(place.furthest).c_str(),
                      running ? ", following what is known" : "; Space follows what is known");
}

void held_sentence(Phase held, std::int64_t iteration, bool shown, bool first, std::span<char> out) {
    const char* at = to_word(held);
    if (shown)
        std::snprintf(out.data(), out.size(),
                      "Iteration %s is held at its %s: C and V go a phase back and on, Esc lets go",
                      format_count(iteration).c_str(), at);
    else if (first)
        std::snprintf(out.data(), out.size(),
                      "Nothing is known before iteration %s: train one (Right arrow) to see its %s",
                      format_count(iteration).c_str(), at);
    else
        std::snprintf(out.data(), out.size(), "Iteration %s is trained again, to be seen at its %s",
                      format_count(iteration).c_str(), at);
}

}  // namespace convscope
