#include "viz/widgets/tile_view.h"

#include "viz/render/colormap.h"
#include "viz/render/tile_layout.h"
#include "viz/widgets/style.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {

namespace {

constexpr float kNumbersFromCell = 28.0F;  // times scale
constexpr float kZoomPerNotch = 1.25F;

// What a plane is called above its tile: a kernel slice by output and input channel when there are several inputs.
ShortText plane_label(const Shape& shape, std::int64_t plane) {
    ShortText text;
    const std::int64_t inputs = shape.rank() == 4 ? shape[1] : 1;
    if (inputs > 1)
        std::snprintf(text.characters.data(), text.characters.size(), "%lld:%lld",
                      static_cast<long long>(plane / inputs), static_cast<long long>(plane % inputs));
    else
        std::snprintf(text.characters.data(), text.characters.size(), "%lld", static_cast<long long>(plane));
    return text;
}

bool is_dead(const TensorCapture& capture, std::int64_t plane) {
    if (plane >= static_cast<std::int64_t>(capture.planes.size())) return false;
    const ValueStatistics& statistics = capture.planes[static_cast<std::size_t>(plane)];
    return statistics.minimum == 0.0F && statistics.maximum == 0.0F && statistics.non_finite == 0;
}

// One frame of one view.
class View {
public:
    View(const TensorCapture& capture, TileViewState& state, const TileViewOptions& options, const Palette& palette,
         float scale, ImVec2 origin, ImVec2 size)
        : capture_(capture),
          state_(state),
          options_(options),
          palette_(palette),
          scale_(scale),
          pixel_(1.0F / std::max(ImGui::GetIO().DisplayFramebufferScale.x, 0.25F)),
          origin_(origin),
          size_(size),
          list_(ImGui::GetWindowDrawList()),
          label_size_(std::round(ImGui::GetFontSize() * 0.82F)) {
        layout_ = make_layout();
    }

    // The item that covers the view has just been submitted.
    TileViewResult handle_mouse() {
        const ImGuiIO& io = ImGui::GetIO();
        TileViewResult result;
        const bool hovered = ImGui::IsItemHovered();
        if (hovered && io.MouseWheel != 0.0F) zoom_around(io.MousePos, io.MouseWheel);
        if (ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Left)) {
            state_.scroll.x -= io.MouseDelta.x;
            state_.scroll.y -= io.MouseDelta.y;
        }
        if (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
            state_.zoom = 0.0F;
            layout_ = make_layout();
        }
        clamp_scroll();
        if (!hovered) return result;

        const auto hit = layout_.hit(io.MousePos.x - content_origin().x, io.MousePos.y - content_origin().y);
        if (!hit) return result;
        result.hover = read(*hit);
        const bool dragged =
            io.MouseDragMaxDistanceSqr[ImGuiMouseButton_Left] > io.MouseDragThreshold * io.MouseDragThreshold;
        if (ImGui::IsItemDeactivated() && !dragged) result.clicked_plane = result.hover->plane;
        hit_ = hit;
        return result;
    }

    void draw(TileRenderer& renderer) {
        const ImVec2 origin = content_origin();
        const TileSpan visible = visible_tiles(
            layout_, {.x = origin_.x - origin.x, .y = origin_.y - origin.y, .width = size_.x, .height = size_.y});
        state_.tiles.clear();
        for_each(visible, [&](std::int64_t tile) {
            const TileRect rect = layout_.tile_rect(tile);
            state_.tiles.push_back({.plane = plane_of(tile),
                                    .x = origin.x + rect.x,
                                    .y = origin.y + rect.y,
                                    .width = rect.width,
                                    .height = rect.height});
        });
        const auto drawn = renderer.draw(list_, capture_, state_.tiles,
                                         {.colormap = options_.colormap,
                                          .range = options_.range,
                                          .no_data = palette_.no_data,
                                          .no_data_ground = palette_.panel,
                                          .cell_columns = layout_.cell_columns,
                                          .rgb = options_.rgb});
        if (!drawn) {
            list_->AddText(ImGui::GetFont(), ImGui::GetFontSize(), origin_, imgui_color(palette_.warning),
                           drawn.error().message.c_str(), nullptr, size_.x);
            return;
        }
        if (layout_.label_height > 0.0F) for_each(visible, [&](std::int64_t tile) { draw_label(tile); });
        if (layout_.cell >= kNumbersFromCell * scale_ && !options_.rgb)
            for_each(visible, [&](std::int64_t tile) { draw_numbers(tile); });
        push_outline_clip();
        for_each(visible, [&](std::int64_t tile) {
            if (plane_of(tile) == options_.marked_plane)
                outline_tile(tile, imgui_color(palette_.text), std::max(1.0F, scale_));
        });
        draw_highlighted_planes(visible);
        if (options_.highlighted_unit >= 0) draw_highlighted_unit();
        if (hit_) draw_hover();
        list_->PopClipRect();
    }

private:
    TileLayout make_layout() const {
        const auto count = options_.planes.empty() ? capture_.plane_count() / channels()
                                                   : static_cast<std::int64_t>(options_.planes.size());
        const bool labelled = options_.labels && capture_.plane_count() > 1;
        float label_width = 0.0F;
        if (labelled) label_width = text_size(plane_label(capture_.shape, capture_.plane_count() - 1)).x;
        return layout_tiles({.tile_count = count,
                             .plane_width = capture_.plane_width(),
                             .plane_height = capture_.plane_height(),
                             .region_width = size_.x,
                             .region_height = size_.y,
                             .zoom = state_.zoom,
                             .columns = options_.columns,
                             .label_height = labelled ? label_size_ + std::round(2.0F * scale_) : 0.0F,
                             .label_width = label_width,
                             .scale = scale_,
                             .pixel = pixel_});
    }

