#include "viz/panels/scene_chrome.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/panels/phase_buttons.h"
#include "viz/panels/split_names.h"
#include "viz/view/phase_walk.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/tile_read_out.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kMargin = 14.0F;
constexpr float kMapWidth = 220.0F;
constexpr float kMapHeight = 84.0F;
constexpr float kSceneLegendWidth = 250.0F;

// A quiet ground under writing that stands over the picture.
void plate(const FrameContext& context, ImVec2 low, ImVec2 high) {
    ImGui::GetWindowDrawList()->AddRectFilled(low, high, imgui_color(context.colors.panel, 0.82F),
                                              std::round(4.0F * context.scale));
}

}  // namespace

void draw_trail(FrameContext& context, const NetworkDescription& network, const SceneViewport& viewport) {
    const WidgetStyle style = style_of(context);
    Selection selection = context.lane.selection;
    struct Step {
        std::array<char, 64> text{};
        int depth = 0;
    };
    std::array<Step, 4> steps;
    std::size_t count = 0;
    const auto add = [&](int depth, auto... arguments) {
        steps[count].depth = depth;
        std::snprintf(steps[count].text.data(), steps[count].text.size(), arguments...);
        ++count;
    };
    const bool input = selection.layer == kInputLayer;
    const bool maps = input || network.layers[static_cast<std::size_t>(selection.layer.index)].has_maps();
    add(0, "%s", "Network");
    add(1, "%s", input ? "input" : network.layers[static_cast<std::size_t>(selection.layer.index)].spec.name.c_str());
    if (selection.channel >= 0) add(2, maps ? "map %lld" : "unit %lld", static_cast<long long>(selection.channel));
    if (maps && selection.channel >= 0 && selection.row >= 0)
        add(3, "(%lld, %lld)", static_cast<long long>(selection.row), static_cast<long long>(selection.column));

    const float pad = style.px(8);
    const float height = ImGui::GetTextLineHeight() + pad;
    ImVec2 at{viewport.origin.x + style.px(kMargin), viewport.origin.y + style.px(kMargin)};
    float width = pad;
    const float separator = ImGui::CalcTextSize(">").x + 2.0F * style.px(6);
    for (std::size_t i = 0; i < count; ++i)
        width += ImGui::CalcTextSize(steps[i].text.data()).x + (i + 1 < count ? separator : pad);
    plate(context, at, {at.x + width, at.y + height});
    ImDrawList* list = ImGui::GetWindowDrawList();
    float x = at.x + pad;
    for (std::size_t i = 0; i < count; ++i) {
        const ImVec2 size = ImGui::CalcTextSize(steps[i].text.data());
        ImGui::SetCursorScreenPos({x, at.y});
        ImGui::PushID(static_cast<int>(i));
        const bool pressed = ImGui::InvisibleButton("step", {size.x, height});
        note_item(style, "trail", steps[i].depth);
        const bool hovered = ImGui::IsItemHovered();
        item_tooltip(style,
                     i + 1 == count ? "What is selected. F flies there, Esc goes one step out" : "Go back to here");
        ImGui::PopID();
        const Rgba color = hovered          ? context.colors.accent
                           : i + 1 == count ? context.colors.text
                                            : context.colors.text_secondary;
        list->AddText({x, at.y + 0.5F * pad}, imgui_color(color), steps[i].text.data());
        x += size.x;
        if (i + 1 < count) {
            list->AddText({x + style.px(6), at.y + 0.5F * pad}, imgui_color(context.colors.text_secondary), ">");
            x += separator;
        }
        if (!pressed) continue;
        if (steps[i].depth <= 1) selection.select_channel(-1);
        if (steps[i].depth <= 2) selection.row = selection.column = -1;
        if (steps[i].depth == 0) selection.select_layer(kInputLayer);
        context.ui.send(ui::Select{selection});
    }
}

