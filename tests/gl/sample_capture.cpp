#include "tests/gl/sample_capture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace convscope::test {

namespace {

ValueStatistics sample_statistics(std::span<const float> values) {
    ValueStatistics statistics;
    std::uint32_t finite = 0;
    double sum = 0.0;
    for (const float value : values) {
        if (!std::isfinite(value)) {
            ++statistics.non_finite;
            continue;
        }
        statistics.minimum = finite ? std::min(statistics.minimum, value) : value;
        statistics.maximum = finite ? std::max(statistics.maximum, value) : value;
        sum += static_cast<double>(value);
        ++finite;
    }
    if (finite) statistics.mean = static_cast<float>(sum / finite);
    return statistics;
}

}  // namespace

TensorCapture make_capture(const Shape& shape, std::vector<float> values) {
    static std::uint64_t next_content = 1;
    TensorCapture capture;
    capture.key = {.kind = TensorKind::Activation, .layer = LayerId{0}};
    capture.run = RunId{1};
    capture.content_id = next_content++;
    capture.shape = shape;
    capture.values = std::move(values);
    const auto plane = static_cast<std::size_t>(capture.plane_height() * capture.plane_width());
    for (std::size_t i = 0; i < static_cast<std::size_t>(capture.plane_count()); ++i)
        capture.planes.push_back(sample_statistics(std::span(capture.values).subspan(i * plane, plane)));
    capture.whole = sample_statistics(capture.values);
    return capture;
}

TensorCapture make_ramp(const Shape& shape) {
    std::vector<float> values(static_cast<std::size_t>(shape.element_count()));
    std::iota(values.begin(), values.end(), 0.0F);
    return make_capture(shape, std::move(values));
}

}  // namespace convscope::test
