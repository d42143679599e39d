// The control panel's section that changes how a run learns while it does: learning rate, momentum, batch size. A
// slider is in effect when it is let go, a field with Enter. UI thread.
#pragma once

#include "viz/panels/control_rows.h"
#include "viz/panels/number_field.h"
#include "viz/panels/panel.h"

#include <cstdint>
#include <optional>

namespace convscope {

class LearningControls {
public:
    // The snapshot has a network.
    void draw(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);

private:
    void draw_learning_rate(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_momentum(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_batch_size(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);

    std::optional<double> dragged_learning_rate_;  // while the slider is held
    std::optional<double> dragged_momentum_;
    NumberField learning_rate_field_;
    NumberField momentum_field_;
    NumberField batch_size_field_;
};

}  // namespace convscope
