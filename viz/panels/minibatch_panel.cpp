#include "viz/panels/minibatch_panel.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/panels/phase_buttons.h"
#include "viz/view/phase_walk.h"
#include "viz/view/place_in_time.h"
#include "viz/view/requested.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kPictureSide = 56.0F;  // of the longer one, at least as many screen pixels as it has
constexpr float kOrderWidth = 168.0F;

const char* class_name(const DatasetInfo& data, int label) {
    const auto place = static_cast<std::size_t>(label);
    return label >= 0 && place < data.class_names.size() ? data.class_names[place].c_str() : "no number";
}

// Why there is no minibatch to be seen, and what would change that.
const char* what_is_missing(const FrameContext& context, const Snapshot& live) {
    const PlaceInTime place = place_in_time(context.lane.link);
    if (live.state == SessionState::Failed) return "Training stopped before this minibatch could be kept.";
    if (live.state == SessionState::Running)
        return "Pause (Space), or hold the iteration at a phase, to see its minibatch: flat out none is kept.";
    if (place.shown <= place.earliest)
        return "No iteration is known before this one. Train one (Right arrow) to see its minibatch.";
    return "The iteration is trained again, so that its minibatch can be seen.";
}

}  // namespace

struct MinibatchPanel::Sheet {
    const BatchSheet& batch;
    const DatasetInfo& data;
    std::int64_t chosen = -1;  // whose pass is followed, from the moment it is asked for; -1: the first, by itself
    ImVec2 corner = {};        // of the view
    float tile_width = 1.0F;
    float tile_height = 1.0F;
    float pitch_x = 1.0F;
    float pitch_y = 1.0F;
    float scroll = 0.0F;
    std::int64_t columns = 1;
    std::int64_t first = 0;  // places in view; they end before `end`
    std::int64_t end = 0;

    ImVec2 at(std::int64_t place) const {
        return {corner.x + static_cast<float>(place % columns) * pitch_x,
                std::round(corner.y + static_cast<float>(place / columns) * pitch_y - scroll)};
    }
};

std::string_view MinibatchPanel::help() const {
    return "An iteration has four steps: the forward pass gives each class a probability, the loss says how wrong that "
           "is, the backward pass by how much each weight is to blame, and the update moves the weights against that. "
           "This is its minibatch, as the very pass had it, dropout and batch norm's own mean included: each picture "
           "with its loss, whose mean is the iteration's; with cross-entropy that is minus the logarithm of what the "
           "true class was given, 0 for sure and right, 2.30 for a guess among ten. A red number is of one that was "
           "taken for another class. The buttons hold the iteration at one of its phases for as long as one likes, in "
           "every panel and in the scene, and nobody waits: it was trained whole and is shown again. A click on a "
           "picture follows that one through the network, instead of the first.";
}

void MinibatchPanel::draw(FrameContext& context) {
    context.watch.film = true;
    const WidgetStyle style = style_of(context);
    const Snapshot* live = context.lane.live();
    if (!live || !live->run_info) return empty_state(style, "The network is being built.");
    const bool there = live->film && live->film->run == live->run_info->run && live->film->batch.count() > 0;
    const Phase held = context.lane.held();
    const bool amid = there && held != Phase::None && live->film->iteration == live->iteration;
    const Known known{!amid || held >= Phase::Forward, !amid || held >= Phase::Loss};
    if (there && (film_ != live->film || ordered_by_loss_ != (order_ == 1 && known.losses))) {
        film_ = live->film;
        totals_ = totals_of(film_->batch);
        ordered_by_loss_ = order_ == 1 && known.losses;
        order_samples(film_->batch, ordered_by_loss_ ? BatchOrder::WorstFirst : BatchOrder::AsDrawn, samples_);
    }
    if (!there) film_.reset();
    draw_head(context, *live, known);
    if (film_)
        draw_pictures(context, *live, known);
    else
        empty_state(style, what_is_missing(context, *live));
}

