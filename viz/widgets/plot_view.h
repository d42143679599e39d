// Which iterations a plot shows: all of them, the newest ones, or a stretch the user went to. No drawing. UI thread.
#pragma once

#include "viz/widgets/plot_scale.h"

#include <cstdint>

namespace convscope {

class IterationView {
public:
    enum class Mode {
        All,     // from the first to the newest
        Follow,  // a stretch of constant length that ends at the newest
        Free,    // a stretch that stays where it is
    };
    static constexpr double kShortest = 8.0;           // iterations in view at the closest
    static constexpr double kFollowedAtFirst = 200.0;  // iterations in view on the way from All to Follow

    Mode mode() const { return mode_; }
    // What is in view of a run of `iterations`.
    PlotRange range(std::int64_t iterations) const;

    void show_all() { mode_ = Mode::All; }
    void follow(std::int64_t iterations);
    // Scales what is in view by `factor` around `anchor`. Touching the newest iteration means following it from then
    // on, seeing everything means All.
    void zoom(double anchor, double factor, std::int64_t iterations);
    void pan(double distance, std::int64_t iterations);

private:
    static PlotRange limits(std::int64_t iterations);
    void adopt(PlotRange range, std::int64_t iterations);

    Mode mode_ = Mode::All;
    PlotRange range_;  // Free: what is in view; Follow: its length counts
};

}  // namespace convscope