void draw_phases(FrameContext& context, const PassWave& wave, const SceneViewport& viewport) {
    const WidgetStyle style = style_of(context);
    const Snapshot& snapshot = *context.lane.shown();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float pad = style.px(8);
    const float height = ImGui::GetTextLineHeight() + pad;
    const ImVec2 at{viewport.origin.x + style.px(kMargin),
                    viewport.origin.y + style.px(kMargin) + height + style.px(6)};
    char text[280];
    if (!wave.visible()) {
        const auto* held = std::get_if<HeldPicture>(&snapshot.seen.probe.source);
        const auto* sample = std::get_if<BatchSample>(&snapshot.seen.probe.source);
        if (held)
            std::snprintf(text, sizeof text, "%s picture %s",
                          held->split == Split::Train ? "Training" : names_of_test(&snapshot).title,
                          format_count(held->index).c_str());
        else if (sample)
            std::snprintf(text, sizeof text, "Sample %s of the minibatch", format_count(sample->index).c_str());
        else
            std::snprintf(text, sizeof text, "A picture of your own");
    } else {
        // With the number that comes of it, once it is there: the loss, a mean over the minibatch.
        const DatasetInfo& data = snapshot.run_info->data;
        const PassState& pass = snapshot.seen.pass;
        const auto label = static_cast<std::size_t>(pass.label);
        char loss[64] = "";
        if (pass.loss)
            std::snprintf(loss, sizeof loss, ", loss %s", format_value(static_cast<double>(*pass.loss), 4).c_str());
        std::snprintf(text, sizeof text, "Iteration %s, sample %s of its minibatch (%.40s)%s",
                      format_count(snapshot.iteration + 1).c_str(), format_count(pass.sample).c_str(),
                      label < data.class_names.size() ? data.class_names[label].c_str() : "no label", loss);
    }
    const float width = ImGui::CalcTextSize(text).x + 2.0F * pad;
    plate(context, at, {at.x + width, at.y + height});
    list->AddText({at.x + pad, at.y + 0.5F * pad}, imgui_color(context.colors.text_secondary), text);

    const float row = phase_buttons_width(context);
    const ImVec2 below{at.x, at.y + height + style.px(6)};
    plate(context, below, {below.x + row, below.y + ImGui::GetFrameHeight()});
    // What a pass that is shown at once has come to, where nobody holds it.
    if (wave.visible() && context.lane.held() == Phase::None) {
        float x = below.x;
        for (const Phase phase : kPhases) {
            const float word = text_width(style.fonts.body, to_title(phase)) + 2.0F * pad;
            if (phase == wave.phase())
                list->AddRectFilled(
                    {x + pad, below.y + ImGui::GetFrameHeight() - style.px(3)},
                    {x + word - pad, below.y + ImGui::GetFrameHeight() - style.px(1)},
                    imgui_color(phase == Phase::Backward ? context.colors.second_series : context.colors.accent));
            x += word;
        }
    }
    ImGui::SetCursorScreenPos(below);
    phase_buttons(context, row);
}

void draw_legends(FrameContext& context, std::span<const SceneLegend> legends, bool lines,
                  const SceneViewport& viewport) {
    const WidgetStyle style = style_of(context);
    const float width = style.px(kSceneLegendWidth);
    const float line = context.fonts.small->FontSize + style.px(4);
    const float one = line + legend_height(context) + style.px(6);
    std::size_t count = 0;
    for (const SceneLegend& legend : legends) count += legend.capture ? 1 : 0;
    if (count == 0) return;
    const float pad = style.px(8);
    const float height = one * static_cast<float>(count) + pad + (lines ? line : 0.0F);
    const ImVec2 low{viewport.origin.x + style.px(kMargin),
                     viewport.origin.y + viewport.size.y - style.px(kMargin) - height};
    plate(context, low, {low.x + width + 2.0F * pad, low.y + height});
    float y = low.y + 0.5F * pad;
    for (const SceneLegend& legend : legends) {
        if (!legend.capture) continue;
        char text[128];
        const std::int64_t age = context.lane.shown()->iteration - legend.capture->iteration;
        if (age > 0)
            std::snprintf(text, sizeof text, "%s, %s %s old", legend.what, format_count(age).c_str(),
                          age == 1 ? "iteration" : "iterations");
        else
            std::snprintf(text, sizeof text, "%s", legend.what);
        ImGui::SetCursorScreenPos({low.x + pad, y});
        hint(style, text);
        ImGui::SetCursorScreenPos({low.x + pad, y + line});
        color_legend(*legend.capture, legend.colormap, legend.range, legend.plane, std::nullopt, context.colors,
                     context.scale, width);
        y += one;
    }
    if (!lines) return;
    ImDrawList* list = ImGui::GetWindowDrawList();
    float x = low.x + pad;
    for (const auto& [color, text] :
         {std::pair{context.colors.positive, "adds"}, std::pair{context.colors.negative, "takes away, wide: strong"}}) {
        const float middle = y + 0.5F * context.fonts.small->FontSize;
        list->AddLine({x, middle}, {x + style.px(18), middle}, imgui_color(color), 2.0F * context.scale);
        ImGui::SetCursorScreenPos({x + style.px(24), y});
        hint(style, text);
        x += style.px(72);
    }
}

