#include "viz/app/twin_strip.h"

#include "viz/panels/split_names.h"
#include "viz/view/twin_standing.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr std::array<const char*, kTwinViewCount> kTwinViewNames{"Run", "Both", "Twin", "Difference"};

constexpr float kNameShare = 0.31F;  // of the scene's width, for the name of what is seen in it

// As wide as each needs the same.
float width_of_views(const WidgetStyle& style) {
    float widest = 0.0F;
    for (const char* name : kTwinViewNames) widest = std::max(widest, text_width(style.fonts.body, name));
    return static_cast<float>(kTwinViewCount) * (widest + style.px(20));
}

void say_twin(const FrameContext& context, std::span<char> out) {
    out[0] = '\0';
    const Snapshot* run = context.lane.live();
    const Lane& lane = context.twin.lane->lane;
    const Snapshot* twin = lane.live();
    if (!run || !twin || say_twin_state(*run, *twin, out)) return;
    const MetricHistory& history = context.lane.link.history();
    const MetricHistory& other = lane.link.history();
    // Scalars of other runs than the snapshots' say nothing of these.
    const bool known =
        run->run_info && twin->run_info && history.run() == run->run_info->run && other.run() == twin->run_info->run;
    const TwinStanding standing = known ? standing_of(history, other, twin->twin ? twin->twin->common : 0,
                                                      std::min(run->iteration, twin->iteration))
                                        : TwinStanding{};
    say_standing(standing, names_of_test(history.run_info()).word, out);
}

}  // namespace

void draw_twin_strip(FrameContext& context, float top, float height) {
    const WidgetStyle style = style_of(context);
    const float screen = ImGui::GetIO().DisplaySize.x;
    ImGui::SetNextWindowPos({0.0F, top});
    ImGui::SetNextWindowSize({screen, height});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(8), 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1.0F, 1.0F));
    ImGui::PushStyleColor(ImGuiCol_WindowBg, imgui_color(context.colors.background));
    ImGui::Begin("##twin-strip", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoBringToFrontOnFocus);
    const Anchors::Scope scope(context.anchors, "race");
    note_place(style, "", {0.0F, top}, {screen, top + height});
    ImGui::SetCursorPosY(std::max(0.0F, std::floor(height - ImGui::GetFrameHeight())));

    const float views = std::min(width_of_views(style), 0.6F * screen);
    int view = static_cast<int>(context.settings.twin_view);
    if (segmented(style, "view", kTwinViewNames, view, views))
        context.ui.set(context.settings, &Settings::twin_view, static_cast<TwinView>(view));
    item_tooltip(
        style,
        "What the panels show: the run alone, both side by side, the twin alone, or the twin's values less the "
        "run's (G: the next of these).");
    ImGui::SameLine(0.0F, style.px(16));

    const float close = style.px(27);
    const float end = screen - style.px(8);
    const float other = style.px(27);
    const float room = end - 2.0F * (close + style.px(8)) - ImGui::GetCursorPosX();
    char words[320];
    say_twin(context, words);
    ImGui::AlignTextToFramePadding();
    ImGui::TextColored(imgui_vector(style.colors.text), "%s", shortened_line(words, room).c_str());
    note_item(style, "standing");
    item_tooltip(style, words);
    ImGui::SameLine(end - close - style.px(8) - other);
    if (icon_button(style, "other", Icon::Branch, "",
                    {.width = other, .tooltip = "Race against another twin instead (Shift G)."}))
        context.ui.send(ui::TogglePage{Page::Twin});
    ImGui::SameLine(end - close);
    if (icon_button(
            style, "end", Icon::Close, "",
            {.width = close, .tooltip = "End the twin: the run goes on alone (no key; Shift G, End the twin)."}))
        context.ui.post(command::EndTwin{});
    ImGui::End();
    ImGui::PopStyleColor();
    ImGui::PopStyleVar(3);
}

float draw_face_name(const FrameContext& context, Face face, float width, bool backdrop) {
    const WidgetStyle style = style_of(context);
    const TwinLane& twin = *context.twin.lane;
    const Lane& lane = face == Face::Run ? context.lane : face == Face::Twin ? twin.lane : twin.difference;
    const TwinPlace* place = twin.place();
    char name[256];
    if (face == Face::Run)
        std::snprintf(name, sizeof name, "Run");
    else
        std::snprintf(name, sizeof name, "%s: %s", face == Face::Twin ? "Twin" : "Twin less run",
                      place && !place->difference.empty() ? place->difference.c_str() : "no difference");
    const Rgba color = face == Face::Run    ? style.colors.accent
                       : face == Face::Twin ? style.colors.twin
                                            : style.colors.text;
    ImGui::PushFont(style.fonts.small);
    const float line = ImGui::GetTextLineHeight();
    const float height = line + style.px(backdrop ? 8 : 6);
    const float margin = backdrop ? style.px(14) : 0.0F;
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float top = std::round(corner.y + style.px(backdrop ? 4 : 0));
    char at[64] = "";
    if (const Snapshot* shown = lane.shown(); shown && shown->run_info)
        std::snprintf(at, sizeof at, "iteration %s", format_count(shown->iteration).c_str());
    const float at_width = ImGui::CalcTextSize(at).x;
    const float swatch = style.px(14);
    // Over the scene the words that open panels are at the right.
    const float whole = backdrop ? kNameShare * width : width - 2.0F * margin;
    float room = whole - swatch - at_width - style.px(12);
    const bool says_place = room >= 0.4F * whole;
    if (!says_place) room = whole - swatch;
    list->AddRectFilled({corner.x + margin, top + std::round(0.2F * line)},
                        {corner.x + margin + style.px(8), top + std::round(0.8F * line)}, imgui_color(color),
                        style.px(2));
    const LineText words = shortened_line(name, room);
    list->AddText({corner.x + margin + swatch, top}, imgui_color(color), words.c_str());
    const float beside = corner.x + margin + swatch + ImGui::CalcTextSize(words.c_str()).x + style.px(12);
    if (says_place)
        list->AddText({backdrop ? beside : corner.x + width - margin - at_width, top},
                      imgui_color(style.colors.text_secondary), at);
    ImGui::PopFont();
    ImGui::Dummy({width, line});
    note_item(style, face == Face::Run ? "run-name" : "name");
    item_tooltip(style, name);
    ImGui::SetCursorScreenPos({corner.x, corner.y + height});
    return height;
}

}  // namespace convscope
