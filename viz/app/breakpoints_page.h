// The page over everything that B opens: at what a run pauses by itself, as a list that is switched, added to and taken
// from. UI thread.
#pragma once

#include "engine/api/breakpoint.h"
#include "viz/panels/panel.h"
#include "viz/widgets/style.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

class BreakpointsPage {
public:
    // A click beside it closes it.
    void draw(FrameContext& context);

private:
    // One breakpoint in words, made when the list changes.
    struct Line {
        std::string words;
        std::string problem;  // why this run never comes to it; empty: it may
    };
    struct Kind {
        std::string example;
        std::string tooltip;
    };
    void read(const std::vector<Breakpoint>& list, const std::shared_ptr<const RunInfo>& run,
              const Selection& selection);
    void draw_list(FrameContext& context, const WidgetStyle& style);
    void draw_field(FrameContext& context, const WidgetStyle& style);
    void draw_kinds(const WidgetStyle& style);

    std::vector<Breakpoint> list_;
    std::vector<Line> lines_;  // one for each of the list
    std::vector<Kind> kinds_;  // of this run and what is selected
    std::shared_ptr<const RunInfo> run_;
    std::optional<LayerId> layer_;  // that is selected; none: nothing was read yet
    std::array<char, 256> typed_{};
    std::string refusal_;  // of what was typed last
};

}  // namespace convscope