void MinibatchPanel::draw_head(FrameContext& context, const Snapshot& live, Known known) {
    const WidgetStyle style = style_of(context);
    const float room = ImGui::GetContentRegionAvail().x;
    const float phases = std::min(room, phase_buttons_width(context));
    const float order = std::min(style.px(kOrderWidth), room);
    phase_buttons(context, phases);
    if (room - phases - style.px(12) >= order) ImGui::SameLine(room - order + ImGui::GetCursorPosX());
    static constexpr std::array<const char*, 2> kOrders{"As drawn", "Worst first"};
    segmented(style, "order", kOrders, order_, order);
    item_tooltip(style, "In the order of the minibatch, or by their loss, once that is known (no key).");
    if (!film_) return;
    char text[320];
    const char* age = film_->iteration == live.iteration ? "" : "; pause to see the present one";
    if (known.losses)
        std::snprintf(text, sizeof text, "Iteration %s: mean loss %s, %s of %s right%s",
                      format_count(film_->iteration).c_str(), format_value(totals_.mean_loss).c_str(),
                      format_count(totals_.right).c_str(), format_count(totals_.count).c_str(), age);
    else
        std::snprintf(text, sizeof text, "Iteration %s: %s pictures%s", format_count(film_->iteration).c_str(),
                      format_count(totals_.count).c_str(), age);
    ImGui::PushFont(style.fonts.small);
    const LineText line = shortened_line(text, room);
    ImGui::PopFont();
    hint(style, line.c_str());
    item_tooltip(style, text);
}

void MinibatchPanel::draw_pictures(FrameContext& context, const Snapshot& live, Known known) {
    const WidgetStyle style = style_of(context);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    const bool visible = ImGui::BeginChild("pictures", {0.0F, 0.0F}, false,
                                           ImGuiWindowFlags_NoNav | ImGuiWindowFlags_AlwaysVerticalScrollbar);
    ImGui::PopStyleVar();
    if (visible) {
        const BatchSheet& batch = film_->batch;
        Sheet sheet{batch, live.run_info->data};
        const auto& asked = context.lane.link.requested().probe;
        sheet.chosen = context.lane.link.pending(asked.id) && asked.value.batch ? asked.value.sample
                       : live.seen.probe.from_batch()
                           ? std::get<BatchSample>(live.seen.probe.source).index % batch.count()
                           : -1;
        const auto rows = static_cast<float>(batch.picture[1]);
        const auto columns = static_cast<float>(batch.picture[2]);
        const float longest = std::max(rows, columns);
        const float side = style.px(kPictureSide);
        const float pixel = longest <= side ? std::floor(side / longest) : side / longest;
        sheet.tile_width = std::max(1.0F, pixel * columns);
        sheet.tile_height = std::max(1.0F, pixel * rows);
        const float gap = style.px(6);
        const float inset = style.px(3);
        sheet.corner = {ImGui::GetWindowPos().x + inset, ImGui::GetWindowPos().y + inset};
        sheet.pitch_x = sheet.tile_width + gap;
        sheet.pitch_y = sheet.tile_height + style.fonts.small->FontSize + style.px(2) + gap;
        sheet.scroll = ImGui::GetScrollY();
        const float width = ImGui::GetContentRegionAvail().x - inset;
        const float height = ImGui::GetWindowHeight();
        sheet.columns = std::max<std::int64_t>(1, static_cast<std::int64_t>((width + gap) / sheet.pitch_x));
        const std::int64_t last = batch.count();
        sheet.first = std::min(last, static_cast<std::int64_t>(sheet.scroll / sheet.pitch_y) * sheet.columns);
        sheet.end =
            std::min(last, (static_cast<std::int64_t>((sheet.scroll + height) / sheet.pitch_y) + 1) * sheet.columns);

        ImGui::SetCursorPosY(ImGui::GetScrollY());
        const bool clicked = ImGui::InvisibleButton("grid", {std::max(1.0F, width), std::max(1.0F, height)});
        note_item(style, "pictures");
        const bool hovered = ImGui::IsItemHovered();
        draw_tiles(context, sheet, known);
        if (hovered) read_picture(context, sheet, known, clicked);
        const std::int64_t lines = (last + sheet.columns - 1) / sheet.columns;
        ImGui::SetCursorPosY(static_cast<float>(lines) * sheet.pitch_y);
        ImGui::Dummy({1.0F, 1.0F});
    }
    ImGui::EndChild();
}

