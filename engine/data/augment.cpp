#include "engine/data/augment.h"

#include "engine/core/random_stream.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace convscope {
namespace {

// From a place in the changed picture to the one it comes from, in pixels from the picture's centre.
struct InverseMap {
    float xx, xy, yx, yy;  // turned back and scaled back
    float shift_x, shift_y;
};

// The value between four pixels; black outside.
float sample(const std::uint8_t* plane, std::int64_t height, std::int64_t width, float x, float y) {
    // Also what is no number: a recipe may ask for any shift.
    if (!(x > -1.0F && y > -1.0F && x < static_cast<float>(width) && y < static_cast<float>(height))) return 0.0F;
    const float left = std::floor(x);
    const float top = std::floor(y);
    const auto at = [&](float column, float row) {
        const auto c = static_cast<std::int64_t>(column);
        const auto r = static_cast<std::int64_t>(row);
        return c < 0 || r < 0 || c >= width || r >= height ? 0.0F : static_cast<float>(plane[r * width + c]);
    };
    const float right_share = x - left;
    const float below_share = y - top;
    const float above = at(left, top) + (at(left + 1, top) - at(left, top)) * right_share;
    const float below = at(left, top + 1) + (at(left + 1, top + 1) - at(left, top + 1)) * right_share;
    return above + (below - above) * below_share;
}

}  // namespace

Augmenter::Augmenter(const AugmentationSpec& spec, const DatasetInfo& data, std::uint64_t seed)
    : spec_(spec), channels_(data.channels), height_(data.height), width_(data.width), seed_(seed) {}

void Augmenter::apply(std::span<const std::uint8_t> in, std::int64_t epoch, std::int64_t index,
                      std::span<std::uint8_t> out) const {
    RandomStream random(RandomStream::mix(RandomStream::mix(seed_) + static_cast<std::uint64_t>(epoch)) +
                        static_cast<std::uint64_t>(index));
    const auto either_way = [&](double most) {
        return random.uniform(-static_cast<float>(most), static_cast<float>(most));
    };
    const float angle = either_way(spec_.rotate * std::numbers::pi / 180.0);
    const float larger = 1.0F + either_way(spec_.scale);
    const float shift_x = either_way(spec_.shift);
    const float shift_y = either_way(spec_.shift);
    const float cosine = std::cos(angle) / larger;
    const float sine = std::sin(angle) / larger;
    const InverseMap map{cosine, sine, -sine, cosine, shift_x, shift_y};
    const bool moves = spec_.shift > 0.0 || spec_.rotate > 0.0 || spec_.scale > 0.0;

    const float centre_x = 0.5F * static_cast<float>(width_ - 1);
    const float centre_y = 0.5F * static_cast<float>(height_ - 1);
    const float noise = static_cast<float>(spec_.noise) * 255.0F;
    for (std::int64_t channel = 0; channel < channels_; ++channel) {
        const std::uint8_t* from = in.data() + channel * height_ * width_;
        std::uint8_t* to = out.data() + channel * height_ * width_;
        for (std::int64_t row = 0; row < height_; ++row) {
            for (std::int64_t column = 0; column < width_; ++column) {
                float value = static_cast<float>(from[row * width_ + column]);
                if (moves) {
                    const float x = static_cast<float>(column) - centre_x - map.shift_x;
                    const float y = static_cast<float>(row) - centre_y - map.shift_y;
                    value = sample(from, height_, width_, map.xx * x + map.xy * y + centre_x,
                                   map.yx * x + map.yy * y + centre_y);
                }
                if (noise > 0.0F) value += noise * random.normal();
                to[row * width_ + column] = static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
            }
        }
    }
}

}  // namespace convscope
