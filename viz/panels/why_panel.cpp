#include "viz/panels/why_panel.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/tile_read_out.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kLeastSide = 64.0F;  // of a method's picture, at scale 1, as the next
constexpr float kLargestSide = 420.0F;
constexpr int kLargestPatch = 28;

const char* name_of_class(const RunInfo& run, int index) {
    const auto& names = run.data.class_names;
    return index >= 0 && index < std::ssize(names) ? names[static_cast<std::size_t>(index)].c_str() : "–";
}

// The picture in grey or in colour, as the network sees it.
TileColors picture_colors(const Explanation& answer, const Recipe& recipe, const WidgetStyle& style) {
    TileColors colors{.colormap = Colormap::Grey,
                      .range = {.mode = RangeMode::Fixed, .fixed = pixel_range(recipe, 0)},
                      .no_data = style.colors.no_data,
                      .no_data_ground = style.colors.panel};
    if (answer.picture->shape[0] == 3)
        colors.rgb = RgbRange{pixel_range(recipe, 0), pixel_range(recipe, 1), pixel_range(recipe, 2)};
    return colors;
}

void cut_hint(const WidgetStyle& style, const char* words, float width) {
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted(shortened_line(words, width).c_str());
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

void quiet_words(const WidgetStyle& style, const char* words, Rgba color) {
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(color));
    ImGui::PushTextWrapPos(0.0F);
    ImGui::TextUnformatted(words);
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

}  // namespace

std::string_view WhyPanel::help() const {
    return "Which pixels of the probe have to do with the score of a class, by six methods that answer different "
           "questions: none of them is the reason, and where they differ it is worth asking why. Each says under the "
           "mouse what it shows and where it misleads; a click shows it alone, and again all of them. Signed maps have "
           "what speaks for the class on one side of zero and what speaks against it on the other. While the network "
           "trains they are worked out in spare time, each of the iteration that it names.";
}

ExplanationQuestion WhyPanel::question_of(ExplanationMethod method) const {
    ExplanationQuestion question{.method = method, .class_index = class_index_};
    if (method == ExplanationMethod::GradCam) question.layer = layer_;
    if (method == ExplanationMethod::Occlusion) question.patch = patch_;
    return question;
}

void WhyPanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    context.watch.probe = true;
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info)
        return empty_state(style, "The session is starting. There is an answer when the network is there.");
    const RunInfo& run = *snapshot->run_info;
    if (run_ != run.run) {  // of another network, perhaps
        run_ = run.run;
        if (class_index_ >= run.recipe.class_count) class_index_ = ExplanationQuestion::kAnswer;
        if (layer_.index >= std::ssize(run.network.layers) ||
            (layer_ != kInputLayer && !run.network.layers[static_cast<std::size_t>(layer_.index)].has_maps()))
            layer_ = kInputLayer;
    }
    draw_controls(run, *snapshot, style);
    large_ ? draw_large(context, *snapshot, style) : draw_all(context, *snapshot, style);
}

void WhyPanel::draw_class(const RunInfo& run, const Snapshot& snapshot, float width, const WidgetStyle& style) {
    char answer[160];
    std::snprintf(answer, sizeof answer, "Its answer: %s", name_of_class(run, snapshot.seen.probe.predicted()));
    const bool of_answer = class_index_ == ExplanationQuestion::kAnswer;
    ImGui::SetNextItemWidth(width);
    const float inside = width - ImGui::GetFrameHeight() - 2.0F * ImGui::GetStyle().FramePadding.x;
    if (ImGui::CalcTextSize(answer).x > inside)
        std::snprintf(answer, sizeof answer, "%s", name_of_class(run, snapshot.seen.probe.predicted()));
    const bool open = ImGui::BeginCombo(
        "##class", shortened_line(of_answer ? answer : name_of_class(run, class_index_), inside).c_str());
    note_item(style, "class");
    item_tooltip(style, "The class whose score is explained: what the network answers, or any other (no key).");
    if (!open) return;
    if (ImGui::Selectable("Its answer", of_answer)) class_index_ = ExplanationQuestion::kAnswer;
    note_item(style, "class is", 0);
    for (int i = 0; i < static_cast<int>(run.recipe.class_count); ++i) {
        ImGui::PushID(i);
        if (ImGui::Selectable(name_of_class(run, i), class_index_ == i)) class_index_ = i;
        note_item(style, "class is", i + 1);
        ImGui::PopID();
    }
    ImGui::EndCombo();
}