std::size_t draw_map(const FrameContext& context, const SceneLayout& layout, const Camera& camera,
                     const SceneViewport& viewport) {
    const WidgetStyle style = style_of(context);
    const float width = style.px(kMapWidth);
    const float height = style.px(kMapHeight);
    const float pad = style.px(8);
    const ImVec2 low{viewport.origin.x + viewport.size.x - style.px(kMargin) - width,
                     viewport.origin.y + viewport.size.y - style.px(kMargin) - height};
    plate(context, low, {low.x + width, low.y + height});
    const Box& box = layout.box;
    const float zoom = std::min((width - 2.0F * pad) / std::max(box.size().x, 1.0F),
                                (height - 2.0F * pad) / std::max(box.size().z, 1.0F));
    const ImVec2 center{low.x + 0.5F * width, low.y + 0.5F * height};
    const auto place = [&](const Vec3& point) {
        return ImVec2{center.x + (point.x - box.center().x) * zoom, center.y + (point.z - box.center().z) * zoom};
    };
    ImDrawList* list = ImGui::GetWindowDrawList();
    ImGui::SetCursorScreenPos(low);
    const bool pressed = ImGui::InvisibleButton("map", {width, height});
    note_item(style, "map");
    item_tooltip(style, "The network from above, and where you look. A click goes to a layer");
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    std::size_t nearest = layout.walls.size();
    float least = 1e9F;
    list->PushClipRect(low, {low.x + width, low.y + height}, true);
    const std::size_t selected = layout.wall_of(context.lane.selection.layer);
    for (std::size_t i = 0; i < layout.walls.size(); ++i) {
        const SceneSurface& values = layout.walls[i].values;
        const ImVec2 a = place(values.corner);
        const ImVec2 b = place(values.at(values.width(), 0.0F));
        list->AddLine(a, b, imgui_color(i == selected ? context.colors.accent : context.colors.text_secondary),
                      (i == selected ? 3.0F : 2.0F) * context.scale);
        const float distance = std::abs(mouse.x - a.x);
        if (distance < least) {
            least = distance;
            nearest = i;
        }
    }
    // The eye, and how far to both sides it sees.
    const ImVec2 eye = place(camera.eye());
    const ImVec2 shown{std::clamp(eye.x, low.x + style.px(4), low.x + width - style.px(4)),
                       std::clamp(eye.y, low.y + style.px(4), low.y + height - style.px(4))};
    const Vec3 forward = camera.forward();
    const float heading = std::atan2(forward.z, forward.x);
    const float half = 0.5F * kFieldOfView * std::min(2.0F, camera.aspect());
    const float reach = style.px(26);
    const ImVec2 left{shown.x + reach * std::cos(heading - half), shown.y + reach * std::sin(heading - half)};
    const ImVec2 right{shown.x + reach * std::cos(heading + half), shown.y + reach * std::sin(heading + half)};
    list->AddTriangleFilled(shown, left, right, imgui_color(context.colors.accent, 0.30F));
    list->AddCircleFilled(shown, style.px(3), imgui_color(context.colors.accent));
    list->PopClipRect();
    return pressed ? nearest : layout.walls.size();
}

}  // namespace convscope