    ImVec2 text_size(const ShortText& text) const {
        return ImGui::GetFont()->CalcTextSizeA(label_size_, FLT_MAX, 0.0F, text.c_str());
    }

    std::int64_t plane_of(std::int64_t tile) const {
        return options_.planes.empty() ? tile : options_.planes[static_cast<std::size_t>(tile)];
    }

    std::int64_t channels() const { return options_.rgb ? 3 : 1; }

    float value_at(std::int64_t plane, std::int64_t row, std::int64_t column) const {
        const std::int64_t width = capture_.plane_width();
        const std::int64_t index = (plane * channels() * capture_.plane_height() + row) * width + column;
        return index >= 0 && index < static_cast<std::int64_t>(capture_.values.size())
                   ? capture_.values[static_cast<std::size_t>(index)]
                   : NAN;
    }

    TileHover read(const TileHit& hit) const {
        const std::int64_t plane = plane_of(hit.tile);
        return {.plane = plane, .row = hit.row, .column = hit.column, .value = value_at(plane, hit.row, hit.column)};
    }

    // The screen position of the content's origin, on a whole pixel.
    ImVec2 content_origin() const {
        const auto place = [&](float origin, float size, float content, float scroll) {
            const float margin = options_.centered ? std::max(0.0F, (size - content) / 2.0F) : 0.0F;
            return std::round((origin + margin - scroll) / pixel_) * pixel_;
        };
        return {place(origin_.x, size_.x, layout_.width, state_.scroll.x),
                place(origin_.y, size_.y, layout_.height, state_.scroll.y)};
    }

    // What fits does not move. What was zoomed moves freely, or a zoom could not hold still what is under the mouse,
    // but a quarter of it (or of the view) stays in view.
    void clamp_scroll() {
        const auto clamp = [this](float scroll, float content, float size) {
            if (state_.zoom == 0.0F) return 0.0F;
            const float kept = std::min(content, size) / 4.0F;
            return std::clamp(scroll, kept - size, content - kept);
        };
        state_.scroll.x = clamp(state_.scroll.x, layout_.width, size_.x);
        state_.scroll.y = clamp(state_.scroll.y, layout_.height, size_.y);
    }

    void zoom_around(ImVec2 mouse, float notches) {
        const ImVec2 before = content_origin();
        const TileAnchor anchor = layout_.anchor(mouse.x - before.x, mouse.y - before.y);
        const float largest = std::max(TileLayout::kLargestCell * scale_, layout_.fitted_cell);
        const float now = state_.zoom > 0.0F ? state_.zoom : layout_.fitted_cell;
        state_.zoom = std::min(now * std::pow(kZoomPerNotch, notches), largest);
        if (state_.zoom <= layout_.fitted_cell) state_.zoom = 0.0F;
        layout_ = make_layout();
        state_.scroll.x += content_origin().x + layout_.anchor_x(anchor) - mouse.x;
        state_.scroll.y += content_origin().y + layout_.anchor_y(anchor) - mouse.y;
    }

    template <typename Visit>
    void for_each(const TileSpan& span, Visit visit) const {
        for (std::int64_t row = span.first_row; row < span.end_row; ++row)
            for (std::int64_t column = span.first_column; column < span.end_column; ++column) {
                const std::int64_t tile = row * layout_.columns + column;
                if (tile < layout_.tile_count) visit(tile);
            }
    }

