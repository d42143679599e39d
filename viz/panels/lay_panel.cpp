#include "viz/panels/lay_panel.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/panels/split_names.h"
#include "viz/render/tile_renderer.h"
#include "viz/view/class_colors.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/layer_picker.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr std::array<std::int32_t, 4> kCounts{1000, 2000, 5000, 10000};
constexpr float kDimmed = 0.12F;  // opacity of what is not pointed at, or not chosen
constexpr float kQuiet = 0.35F;   // of what is right, where mistakes are looked for

const char* lay_class_name(const RunInfo& run, int index) {
    const auto& names = run.data.class_names;
    return index >= 0 && index < std::ssize(names) ? names[static_cast<std::size_t>(index)].c_str() : "no answer";
}

TileColors lay_tile_colors(std::int64_t channels, const WidgetStyle& style) {
    TileColors colors{.colormap = Colormap::Grey,
                      .range = {.mode = RangeMode::Fixed, .fixed = {0.0F, 255.0F}},
                      .no_data = style.colors.no_data,
                      .no_data_ground = style.colors.panel};
    if (channels == 3) colors.rgb = RgbRange{colors.range.fixed, colors.range.fixed, colors.range.fixed};
    return colors;
}

void lay_line(const WidgetStyle& style, const char* words, Rgba color) {
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(color));
    ImGui::TextUnformatted(shortened_line(words, ImGui::GetContentRegionAvail().x).c_str());
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

void lay_progress(const WidgetStyle& style, double progress) {
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x, height = std::max(2.0F, style.px(2));
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(origin, {origin.x + width, origin.y + height}, imgui_color(style.colors.line));
    const float share = std::clamp(static_cast<float>(progress), 0.0F, 1.0F);
    list->AddRectFilled(origin, {origin.x + std::round(width * share), origin.y + height},
                        imgui_color(style.colors.accent));
    ImGui::Dummy({width, height});
}

}  // namespace

std::string_view LayPanel::help() const {
    return "Where test pictures lie by what the chosen layer makes of them: alike for the network is near here. PCA is "
           "made anew with every sample of the activations, and turned so that each point is near where it was; t-SNE "
           "and the UMAP-like layout take longer, are made when asked for, and show how far they have come. A click "
           "makes a picture the probe; dragging encloses pictures with a lasso, the right button moves, the wheel "
           "zooms, a double click shows all. In 3-D dragging turns it, W A S D Q E fly, and Ctrl with dragging "
           "encloses.";
}

void LayPanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    if (!lay_) lay_ = std::make_unique<LayOfData>(context.errands);
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info)
        return empty_state(style, "The session is starting. There is something to lay out when the network is there.");
    const RunInfo& run = *snapshot->run_info;
    draw_controls(context, run, style);
    const SampleQuestion question{context.lane.selection.layer, count_};
    context.watch.add(question);
    std::shared_ptr<const ActivationSample> newest = snapshot->find(question);
    if (newest && newest->run != run.run) newest.reset();
    lay_->advance(newest, asked_, context.time_seconds);
    if (lay_->moving()) context.unfinished = true;
    const Lay* lay = lay_->lay();
    if (lay == nullptr || lay->points.empty()) return draw_missing(*snapshot, style);
    if (!of_ || of_->run != lay->sample->run || of_->pictures != lay->sample->pictures) chosen_.clear();
    of_ = lay->sample;
    if (by_error_)
        bright_class_ = -1;
    else
        draw_legend(run, context.settings.theme, style);
    draw_plot(context, *snapshot, style);
}

