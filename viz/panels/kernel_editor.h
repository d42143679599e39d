// One kernel as cells to paint with the mouse, beside patterns to put into it. UI thread.
#pragma once

#include "engine/core/types.h"
#include "viz/panels/number_field.h"
#include "viz/panels/panel.h"

#include <cstdint>
#include <vector>

namespace convscope {

struct LayerDescription;

class KernelEditor {
public:
    // Of the kernel between a channel of the layer, which has kernels, and an input of it. Watches its weights.
    void draw(FrameContext& context, const LayerDescription& layer, std::int64_t channel);

private:
    // The kernel that is shown, as it was captured.
    struct Kernel {
        LayerId layer;
        std::int64_t first = 0;  // of its weights among the layer's
        std::int64_t height = 1;
        std::int64_t width = 1;
        bool operator==(const Kernel&) const = default;
    };

    void draw_input(FrameContext& context, std::int64_t inputs);
    void draw_cells(FrameContext& context, const TensorCapture& capture);
    void draw_brush(FrameContext& context);
    void draw_patterns(FrameContext& context);
    void put(FrameContext& context, std::vector<float> values);

    Kernel kernel_;
    std::int64_t input_ = 0;
    std::vector<float> values_;  // as shown: the captured ones, or what was asked for and is not there yet
    bool painting_ = false;      // a stroke is under way, which is sent as one when the button is let go of
    float brush_ = 0.0F;         // 0: as strong as the kernel's strongest weight
    std::int64_t cell_ = 0;      // painted last
    std::vector<float> copied_;
    std::int64_t copied_width_ = 0;
    std::uint64_t noise_ = 0;
    NumberField value_field_;
    NumberField brush_field_;
};

}  // namespace convscope