    void draw_label(std::int64_t tile) const {
        const TileRect rect = layout_.tile_rect(tile);
        const std::int64_t plane = plane_of(tile);
        const ShortText label = plane_label(capture_.shape, plane);
        const ImVec2 place{content_origin().x + rect.x, content_origin().y + rect.y - layout_.label_height};
        const bool highlighted = is_highlighted(plane);
        list_->AddText(ImGui::GetFont(), label_size_, place,
                       imgui_color(highlighted ? palette_.accent : palette_.text_secondary), label.c_str());
        const bool by_hand =
            std::find(options_.by_hand.begin(), options_.by_hand.end(), plane) != options_.by_hand.end();
        if (!by_hand && (!options_.mark_dead || !is_dead(capture_, plane))) return;
        ShortText dead{"dead"};
        if (by_hand) dead = {"by hand"};
        const float width = text_size(dead).x;
        if (text_size(label).x + width + 4.0F * scale_ <= rect.width)
            list_->AddText(ImGui::GetFont(), label_size_, {place.x + rect.width - width, place.y},
                           imgui_color(palette_.warning), dead.c_str());
        else  // no room for the word
            list_->AddCircleFilled({place.x + rect.width - 3.0F * scale_, place.y + label_size_ / 2.0F}, 2.5F * scale_,
                                   imgui_color(palette_.warning));
    }

    void draw_numbers(std::int64_t tile) const {
        const ImVec2 origin = content_origin();
        const TileRect rect = layout_.tile_rect(tile);
        const auto first = [](float from, float cell) {
            return std::max(std::int64_t{0}, static_cast<std::int64_t>(std::floor(from / cell)));
        };
        const auto last = [](float to, float cell, std::int64_t count) {
            return std::min(count - 1, static_cast<std::int64_t>(std::floor(to / cell)));
        };
        const float left = origin_.x - origin.x - rect.x;  // of the view, seen from the tile
        const float top = origin_.y - origin.y - rect.y;
        const std::int64_t last_row = last(top + size_.y, layout_.cell_height, layout_.cell_rows);
        const std::int64_t last_column = last(left + size_.x, layout_.cell_width, layout_.cell_columns);
        const std::int64_t plane = plane_of(tile);
        const ValueRange range = plane_range(capture_, plane, options_.range);
        for (std::int64_t y = first(top, layout_.cell_height); y <= last_row; ++y)
            for (std::int64_t x = first(left, layout_.cell_width); x <= last_column; ++x) {
                const std::int64_t index = y * layout_.cell_columns + x;
                if (index >= layout_.plane_width * layout_.plane_height) continue;
                const float value = value_at(plane, index / layout_.plane_width, index % layout_.plane_width);
                draw_number(value, range,
                            {origin.x + rect.x + static_cast<float>(x) * layout_.cell_width,
                             origin.y + rect.y + static_cast<float>(y) * layout_.cell_height});
            }
    }

    // With as many digits as fit, five at most; not at all when not even one does.
    void draw_number(float value, const ValueRange& range, ImVec2 place) const {
        const float size = std::min(ImGui::GetFontSize(), layout_.cell * 0.36F);
        const float room = layout_.cell_width - 3.0F * scale_;
        for (int digits = 5; digits > 0; --digits) {
            const ShortText text = short_number(value, digits);
            const ImVec2 extent = ImGui::GetFont()->CalcTextSizeA(size, FLT_MAX, 0.0F, text.c_str());
            if (extent.x > room) continue;
            const ImU32 color = std::isfinite(value) ? text_color_on(rgb(options_.colormap, range.position(value)))
                                                     : imgui_color(palette_.text);
            list_->AddText(ImGui::GetFont(), size,
                           {std::round(place.x + (layout_.cell_width - extent.x) / 2.0F),
                            std::round(place.y + (layout_.cell_height - extent.y) / 2.0F)},
                           color, text.c_str());
            return;
        }
    }

    // Outlines lie around what they mark, so at the view's own edges they may reach into the panel's padding; but not
    // where something else (the panel's end) cuts the view off.
    void push_outline_clip() const {
        const float reach = std::round(3.0F * scale_);
        ImVec2 low = list_->GetClipRectMin();
        ImVec2 high = list_->GetClipRectMax();
        if (low.x == origin_.x) low.x -= reach;
        if (low.y == origin_.y) low.y -= reach;
        if (high.x == origin_.x + size_.x) high.x += reach;
        if (high.y == origin_.y + size_.y) high.y += reach;
        list_->PushClipRect(low, high);
    }

    void outline_tile(std::int64_t tile, ImU32 color, float thickness) const {
        const TileRect rect = layout_.tile_rect(tile);
        outline(rect, color, thickness, /*margin=*/thickness / 2.0F);
    }

