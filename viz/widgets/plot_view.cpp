#include "viz/widgets/plot_view.h"

#include <algorithm>

namespace convscope {

PlotRange IterationView::limits(std::int64_t iterations) {
    return {1.0, std::max(static_cast<double>(iterations), 1.0 + kShortest)};
}

PlotRange IterationView::range(std::int64_t iterations) const {
    const PlotRange all = limits(iterations);
    switch (mode_) {
        case Mode::All:
            return all;
        case Mode::Follow:
            return panned({all.maximum - range_.length(), all.maximum}, 0.0, all);
        case Mode::Free:
            return panned(range_, 0.0, all);
    }
    return all;
}

void IterationView::follow(std::int64_t iterations) {
    const double length = mode_ == Mode::All ? kFollowedAtFirst : range(iterations).length();
    range_ = {0.0, length};
    mode_ = Mode::Follow;
}

void IterationView::zoom(double anchor, double factor, std::int64_t iterations) {
    adopt(zoomed(range(iterations), anchor, factor, kShortest, limits(iterations)), iterations);
}

void IterationView::pan(double distance, std::int64_t iterations) {
    if (mode_ == Mode::All || distance == 0.0) return;  // nothing lies outside the view
    adopt(panned(range(iterations), distance, limits(iterations)), iterations);
}

void IterationView::adopt(PlotRange range, std::int64_t iterations) {
    const PlotRange all = limits(iterations);
    range_ = range;
    const double slack = 1e-6 * all.length();
    if (range.maximum < all.maximum - slack)
        mode_ = Mode::Free;
    else
        mode_ = range.minimum <= all.minimum + slack ? Mode::All : Mode::Follow;
}

}  // namespace convscope