void LayPanel::draw_controls(FrameContext& context, const RunInfo& run, const WidgetStyle& style) {
    LayerId layer = context.lane.selection.layer;
    if (layer_picker(style, "layer", run.network, layer, {.with_input = true})) select_layer(context, layer);
    const float room = ImGui::GetContentRegionAvail().x, gap = style.px(6);
    const float line = std::floor(0.5F * (room - gap));
    if (room >= style.px(600)) {
        const float method = std::floor(0.34F * (room - 3.0F * gap)), view = std::floor(0.34F * (room - 3.0F * gap)),
                    count = std::floor(0.14F * (room - 3.0F * gap));
        draw_method(method, style);
        ImGui::SameLine(0.0F, gap);
        draw_view(view, style);
        ImGui::SameLine(0.0F, gap);
        draw_count(run, count, style);
        ImGui::SameLine(0.0F, gap);
        return draw_anew(room - method - view - count - 3.0F * gap, style);
    }
    draw_method(room, style);
    draw_view(room, style);
    draw_count(run, line, style);
    ImGui::SameLine(0.0F, gap);
    draw_anew(room - line - gap, style);
}

void LayPanel::draw_method(float width, const WidgetStyle& style) {
    std::array<const char*, 3> titles{};
    for (const LayoutMethodRow& row : layout_methods()) titles[static_cast<std::size_t>(row.method)] = row.title;
    int chosen = static_cast<int>(asked_.method);
    if (segmented(style, "method", titles, chosen, width)) {
        asked_.method = static_cast<LayoutMethod>(chosen);
        lay_->begin_anew();
    }
    char text[512];
    const LayoutMethodRow& row = row_of(asked_.method);
    std::snprintf(text, sizeof text, "%s: %s %s (no key)", row.title, row.shows, row.misleads);
    item_tooltip(style, text);
}

void LayPanel::draw_view(float width, const WidgetStyle& style) {
    static constexpr std::array<const char*, 2> kDimensions{"2-D", "3-D"}, kColors{"Class", "Error"};
    const float gap = style.px(6), half = std::floor(0.5F * (width - gap));
    int deep = asked_.dimensions == 3 ? 1 : 0;
    if (segmented(style, "dimensions", kDimensions, deep, half)) asked_.dimensions = deep == 1 ? 3 : 2;
    item_tooltip(style, "On a plane, or in space, where one flies as in the scene: drag, wheel, W A S D Q E (no key)");
    ImGui::SameLine(0.0F, gap);
    int error = by_error_ ? 1 : 0;
    if (segmented(style, "colors", kColors, error, width - half - gap)) by_error_ = error == 1;
    item_tooltip(style, "Each class in a colour of its own, or what is got wrong before what is right (no key)");
}

void LayPanel::draw_count(const RunInfo& run, float width, const WidgetStyle& style) {
    char text[64];
    std::snprintf(text, sizeof text, "%s", format_count(std::min<std::int64_t>(count_, run.data.test_count)).c_str());
    ImGui::SetNextItemWidth(width);
    const bool open = ImGui::BeginCombo("##count", text);
    note_item(style, "count");
    item_tooltip(style, "How many pictures, spread evenly over the set: fewer are there sooner (no key).");
    if (!open) return;
    for (std::size_t i = 0; i < kCounts.size(); ++i) {
        if (ImGui::Selectable(format_count(kCounts[i]).c_str(), kCounts[i] == count_)) count_ = kCounts[i];
        note_item(style, "count is", static_cast<std::int64_t>(i));
    }
    ImGui::EndCombo();
}

void LayPanel::draw_anew(float width, const WidgetStyle& style) {
    const bool works = lay_->working() && !row_of(asked_.method).live;
    if (works) {
        if (icon_button(style, "cancel", Icon::Close, "Cancel",
                        {.width = width, .tooltip = "Stops here: what there is of the layout stays (no key)"}))
            lay_->cancel();
    } else if (icon_button(style, "anew", Icon::Reset, "Anew",
                           {.enabled = !row_of(asked_.method).live,
                            .width = width,
                            .tooltip = "Lays out the newest activations; PCA follows them by itself (no key)"})) {
        lay_->begin_anew();
    }
}

