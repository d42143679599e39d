// The pictures of the run's data set, by split and class; a click makes one the probe.
#pragma once

#include "viz/panels/data_changes_menu.h"
#include "viz/panels/data_download.h"
#include "viz/panels/number_field.h"
#include "viz/panels/panel.h"
#include "viz/panels/picture_grid.h"
#include "viz/panels/split_names.h"
#include "viz/render/tile_renderer.h"
#include "viz/view/data_index.h"
#include "viz/view/picture_sheet.h"
#include "viz/widgets/style.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

class DataPanel final : public Panel {
public:
    std::string_view id() const override { return "data"; }
    std::string_view title() const override { return "Data"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void scan(FrameContext& context);
    void draw_controls(const WidgetStyle& style);
    void go_to(std::int64_t picture);
    void draw_caption(const Snapshot& snapshot, const WidgetStyle& style) const;
    void draw_classes(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_class(const char* name, int label, float names, int times, const WidgetStyle& style);
    void draw_pictures(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_outlines(const FrameContext& context, const Snapshot& snapshot, const PictureGrid& grid,
                       const WidgetStyle& style) const;
    void read_picture(FrameContext& context, const Snapshot& snapshot, const PictureGrid& grid, bool clicked,
                      const WidgetStyle& style);
    void draw_augmented(FrameContext& context, const Snapshot& snapshot, std::int64_t picture,
                        const WidgetStyle& style);
    // In an epoch a training picture is not as it was given.
    bool augmented(const Snapshot& snapshot) const {
        return split_ == Split::Train && (snapshot.run_info->augment || data_changes(snapshot).noise > 0.0);
    }

    DataDownload download_;
    DataChangesMenu changes_;
    std::int64_t menu_picture_ = -1;  // that the right button was last pressed on, and the class
    int menu_class_ = -1;
    bool menu_opens_ = false;  // in this frame, and on a picture
    bool class_menu_opens_ = false;
    DataIndex index_;
    PictureTiles pictures_;
    AugmentedSheet augmented_;           // of the picture under the mouse
    std::vector<std::int64_t> in_view_;  // reused from frame to frame, as the next
    std::vector<PlacedTile> tiles_;      // of the tooltip

    SplitNames test_ = names_of_test(static_cast<const RunInfo*>(nullptr));  // of the run that is drawn
    Split split_ = Split::Test;
    int label_ = DataIndex::kEveryClass;
    PictureSize size_ = PictureSize::Medium;
    NumberField go_to_field_;
    std::int64_t found_ = -1;  // the picture that was searched for; -1: none
    bool scroll_to_found_ = false;
    bool scroll_to_top_ = false;
};

}  // namespace convscope