void MinibatchPanel::draw_tiles(FrameContext& context, const Sheet& sheet, Known known) {
    const WidgetStyle style = style_of(context);
    const std::int64_t channels = sheet.batch.picture[0];
    in_view_.clear();
    for (std::int64_t place = sheet.first; place < sheet.end; ++place)
        in_view_.push_back(samples_[static_cast<std::size_t>(place)]);
    const auto rows = static_cast<std::int64_t>(std::ceil(ImGui::GetWindowHeight() / sheet.pitch_y)) + 1;
    pictures_.show(film_, in_view_, rows * sheet.columns);
    tiles_.clear();
    for (std::int64_t place = sheet.first; place < sheet.end; ++place) {
        const ImVec2 corner = sheet.at(place);
        tiles_.push_back({.plane = (place - sheet.first) * (channels == 3 ? 1 : channels),
                          .x = corner.x,
                          .y = corner.y,
                          .width = sheet.tile_width,
                          .height = sheet.tile_height});
        note_place(style, "picture", corner, {corner.x + sheet.tile_width, corner.y + sheet.tile_height},
                   samples_[static_cast<std::size_t>(place)]);
    }
    TileColors colors{.colormap = Colormap::Grey,
                      .range = {.mode = RangeMode::Fixed, .fixed = {0.0F, 255.0F}},
                      .no_data = style.colors.no_data,
                      .no_data_ground = style.colors.panel};
    if (channels == 3) colors.rgb = RgbRange{colors.range.fixed, colors.range.fixed, colors.range.fixed};
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (const auto drawn = context.tiles.draw(list, pictures_.capture(), tiles_, colors); !drawn)
        list->AddText(ImGui::GetFont(), ImGui::GetFontSize(), sheet.corner, imgui_color(style.colors.warning),
                      drawn.error().message.c_str());
    for (std::int64_t place = sheet.first; place < sheet.end; ++place) draw_picture_words(context, sheet, place, known);
}

// Its loss below it, and a frame around the one that is followed.
void MinibatchPanel::draw_picture_words(const FrameContext& context, const Sheet& sheet, std::int64_t place,
                                        Known known) const {
    const WidgetStyle style = style_of(context);
    const ImVec2 corner = sheet.at(place);
    const std::int64_t sample = samples_[static_cast<std::size_t>(place)];
    const auto i = static_cast<std::size_t>(sample);
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (sample == sheet.chosen) {
        const float margin = style.px(1);
        list->AddRect({corner.x - margin, corner.y - margin},
                      {corner.x + sheet.tile_width + margin, corner.y + sheet.tile_height + margin},
                      imgui_color(style.colors.accent), 0.0F, 0, style.px(2));
    }
    const bool wrong = known.classes && sheet.batch.predicted[i] != sheet.batch.labels[i];
    char text[64];
    if (known.losses)
        std::snprintf(text, sizeof text, "%s", format_value(static_cast<double>(sheet.batch.losses[i]), 3).c_str());
    else if (known.classes)
        std::snprintf(text, sizeof text, "%.24s", class_name(sheet.data, sheet.batch.predicted[i]));
    else
        std::snprintf(text, sizeof text, "%.24s", class_name(sheet.data, sheet.batch.labels[i]));
    ImGui::PushFont(style.fonts.small);
    const LineText line = shortened_line(text, sheet.tile_width);
    ImGui::PopFont();
    list->AddText(style.fonts.small, style.fonts.small->FontSize,
                  {corner.x, corner.y + sheet.tile_height + style.px(2)},
                  imgui_color(wrong ? style.colors.error : style.colors.text_secondary), line.c_str());
}

void MinibatchPanel::read_picture(FrameContext& context, const Sheet& sheet, Known known, bool clicked) const {
    const WidgetStyle style = style_of(context);
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    for (std::int64_t place = sheet.first; place < sheet.end; ++place) {
        const ImVec2 corner = sheet.at(place);
        if (mouse.x < corner.x || mouse.x >= corner.x + sheet.tile_width || mouse.y < corner.y ||
            mouse.y >= corner.y + sheet.pitch_y)
            continue;
        const std::int64_t sample = samples_[static_cast<std::size_t>(place)];
        const auto i = static_cast<std::size_t>(sample);
        char verdict[80] = "";
        if (known.classes)
            std::snprintf(verdict, sizeof verdict, ", taken for %.40s",
                          class_name(sheet.data, sheet.batch.predicted[i]));
        char loss[72] = "";
        if (known.losses)
            std::snprintf(loss, sizeof loss, "\nLoss %s",
                          format_value(static_cast<double>(sheet.batch.losses[i]), 6).c_str());
        char text[480];
        std::snprintf(text, sizeof text,
                      "Sample %s: training picture %s\nLabel %.40s%s%s\nA click follows it through the network (no "
                      "key); Page down goes back to the data.",
                      format_count(sample).c_str(), format_count(sheet.batch.indices[i]).c_str(),
                      class_name(sheet.data, sheet.batch.labels[i]), verdict, loss);
        item_tooltip(style, text);
        if (clicked) context.ui.post(command::SetProbe{BatchSample{sample}});
        return;
    }
}

}  // namespace convscope