void LayPanel::draw_legend(const RunInfo& run, ThemeKind theme, const WidgetStyle& style) {
    bright_class_ = -1;
    const float end = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
    const float size = style.fonts.small->FontSize, dot = 0.32F * size, gap = style.px(8);
    ImGui::PushFont(style.fonts.small);
    for (int i = 0; i < static_cast<int>(run.data.class_names.size()); ++i) {
        const char* name = lay_class_name(run, i);
        const float width = size + ImGui::CalcTextSize(name).x;
        if (i > 0) {
            ImGui::SameLine(0.0F, gap);
            if (ImGui::GetCursorScreenPos().x + width > end) ImGui::NewLine();
        }
        const ImVec2 corner = ImGui::GetCursorScreenPos();
        ImGui::PushID(i);
        ImGui::InvisibleButton("class", {width, size});
        ImGui::PopID();
        note_item(style, "class", i);
        if (ImGui::IsItemHovered()) bright_class_ = i;
        item_tooltip(style, "While the mouse is here this class alone is bright (no key)");
        ImDrawList* list = ImGui::GetWindowDrawList();
        list->AddCircleFilled({corner.x + 0.4F * size, corner.y + 0.5F * size}, dot,
                              imgui_color(class_color(i, theme)));
        list->AddText({corner.x + 0.9F * size, corner.y}, imgui_color(style.colors.text), name);
    }
    ImGui::PopFont();
}

void LayPanel::color_points(const Lay& lay, const WidgetStyle& style, ThemeKind theme) {
    const ActivationSample& sample = *lay.sample;
    marks_.resize(lay.points.size());
    std::array<Rgba, kClassColors> colors{};
    for (int i = 0; i < kClassColors; ++i) colors[static_cast<std::size_t>(i)] = class_color(i, theme);
    std::size_t next = 0;  // of what is chosen
    for (std::size_t i = 0; i < marks_.size(); ++i) {
        const bool wrong = sample.labels[i] != sample.predicted[i];
        const bool is_chosen = next < chosen_.size() && chosen_[next] == static_cast<std::int64_t>(i);
        if (is_chosen) ++next;
        Rgba color = colors[static_cast<std::size_t>(std::max(0, sample.labels[i]) % kClassColors)];
        float opacity = 1.0F;
        if (by_error_) {
            color = wrong ? style.colors.error : style.colors.text_secondary;
            if (!wrong) opacity = kQuiet;
        }
        if (!chosen_.empty() && !is_chosen) opacity = kDimmed;
        if (bright_class_ >= 0 && sample.labels[i] != bright_class_) opacity = kDimmed;
        marks_[i] = {imgui_color(color, opacity),
                     (by_error_ && wrong) || is_chosen || (bright_class_ >= 0 && sample.labels[i] == bright_class_)};
    }
}

void LayPanel::draw_plot(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const RunInfo& run = *snapshot.run_info;
    const Lay& lay = *lay_->lay();
    color_points(lay, style, context.settings.theme);
    std::int64_t ringed = -1;
    if (const auto* held = std::get_if<HeldPicture>(&snapshot.seen.probe.source); held && held->split == Split::Test) {
        const auto& pictures = lay.sample->pictures;
        const auto place = std::lower_bound(pictures.begin(), pictures.end(), held->index);
        if (place != pictures.end() && *place == held->index) ringed = place - pictures.begin();
    }
    const float spacing = ImGui::GetStyle().ItemSpacing.y;
    const float captions = 2.0F * (style.fonts.small->FontSize + spacing) + style.px(2) + spacing;
    const LayPlotResult result = plot_.draw(context, lay_->points(), lay.question.dimensions, marks_, ringed, chosen_,
                                            captions + chosen_height(run, style) + spacing, style);
    context.takes_keys = context.takes_keys || result.takes_keys;
    if (result.moving) context.unfinished = true;
    if (result.chose) context.unfinished = true;
    if (result.hovered >= 0) read_point(context, run, result.hovered, style);
    if (result.clicked >= 0)
        context.ui.post(command::SetProbe{
            HeldPicture{Split::Test, lay.sample->pictures[static_cast<std::size_t>(result.clicked)]}});
    draw_captions(snapshot, style);
    draw_chosen(context, run, style);
}

