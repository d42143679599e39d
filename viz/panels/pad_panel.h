// A pad to draw a digit of one's own on, what the network makes of it, and the tray of pictures that are kept.
#pragma once

#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/widgets/style.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace convscope {

class PadPanel final : public Panel {
public:
    std::string_view id() const override { return "pad"; }
    std::string_view title() const override { return "Your own digit"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void draw_tools(FrameContext& context, const WidgetStyle& style);
    void draw_pad(FrameContext& context, float side, const WidgetStyle& style);
    void draw_seen(FrameContext& context, float side, const WidgetStyle& style);
    void draw_answer(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_form(FrameContext& context, float room, const WidgetStyle& style);
    void draw_file(FrameContext& context, const WidgetStyle& style);
    void draw_tray(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_menu(FrameContext& context, const WidgetStyle& style);

    bool drawing_ = false;    // a stroke is under way
    std::uint64_t menu_ = 0;  // the kept picture that was clicked with the right button
    bool renamed_ = false;    // in its menu
    std::array<char, 64> name_{};
    std::array<char, 1024> path_{};
    std::vector<PlacedTile> tiles_;  // reused from frame to frame
};

}  // namespace convscope
