// The network as a table: one line a layer, from the input to the output.
#pragma once

#include "viz/panels/panel.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace convscope {

class NetworkPanel final : public Panel {
public:
    static constexpr int kColumnCount = 12;

    std::string_view id() const override { return "network"; }
    std::string_view title() const override { return "Network"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    // What does not change during a run, as text; made once a run.
    struct Row {
        LayerId layer;
        std::array<std::string, kColumnCount> cells;  // empty where the layer has nothing to say, or it is live
        std::string details;                          // the tooltip
        float box_width = 0.0F;                       // of the diagram's box, 0 to 1
        float box_height = 0.0F;                      // likewise
        bool rectifies = false;                       // its dead channels pass nothing on
    };
    // Which columns there is room for, in which size, and where. Lengths in pixels.
    struct Columns {
        bool compact = false;  // in the small font
        std::array<float, kColumnCount> widths{};
        std::array<float, kColumnCount> lefts{};
        std::array<bool, kColumnCount> shown{};
    };

    void prepare(const RunInfo& info);
    void measure(const FrameContext& context);
    Columns arrange(const FrameContext& context, float width) const;
    void draw_caption(const FrameContext& context) const;
    void draw_header(const FrameContext& context, const Columns& columns) const;
    void draw_row(FrameContext& context, const Columns& columns, std::size_t index, float height) const;
    void draw_box(const FrameContext& context, const Columns& columns, std::size_t index, float top,
                  float height) const;
    void draw_total(const FrameContext& context, const Columns& columns) const;

    RunId run_;
    std::vector<Row> rows_;  // the input, then the layers
    std::string total_;      // of all parameters
    // What each column's widest text needs, in the body and in the small font.
    std::array<std::array<float, kColumnCount>, 2> widths_{};
    float measured_scale_ = 0.0F;  // for which font scale; 0: not yet
};

}  // namespace convscope