void WhyPanel::draw_layer(const NetworkDescription& network, float width, const WidgetStyle& style) {
    const LayerId usual = explained_layer(network);
    char text[128];
    std::snprintf(text, sizeof text, "%s",
                  usual == kInputLayer ? "No maps" : name_of(network, layer_ == kInputLayer ? usual : layer_));
    ImGui::SetNextItemWidth(width);
    const float inside = width - ImGui::GetFrameHeight() - 2.0F * ImGui::GetStyle().FramePadding.x;
    const bool open = ImGui::BeginCombo("##layer", shortened_line(text, inside).c_str());
    note_item(style, "layer");
    item_tooltip(style, "The layer whose maps Grad-CAM weighs; usually the last convolution (no key).");
    if (!open) return;
    for (const LayerDescription& layer : network.layers) {
        if (!layer.has_maps()) continue;
        ImGui::PushID(layer.id.index);
        if (ImGui::Selectable(layer.spec.name.c_str(), layer.id == (layer_ == kInputLayer ? usual : layer_)))
            layer_ = layer.id == usual ? kInputLayer : layer.id;
        note_item(style, "layer is", layer.id.index);
        ImGui::PopID();
    }
    ImGui::EndCombo();
}

void WhyPanel::draw_controls(const RunInfo& run, const Snapshot& snapshot, const WidgetStyle& style) {
    static constexpr std::array<const char*, 2> kViews{"Over the picture", "Plain maps"};
    static constexpr std::array<const char*, 2> kShort{"Over", "Plain"};
    const float room = ImGui::GetContentRegionAvail().x, gap = style.px(6);
    const float half = std::floor(0.5F * (room - gap));
    draw_class(run, snapshot, half, style);
    ImGui::SameLine(0.0F, gap);
    int view = over_ ? 0 : 1;
    if (segmented(style, "view", half < style.px(210) ? kShort : kViews, view, room - half - gap)) over_ = view == 0;
    item_tooltip(style, "The maps laid over the picture, or by themselves (no key).");
    const bool narrow = room < style.px(300);  // two a line
    const float third = narrow ? half : std::floor((room - 2.0F * gap) / 3.0F);
    draw_layer(run.network, third, style);
    ImGui::SameLine(0.0F, gap);
    ImGui::SetNextItemWidth(third);
    const int largest = static_cast<int>(
        std::clamp<std::int64_t>(std::min(run.recipe.input_height, run.recipe.input_width) - 1, 1, kLargestPatch));
    ImGui::PushStyleColor(ImGuiCol_SliderGrab, imgui_color(style.colors.accent, 0.5F));  // numbers are read over it
    ImGui::PushStyleColor(ImGuiCol_SliderGrabActive, imgui_color(style.colors.accent, 0.5F));
    ImGui::SliderInt("##patch", &patch_held_, 1, largest, third < style.px(96) ? "%d px" : "Patch %d px",
                     ImGuiSliderFlags_NoInput);
    note_item(style, "patch");
    if (!ImGui::IsItemActive()) patch_ = patch_held_ = std::min(patch_held_, largest);
    item_tooltip(style, "The side of the patch that occlusion covers, in pixels (no key).");
    if (!narrow) ImGui::SameLine(0.0F, gap);
    ImGui::SetNextItemWidth(narrow ? room : std::max(1.0F, room - 2.0F * (third + gap)));
    char percent[32];
    std::snprintf(percent, sizeof percent, "%.0f %%%%", static_cast<double>(100.0F * opacity_));
    ImGui::BeginDisabled(!over_);
    ImGui::SliderFloat("##opacity", &opacity_, 0.1F, 1.0F, percent, ImGuiSliderFlags_NoInput);
    ImGui::EndDisabled();
    ImGui::PopStyleColor(2);
    note_item(style, "opacity");
    item_tooltip(style, "How much of the picture the maps over it cover (no key).");
}

