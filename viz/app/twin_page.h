// The page over everything that G opens: what a second run beside the first may do otherwise. UI thread.
#pragma once

#include "viz/panels/number_field.h"
#include "viz/panels/panel.h"
#include "viz/view/twin_choices.h"

#include <memory>
#include <vector>

namespace convscope {

class TwinPage {
public:
    // A click beside it closes it.
    void draw(FrameContext& context);

private:
    void read(const Snapshot& snapshot, const Selection& selection);
    void draw_choices(FrameContext& context, const WidgetStyle& style);
    void draw_rate(FrameContext& context, const WidgetStyle& style);
    void draw_lanes(FrameContext& context, const WidgetStyle& style);
    void begin(FrameContext& context, const command::BeginTwin& twin) const;

    bool from_start_ = false;
    NumberField rate_;
    // What is offered, and for what.
    std::vector<TwinChoice> choices_;
    std::shared_ptr<const RunInfo> run_;
    double learning_rate_ = 0.0;
    Selection selection_;
    bool read_from_start_ = false;
};

}  // namespace convscope
