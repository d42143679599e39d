// What a frame costs the screen, and what watching costs the trainer.
#pragma once

#include "viz/panels/panel.h"
#include "viz/widgets/plot_strip.h"
#include "viz/widgets/style.h"

#include <cstdint>
#include <string_view>

namespace convscope {

class PerformancePanel final : public Panel {
public:
    std::string_view id() const override { return "performance"; }
    std::string_view title() const override { return "Performance"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    static constexpr double kSampleSeconds = 0.1;  // between two samples of the trainer's speed

    void sample(const FrameContext& context);
    void draw_rows(FrameContext& context, const WidgetStyle& style);
    void draw_screen(const FrameContext& context, const WidgetStyle& style);
    void draw_trainer(const Snapshot& snapshot, const WidgetStyle& style);
    void draw_watching(const Snapshot& snapshot, const WidgetStyle& style);

    float strip_height_ = 0.0F;   // as high as the panel allows
    SampleStrip intervals_{240};  // milliseconds between two frames
    SampleStrip speeds_{240};     // training samples per second
    double sampled_at_ = -1.0;    // as FrameContext::time_seconds; -1: never
    double rate_since_ = 0.0;     // likewise, the beginning of the second over which publications are counted
    std::uint64_t rate_sequence_ = 0;
    std::int64_t rate_iteration_ = 0;
    CommandId rate_journey_{};  // the last one asked for
    double snapshots_per_second_ = 0.0;
    double iterations_per_second_ = 0.0;
};

}  // namespace convscope
