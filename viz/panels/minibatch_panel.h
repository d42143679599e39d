// The minibatch of the present iteration: each picture as it was trained on, what it was taken for, and its loss.
#pragma once

#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/view/batch_rows.h"
#include "viz/widgets/style.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace convscope {

class MinibatchPanel final : public Panel {
public:
    std::string_view id() const override { return "minibatch"; }
    std::string_view title() const override { return "Minibatch"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    // What is known at the phase at which it is held; otherwise all of it.
    struct Known {
        bool classes = true;
        bool losses = true;
    };
    struct Sheet;  // where its pictures go

    void draw_head(FrameContext& context, const Snapshot& live, Known known);
    void draw_pictures(FrameContext& context, const Snapshot& live, Known known);
    void draw_tiles(FrameContext& context, const Sheet& sheet, Known known);
    void draw_picture_words(const FrameContext& context, const Sheet& sheet, std::int64_t place, Known known) const;
    void read_picture(FrameContext& context, const Sheet& sheet, Known known, bool clicked) const;

    std::shared_ptr<const IterationFilm> film_;  // that is drawn
    BatchTotals totals_;                         // of it
    int order_ = 1;                              // BatchOrder
    bool ordered_by_loss_ = false;               // as `samples_` is
    std::vector<std::int64_t> samples_;          // in the order in which they stand
    BatchPictures pictures_;
    std::vector<std::int64_t> in_view_;
    std::vector<PlacedTile> tiles_;
};

}  // namespace convscope
