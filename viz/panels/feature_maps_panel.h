// What every layer makes of the probe: all channels of one layer, or of all of them.
#pragma once

#include "viz/panels/panel.h"
#include "viz/render/tile_layout.h"
#include "viz/widgets/tile_view.h"

#include <cstdint>
#include <vector>

namespace convscope {

class FeatureMapsPanel final : public Panel {
public:
    std::string_view id() const override { return "feature-maps"; }
    std::string_view title() const override { return "Feature maps"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    // One layer in the view of all layers.
    struct Row {
        LayerId layer;
        TileLayout layout;
        float top = 0.0F;     // in the content, of the heading
        float height = 0.0F;  // heading and tiles
    };
    struct Hover {
        LayerId layer;
        TileHover place;
    };

    void draw_controls(FrameContext& context, const NetworkDescription& network);
    void draw_one(FrameContext& context, const NetworkDescription& network);
    void draw_all(FrameContext& context, const NetworkDescription& network);
    void arrange(const FrameContext& context, const NetworkDescription& network, float width);
    void draw_row(FrameContext& context, const NetworkDescription& network, const Row& row, ImVec2 origin, float width);
    void draw_tiles(FrameContext& context, const TensorCapture& capture, const Row& row, ImVec2 origin);

    bool all_layers_ = false;
    TileViewState view_;
    RunId view_run_;  // what `view_` is zoomed into
    LayerId view_layer_;
    float tile_size_ = 64.0F;         // side of a map in the view of all layers, at scale 1
    std::vector<Row> rows_;           // reused from frame to frame
    std::vector<std::int64_t> held_;  // likewise
    bool menu_opens_ = false;         // in this frame
    std::vector<PlacedTile> tiles_;
};

}  // namespace convscope
