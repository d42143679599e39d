#include "viz/view/batch_rows.h"

#include "viz/view/picture_sheet.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace convscope {

void order_samples(const BatchSheet& sheet, BatchOrder order, std::vector<std::int64_t>& out) {
    out.resize(static_cast<std::size_t>(sheet.count()));
    std::iota(out.begin(), out.end(), 0);
    if (order == BatchOrder::AsDrawn || sheet.losses.size() != out.size()) return;
    const auto worse = [&](std::int64_t a, std::int64_t b) {
        const float of_a = sheet.losses[static_cast<std::size_t>(a)];
        const float of_b = sheet.losses[static_cast<std::size_t>(b)];
        if (std::isnan(of_a) || std::isnan(of_b)) return std::isnan(of_a) && (!std::isnan(of_b) || a < b);
        return of_a != of_b ? of_a > of_b : a < b;
    };
    std::sort(out.begin(), out.end(), worse);  // a stable one would allocate
}

BatchTotals totals_of(const BatchSheet& sheet) {
    BatchTotals totals{.count = sheet.count()};
    for (std::size_t i = 0; i < sheet.losses.size(); ++i) {
        totals.mean_loss += static_cast<double>(sheet.losses[i]);
        totals.right += sheet.predicted[i] == sheet.labels[i] ? 1 : 0;
    }
    if (!sheet.losses.empty()) totals.mean_loss /= static_cast<double>(sheet.losses.size());
    return totals;
}

void BatchPictures::show(const std::shared_ptr<const IterationFilm>& film, std::span<const std::int64_t> samples,
                         std::int64_t room) {
    const BatchSheet& sheet = film->batch;
    room = std::max(room, static_cast<std::int64_t>(samples.size()));
    const Shape shape{room * sheet.picture[0], sheet.picture[1], sheet.picture[2]};
    if (film == film_ && shape == capture_.shape &&
        std::equal(samples.begin(), samples.end(), samples_.begin(), samples_.end()))
        return;
    film_ = film;
    samples_.assign(samples.begin(), samples.end());
    capture_.key = {TensorKind::Input, kInputLayer};
    capture_.content_id = next_picture_content();
    capture_.shape = shape;
    capture_.values.assign(static_cast<std::size_t>(shape.element_count()), 0.0F);
    auto to = capture_.values.begin();
    for (const std::int64_t sample : samples) {
        const std::span<const std::uint8_t> bytes = sheet.pixels_of(sample);
        to = std::copy(bytes.begin(), bytes.end(), to);
    }
}

}  // namespace convscope
