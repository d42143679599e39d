// The test pictures that the network gets wrong, or those of a cell of the confusion matrix, with what they are given
// for.
#pragma once

#include "viz/panels/panel.h"
#include "viz/panels/picture_grid.h"
#include "viz/panels/split_names.h"
#include "viz/view/mistake_list.h"
#include "viz/widgets/style.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace convscope {

class MistakesPanel final : public Panel {
public:
    std::string_view id() const override { return "mistakes"; }
    std::string_view title() const override { return "Mistakes"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    bool of_cell(const FrameContext& context) const;
    void draw_controls(FrameContext& context, const WidgetStyle& style);
    void draw_caption(const FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) const;
    void draw_none(const FrameContext& context, const WidgetStyle& style) const;
    void draw_pictures(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_card(const PictureGrid& grid, std::int64_t place, const WidgetStyle& style) const;
    void draw_bars(const MistakeList::Entry& entry, ImVec2 corner, float width, const WidgetStyle& style) const;
    void draw_probe(const FrameContext& context, const Snapshot& snapshot, const PictureGrid& grid,
                    const WidgetStyle& style) const;
    void draw_tooltip(const MistakeList::Entry& entry, const WidgetStyle& style) const;
    const char* name(int label) const;

    MistakeList list_;
    std::shared_ptr<const RunInfo> info_;  // of what is drawn
    SplitNames test_ = names_of_test(static_cast<const RunInfo*>(nullptr));
    PictureTiles pictures_;
    std::vector<std::int64_t> in_view_;  // keeps its room
    PictureSize size_ = PictureSize::Medium;
    MistakeList::Part part_ = MistakeList::Part::Present;
    MistakeList::Order order_ = MistakeList::Order::SurestFirst;
    Selection cell_;  // whose list stands where it was scrolled to
};

}  // namespace convscope
