#include "engine/data/pixel_statistics.h"

#include <array>
#include <cmath>
#include <cstdint>

namespace convscope {

PixelStatistics pixel_statistics(const Dataset& data) {
    const auto channels = static_cast<std::size_t>(data.info().channels);
    const auto plane = static_cast<std::size_t>(data.info().height * data.info().width);
    std::vector<std::array<std::uint64_t, 256>> histograms(channels);  // of which the sums are exact
    for (std::int64_t index = 0; index < data.size(Split::Train); ++index) {
        const std::span<const std::uint8_t> picture = data.image(Split::Train, index);
        for (std::size_t channel = 0; channel < channels; ++channel)
            for (const std::uint8_t value : picture.subspan(channel * plane, plane)) ++histograms[channel][value];
    }
    PixelStatistics statistics;
    for (const auto& histogram : histograms) {
        double count = 0.0, sum = 0.0, squares = 0.0;
        for (std::size_t value = 0; value < histogram.size(); ++value) {
            const auto pixels = static_cast<double>(histogram[value]);
            const double share = static_cast<double>(value) / 255.0;
            count += pixels;
            sum += pixels * share;
            squares += pixels * share * share;
        }
        const double mean = sum / count;
        const double variance = squares / count - mean * mean;
        statistics.mean.push_back(mean);
        statistics.deviation.push_back(variance > 1e-12 ? std::sqrt(variance) : 1.0);
    }
    return statistics;
}

}  // namespace convscope