void LayPanel::draw_captions(const Snapshot& snapshot, const WidgetStyle& style) {
    const Lay& lay = *lay_->lay();
    const ActivationSample& sample = *lay.sample;
    char text[240];
    const char* layer = name_of(snapshot.run_info->network, sample.question.layer);
    if (sample.folded())
        std::snprintf(text, sizeof text, "%.60s: %s values a picture, folded into %s sums that keep distances", layer,
                      format_count(sample.value_count).c_str(), format_count(sample.width).c_str());
    else
        std::snprintf(text, sizeof text, "%.60s: all %s values of a picture", layer,
                      format_count(sample.value_count).c_str());
    lay_line(style, text, style.colors.text);
    note_item(style, "what");
    if (sample.folded())
        item_tooltip(style,
                     "Each value is added, with a sign drawn by chance once and for all, to one of the sums: "
                     "distances between pictures stay what they are to within about a tenth.");
    char share[64] = "";
    if (lay.variance_share)
        std::snprintf(share, sizeof share, ", %s of the variance", format_percent(*lay.variance_share).c_str());
    if (lay.progress < 1.0)
        std::snprintf(share, sizeof share, lay_->working() ? ", %.0f %% done" : ", stopped at %.0f %%",
                      100.0 * lay.progress);
    std::snprintf(text, sizeof text, "%s at iteration %s, %s %s pictures%s", row_of(lay.question.method).title,
                  format_count(sample.iteration).c_str(), format_count(sample.count()).c_str(),
                  names_of_test(&snapshot).word, share);
    lay_line(style, text, style.colors.text_secondary);
    note_item(style, "state");
    const bool own = lay_->working() && !row_of(asked_.method).live;
    lay_progress(style, own ? lay_->progress() : snapshot.sample_progress);
    note_item(style, "progress");
    item_tooltip(style, own ? "How far the layout is" : "How much of the next iteration's activations is gathered");
}

void LayPanel::draw_missing(const Snapshot& snapshot, const WidgetStyle& style) {
    const Lay* lay = lay_->lay();
    if (lay != nullptr && !lay->problem.empty()) return empty_state(style, lay->problem);
    char text[200];
    const bool own = lay_->working();
    if (own)
        std::snprintf(text, sizeof text, "%s is being worked out: %.0f %%", row_of(asked_.method).title,
                      100.0 * lay_->progress());
    else
        std::snprintf(text, sizeof text, "What the layer makes of %s %s pictures is being gathered: %.0f %%.",
                      format_count(std::min<std::int64_t>(count_, snapshot.run_info->data.test_count)).c_str(),
                      names_of_test(&snapshot).word, 100.0 * snapshot.sample_progress);
    lay_progress(style, own ? lay_->progress() : snapshot.sample_progress);
    empty_state(style, text);
}

float LayPanel::chosen_height(const RunInfo& run, const WidgetStyle& style) const {
    if (chosen_.empty() || !run.dataset) return 0.0F;
    return ImGui::GetFrameHeight() + style.px(32) + 2.0F * ImGui::GetStyle().ItemSpacing.y;
}

