// One unit of one layer: its value, what excites it, how its numbers are spread, and what has become of its filter.
#pragma once

#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/scene/loupe.h"
#include "viz/view/patch_sheet.h"
#include "viz/view/spread_history.h"
#include "viz/view/unit_facts.h"
#include "viz/widgets/style.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace convscope {

class UnitPanel final : public Panel {
public:
    std::string_view id() const override { return "unit"; }
    std::string_view title() const override { return "Unit"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    // The unit of this frame.
    struct Frame {
        FrameContext& context;
        const Snapshot& snapshot;
        const RunInfo& run;
        const LayerDescription& layer;
        std::int64_t channel = 0;
        float width = 0.0F;
        const TensorCapture* find(TensorKind kind) const;
        // The selected value of its map; nothing where none is.
        std::optional<Place> chosen() const;
    };
    // The last answer to a question, kept while nobody looks for a new one.
    struct Asked {
        JobQuestion question;
        std::shared_ptr<const JobAnswer> answer;
        double progress = 0.0;  // of the next one, under way
        bool under_way = false;
    };
    enum Slot : std::size_t { kPatches, kMaximised, kTestValues, kBatchValues, kBiography, kSlots };

    void draw_controls(FrameContext& context, const NetworkDescription& network, const LayerDescription& layer,
                       std::int64_t channel, const WidgetStyle& style);
    void ask(const Frame& frame);
    void ask(const Frame& frame, Slot slot, const JobQuestion& question);
    // Null while there is none; a sentence where it cannot be had.
    template <typename Kind>
    const Kind* answer(Slot slot) const;
    const char* missing(Slot slot) const;
    void draw_badges(const Frame& frame, const WidgetStyle& style);
    void draw_value(const Frame& frame, const WidgetStyle& style);
    void draw_input(const Frame& frame, const Place& place, float side, const WidgetStyle& style);
    void draw_patches(const Frame& frame, const WidgetStyle& style);
    void draw_nine(const Frame& frame, std::int64_t first, std::span<const TopPatch> patches, ImVec2 corner, float side,
                   const WidgetStyle& style);
    void draw_maximised(const Frame& frame, ImVec2 corner, float side, const WidgetStyle& style);
    void draw_jobs(const Frame& frame, const WidgetStyle& style);
    void draw_spread(const Frame& frame, const WidgetStyle& style);
    void draw_one_spread(const Frame& frame, std::size_t which, const Histogram* values, std::int64_t iteration,
                         const char* missing, float width, const WidgetStyle& style);
    void draw_biography(const Frame& frame, const WidgetStyle& style);
    void draw_strip(const Frame& frame, const FilterBiography& biography, const WidgetStyle& style);

    std::array<Asked, kSlots> asked_;
    bool stopped_ = false;  // nothing new is worked out
    Loupe loupe_;
    PatchSheet patches_;
    std::vector<PlacedTile> tiles_;
    // Kernels of a filter, one for each moment of its biography.
    TensorCapture strip_;
    std::shared_ptr<const JobAnswer> strip_of_;
    // Weights, gradients, and the values for probe, minibatch and test set, of `spread_of_`.
    std::array<SpreadHistory, 5> spreads_;
    std::pair<LayerId, std::int64_t> spread_of_{kInputLayer, -1};
    bool over_training_ = false;  // how they moved, instead of how they are
    RunId run_;
};

}  // namespace convscope