    void outline(const TileRect& rect, ImU32 color, float thickness, float margin) const {
        const ImVec2 origin = content_origin();
        list_->AddRect({origin.x + rect.x - margin, origin.y + rect.y - margin},
                       {origin.x + rect.x + rect.width + margin, origin.y + rect.y + rect.height + margin}, color, 0.0F,
                       ImDrawFlags_None, thickness);
    }

    bool is_highlighted(std::int64_t plane) const {
        const std::int64_t distance = plane - options_.highlighted_plane;
        return options_.highlighted_plane >= 0 && distance >= 0 && distance % options_.highlighted_step == 0 &&
               distance / options_.highlighted_step < options_.highlighted_count;
    }

    // One outline around all of them: they are side by side or one above the other.
    void draw_highlighted_planes(const TileSpan& visible) const {
        std::optional<TileRect> all;
        for_each(visible, [&](std::int64_t tile) {
            if (!is_highlighted(plane_of(tile))) return;
            const TileRect rect = layout_.tile_rect(tile);
            if (!all) all = rect;
            all->width = rect.x + rect.width - all->x;
            all->height = rect.y + rect.height - all->y;
        });
        const float thickness = std::round(2.0F * scale_);
        if (all) outline(*all, imgui_color(palette_.accent), thickness, /*margin=*/thickness / 2.0F);
    }

    void draw_highlighted_unit() const {
        const bool vector = capture_.shape.rank() == 1;
        const std::int64_t unit = options_.highlighted_unit;
        if (capture_.shape.rank() > 2 || unit >= (vector ? layout_.plane_width : layout_.plane_height)) return;
        TileRect rect = layout_.cell_rect(0, vector ? 0 : unit, vector ? unit : 0);
        if (!vector) rect.width = layout_.tile_width();
        const float thickness = std::round(2.0F * scale_);
        outline(rect, imgui_color(palette_.accent), thickness, /*margin=*/thickness / 2.0F);
    }

    void draw_hover() const {
        if (layout_.tile_count > 1) outline_tile(hit_->tile, imgui_color(palette_.text), std::max(1.0F, scale_));
        TileRect cell = layout_.cell_rect(hit_->tile, hit_->row, hit_->column);
        // A cell of a pixel would drown in its outline.
        const auto widen = [least = 5.0F * scale_](float& start, float& length) {
            start -= std::max(0.0F, least - length) / 2.0F;
            length = std::max(length, least);
        };
        widen(cell.x, cell.width);
        widen(cell.y, cell.height);
        const float thickness = std::max(1.0F, scale_);
        // Dark around light, to be seen on every colour.
        outline(cell, IM_COL32(0, 0, 0, 200), thickness, 1.5F * thickness);
        outline(cell, IM_COL32(255, 255, 255, 255), thickness, 0.5F * thickness);
    }

    const TensorCapture& capture_;
    TileViewState& state_;
    const TileViewOptions& options_;
    const Palette& palette_;
    const float scale_;
    const float pixel_;  // length of a device pixel
    const ImVec2 origin_;
    const ImVec2 size_;
    ImDrawList* const list_;
    const float label_size_;
    TileLayout layout_;
    std::optional<TileHit> hit_;
};

// ImGui scrolls the window under the mouse, or the first of its parents that can be scrolled. This makes the current
// child one that can, invisibly, so that the panel around it stays where it is while the wheel zooms.
void catch_wheel(float height) {
    ImGui::SetCursorPos({0.0F, 3.0F * height});
    ImGui::Dummy({1.0F, 1.0F});
    ImGui::SetScrollY(height);
}

}  // namespace

TileViewResult tile_view(const char* id, const TensorCapture& capture, TileViewState& state,
                         const TileViewOptions& options, TileRenderer& renderer, const Palette& palette, float scale,
                         ImVec2 size) {
    TileViewResult result;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    const bool visible =
        ImGui::BeginChild(id, size, false, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoBackground);
    ImGui::PopStyleVar();
    const ImVec2 origin = ImGui::GetWindowPos();
    const ImVec2 extent = ImGui::GetWindowSize();
    if (visible && extent.x >= 1.0F && extent.y >= 1.0F && capture.shape.element_count() > 0) {
        ImGui::SetCursorScreenPos(origin);
        ImGui::InvisibleButton("tiles", extent);
        View view(capture, state, options, palette, scale, origin, extent);
        result = view.handle_mouse();
        view.draw(renderer);
        catch_wheel(extent.y);
    }
    ImGui::EndChild();
    return result;
}

}  // namespace convscope