void LayPanel::draw_chosen(FrameContext& context, const RunInfo& run, const WidgetStyle& style) {
    if (chosen_.empty() || !run.dataset) return;
    const ActivationSample& sample = *of_;
    std::int64_t wrong = 0;
    for (const std::int64_t place : chosen_)
        wrong += sample.labels[static_cast<std::size_t>(place)] != sample.predicted[static_cast<std::size_t>(place)];
    char text[96];
    std::snprintf(text, sizeof text, "%s chosen, %s of them got wrong", format_count(std::ssize(chosen_)).c_str(),
                  format_count(wrong).c_str());
    const float button = ImGui::GetFrameHeight() * 1.2F, room = ImGui::GetContentRegionAvail().x;
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(shortened_line(text, room - button - style.px(8)).c_str());
    note_item(style, "chosen");
    ImGui::SameLine(ImGui::GetContentRegionMax().x - button);
    const bool clear = icon_button(style, "clear", Icon::Close, "",
                                   {.width = button,
                                    .tooltip = "Lets go of what is chosen; a click beside the points "
                                               "does so too (no key)"});
    const float side = style.px(32), pitch = side + style.px(3);
    const auto fits = std::max<std::int64_t>(1, static_cast<std::int64_t>((room + style.px(3)) / pitch));
    pictures_.clear();
    for (std::int64_t i = 0; i < std::min<std::int64_t>(fits, std::ssize(chosen_)); ++i)
        pictures_.push_back(sample.pictures[static_cast<std::size_t>(chosen_[static_cast<std::size_t>(i)])]);
    chosen_sheet_.show(*run.dataset, Split::Test, pictures_, fits);
    if (!chosen_sheet_.fill(8)) context.unfinished = true;
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const std::int64_t channels = run.dataset->info().channels;
    tiles_.clear();
    for (std::int64_t i = 0; i < chosen_sheet_.filled(); ++i)
        tiles_.push_back({.plane = channels == 3 ? i : i * channels,
                          .x = corner.x + static_cast<float>(i) * pitch,
                          .y = corner.y,
                          .width = side,
                          .height = side});
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (const auto drawn = context.tiles.draw(list, chosen_sheet_.capture(), tiles_, lay_tile_colors(channels, style));
        !drawn)
        lay_line(style, drawn.error().message.c_str(), style.colors.warning);
    for (std::int64_t i = 0; i < std::ssize(pictures_); ++i) {
        if (i > 0) ImGui::SameLine(0.0F, pitch - side);
        ImGui::PushID(static_cast<int>(i));
        const bool clicked = ImGui::InvisibleButton("picture", {side, side});
        ImGui::PopID();
        note_item(style, "picture", i);
        const std::int64_t place = chosen_[static_cast<std::size_t>(i)];
        if (sample.labels[static_cast<std::size_t>(place)] != sample.predicted[static_cast<std::size_t>(place)])
            list->AddRect(ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), imgui_color(style.colors.error), 0.0F, 0,
                          std::max(1.0F, style.px(1)));
        if (ImGui::IsItemHovered()) read_point(context, run, place, style);
        if (clicked)
            context.ui.post(command::SetProbe{HeldPicture{Split::Test, pictures_[static_cast<std::size_t>(i)]}});
    }
    if (clear) {
        chosen_.clear();
        context.unfinished = true;
    }
}

// The picture itself, what it is, and what it is taken for.
void LayPanel::read_point(FrameContext& context, const RunInfo& run, std::int64_t point, const WidgetStyle& style) {
    const ActivationSample& sample = *lay_->lay()->sample;
    const auto place = static_cast<std::size_t>(point);
    ImGui::BeginTooltip();
    if (run.dataset) {
        const std::int64_t picture = sample.pictures[place], channels = run.dataset->info().channels;
        hovered_sheet_.show(*run.dataset, Split::Test, {&picture, 1}, 1);
        if (!hovered_sheet_.fill(1)) context.unfinished = true;
        const float side = style.px(84);
        const ImVec2 corner = ImGui::GetCursorScreenPos();
        ImGui::Dummy({side, side});
        note_item(style, "hovered");
        const PlacedTile tile{.plane = 0, .x = corner.x, .y = corner.y, .width = side, .height = side};
        (void)context.tiles.draw(ImGui::GetWindowDrawList(), hovered_sheet_.capture(), {&tile, 1},
                                 lay_tile_colors(channels, style));
    }
    const int label = sample.labels[place], predicted = sample.predicted[place];
    if (label == predicted)
        ImGui::Text("%s, and taken for it", lay_class_name(run, label));
    else
        ImGui::Text("%s, taken for %s", lay_class_name(run, label), lay_class_name(run, predicted));
    ImGui::PushFont(style.fonts.small);
    ImGui::TextColored(imgui_vector(style.colors.text_secondary), "%s picture %s; a click makes it the probe",
                       names_of_test(&run).title, format_count(sample.pictures[place]).c_str());
    ImGui::PopFont();
    ImGui::EndTooltip();
}

}  // namespace convscope
