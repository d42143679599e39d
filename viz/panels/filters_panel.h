// The kernels of one layer, beside their gradient and their last update.
#pragma once

#include "viz/panels/panel.h"
#include "viz/scene/layer_values.h"
#include "viz/widgets/tile_view.h"

#include <array>
#include <cstdint>
#include <vector>

namespace convscope {

class FiltersPanel final : public Panel {
public:
    std::string_view id() const override { return "filters"; }
    std::string_view title() const override { return "Filters"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    static constexpr std::size_t kSectionCount = 3;  // weight, gradient, update

    // What the three sections have in common in one frame.
    struct Frame {
        const LayerDescription* layer = nullptr;
        std::array<const TensorCapture*, kSectionCount> captures{};  // null: not captured
        const TensorCapture* bias = nullptr;
        std::int64_t inputs = 1;   // kernel slices an output has
        std::int64_t outputs = 1;  // of all groups
        Kernels kernels;
        std::int64_t columns = 0;     // of tiles; 0: as many as make them largest
        bool outputs_across = false;  // a column for each output and a row for each input, instead of the reverse
        float width = 0.0F;           // of a section
        float height = 0.0F;          // of its tiles
        bool side_by_side = true;
    };

    void draw_controls(FrameContext& context, const NetworkDescription& network, const LayerDescription& layer);
    void draw_input_picker(const FrameContext& context, std::int64_t inputs, float width);
    void draw_caption(const FrameContext& context, const Frame& frame) const;
    void choose_planes(Frame& frame);
    void arrange(const FrameContext& context, Frame& frame) const;
    void find_held(const FrameContext& context, const Frame& frame);
    void draw_sections(FrameContext& context, const Frame& frame);
    // The plane under the mouse; -1: none. `marked`: the one under it in another section.
    std::int64_t draw_section(FrameContext& context, const Frame& frame, std::size_t section, std::int64_t marked);
    void draw_tooltip(const FrameContext& context, const Frame& frame, std::size_t section,
                      const TileHover& hover) const;
    void select(FrameContext& context, const Frame& frame, const TileHover& hover);

    TileViewState view_;  // of all three sections: they are of one size and move together
    RunId view_run_;      // what `view_` is zoomed into
    LayerId view_layer_;
    bool one_input_ = false;     // only the slices of `input_`, instead of all
    std::int64_t input_ = 0;     // the input channel that was picked or clicked last
    std::int64_t hovered_ = -1;  // plane under the mouse in the last frame, marked in the other sections
    std::size_t hovered_section_ = 0;
    std::vector<std::int64_t> held_, held_planes_;  // outputs that are held or frozen, and their planes. Likewise
    std::vector<std::int64_t> planes_;  // in the order shown; empty: as they are. Reused from frame to frame
};

}  // namespace convscope