// As large as all six fit; else so large that they can be read, and the panel scrolls.
void WhyPanel::draw_all(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const std::span<const ExplanationMethodRow> methods = explanation_methods();
    const float gap = style.px(10);
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float besides =
        2.0F * style.fonts.small->FontSize + legend_height(context) + 4.0F * ImGui::GetStyle().ItemSpacing.y;
    const auto count = static_cast<int>(methods.size());
    int columns = 1;
    float side = 0.0F;
    for (int tried = 1; tried <= count; ++tried) {
        const auto rows = static_cast<float>((count + tried - 1) / tried);
        const float wide = (room.x - static_cast<float>(tried - 1) * gap) / static_cast<float>(tried);
        const float fits = std::min(wide, room.y / rows - besides);
        if (fits <= side) continue;
        side = fits;
        columns = tried;
    }
    if (side < style.px(kLeastSide)) {
        const float least = style.px(kLeastSide);
        columns = std::clamp(static_cast<int>((room.x + gap) / (least + gap)), 1, count);
        side = std::min((room.x - static_cast<float>(columns - 1) * gap) / static_cast<float>(columns), 1.5F * least);
    }
    side = std::floor(std::clamp(side, 1.0F, style.px(kLargestSide)));
    for (int i = 0; i < count; ++i) {
        if (i % columns != 0) ImGui::SameLine(0.0F, gap);
        draw_cell(context, snapshot, methods[static_cast<std::size_t>(i)].method, side, style);
    }
}

void WhyPanel::draw_large(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const ExplanationMethodRow& row = row_of(*large_);
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float words = 6.0F * style.fonts.small->FontSize;
    const float besides =
        words + 2.0F * style.fonts.small->FontSize + legend_height(context) + 6.0F * ImGui::GetStyle().ItemSpacing.y;
    const float side = std::floor(
        std::clamp(std::min(room.x, room.y - besides), std::min(room.x, style.px(kLeastSide)), style.px(kLargestSide)));
    draw_cell(context, snapshot, row.method, side, style);
    quiet_words(style, row.shows, style.colors.text);
    quiet_words(style, row.misleads, style.colors.text_secondary);
    note_item(style, "misleads");
}

void WhyPanel::draw_cell(FrameContext& context, const Snapshot& snapshot, ExplanationMethod method, float side,
                         const WidgetStyle& style) {
    const ExplanationMethodRow& row = row_of(method);
    const ExplanationQuestion question = question_of(method);
    context.watch.add(question);
    const auto place = static_cast<std::int64_t>(method);
    ImGui::PushID(static_cast<int>(method));
    ImGui::BeginGroup();
    ImGui::PushFont(style.fonts.small);
    ImGui::TextUnformatted(shortened_line(row.title, side).c_str());
    ImGui::PopFont();
    char text[768];
    std::snprintf(text, sizeof text, "%s %s\n\nA click on its picture shows %s (no key).", row.shows, row.misleads,
                  large_ ? "all methods again" : "it alone");
    note_item(style, "title", place);
    item_tooltip(style, text);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const bool clicked = ImGui::InvisibleButton("map", {side, side});
    note_item(style, "map", place);
    const Explanation* answer = snapshot.find(question);
    const ImVec2 end{corner.x + side, corner.y + side};
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (answer != nullptr && answer->problem.empty() && answer->map->run == snapshot.run_info->run) {
        draw_map(context, snapshot, *answer, side, style);
    } else {
        list->AddRectFilled(corner, end, imgui_color(style.colors.raised));
        list->PushClipRect(corner, end, true);
        list->AddText(style.fonts.small, style.fonts.small->FontSize, {corner.x + style.px(6), corner.y + style.px(6)},
                      imgui_color(style.colors.text_secondary),
                      answer != nullptr && !answer->problem.empty() ? answer->problem.c_str() : "Being worked out",
                      nullptr, std::max(1.0F, side - style.px(12)));
        list->PopClipRect();
        if (answer != nullptr && !answer->problem.empty()) item_tooltip(style, answer->problem);
        ImGui::Dummy({side, legend_height(context) - ImGui::GetStyle().ItemSpacing.y});
        cut_hint(style, " ", side);
    }
    list->AddRect({corner.x - 1.0F, corner.y - 1.0F}, {end.x + 1.0F, end.y + 1.0F}, imgui_color(style.colors.line));
    ImGui::EndGroup();
    ImGui::PopID();
    if (clicked) large_ = large_ ? std::nullopt : std::optional(method);
}

void WhyPanel::draw_map(FrameContext& context, const Snapshot& snapshot, const Explanation& answer, float side,
                        const WidgetStyle& style) {
    const bool is_signed = row_of(answer.question.method).is_signed;
    const bool hovered = ImGui::IsItemHovered();
    const ImVec2 corner = ImGui::GetItemRectMin();
    const TensorCapture& map = *answer.map;
    // Whole squares, whatever the picture's sides are.
    const auto height = static_cast<float>(map.plane_height()), width = static_cast<float>(map.plane_width());
    const float cell = side / std::max(width, height);
    const PlacedTile tile{.plane = 0,
                          .x = corner.x + 0.5F * (side - cell * width),
                          .y = corner.y + 0.5F * (side - cell * height),
                          .width = cell * width,
                          .height = cell * height};
    const TileColors colors{
        .colormap = is_signed ? context.settings.weight_colormap : context.settings.activation_colormap,
        .range = {.mode = RangeMode::PerMap, .symmetric = is_signed},
        .no_data = style.colors.no_data,
        .no_data_ground = style.colors.panel,
        .opacity = over_ ? opacity_ : 1.0F};
    ImDrawList* list = ImGui::GetWindowDrawList();
    Result<void> drawn;
    if (over_)
        drawn = context.tiles.draw(list, *answer.picture, {&tile, 1},
                                   picture_colors(answer, snapshot.run_info->recipe, style));
    if (drawn) drawn = context.tiles.draw(list, map, {&tile, 1}, colors);
    if (!drawn) return hint(style, drawn.error().message.c_str());
    std::optional<float> marked;
    if (hovered) {
        const ImVec2 mouse = ImGui::GetIO().MousePos;
        const auto column = static_cast<std::int64_t>(std::floor((mouse.x - tile.x) / cell));
        const auto row = static_cast<std::int64_t>(std::floor((mouse.y - tile.y) / cell));
        if (column >= 0 && row >= 0 && column < map.plane_width() && row < map.plane_height()) {
            marked = map.values[static_cast<std::size_t>(row * map.plane_width() + column)];
            tile_tooltip(map, {.plane = 0, .row = row, .column = column, .value = *marked}, style.colors);
        }
    }
    ImGui::PushFont(style.fonts.small);
    color_legend(map, colors.colormap, colors.range, 0, marked, style.colors, style.scale, side);
    ImGui::PopFont();
    draw_foot(snapshot, answer, side, style);
}

void WhyPanel::draw_foot(const Snapshot& snapshot, const Explanation& answer, float side, const WidgetStyle& style) {
    char text[128];
    const ShortText iteration = format_count(answer.iteration);
    std::snprintf(text, sizeof text, "%s at %s", name_of_class(*snapshot.run_info, answer.class_index),
                  iteration.c_str());
    cut_hint(style, text, side);
    note_item(style, "foot", static_cast<std::int64_t>(answer.question.method));
    char whole[512];
    int length = std::snprintf(whole, sizeof whole,
                               "Of iteration %s. Score of class %.60s: %s, before any softmax; probability %s.",
                               iteration.c_str(), name_of_class(*snapshot.run_info, answer.class_index),
                               format_value(answer.score).c_str(), format_percent(answer.probability).c_str());
    if (answer.score_from_black && length > 0 && length < static_cast<int>(sizeof whole)) {
        const ValueStatistics& map = answer.map->whole;
        std::snprintf(
            whole + length, sizeof whole - static_cast<std::size_t>(length),
            " The map adds up to %s; the score is %s above that of a black picture.",
            format_value(static_cast<double>(map.mean) * static_cast<double>(answer.map->values.size())).c_str(),
            format_value(*answer.score_from_black).c_str());
    }
    item_tooltip(style, whole);
}

}  // namespace convscope
