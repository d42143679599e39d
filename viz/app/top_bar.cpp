#include "viz/app/top_bar.h"

#include "viz/app/workspaces.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

namespace convscope {
namespace {

// Draws texts from left to right on one base line, as long as there is room.
class Line {
public:
    Line(const WidgetStyle& style, ImVec2 corner, float height, float left, float right)
        : style_(style), corner_(corner), height_(height), x_(left), right_(right) {}

    void text(ImFont* font, const char* words, Rgba color, float gap_after) {
        const float width = width_of(font, words);
        if (!has_room_for(width)) return;
        // Fonts of different sizes share a base line.
        const float body_top = std::round((height_ - style_.fonts.body->FontSize) * 0.5F);
        const float top = body_top + style_.fonts.body->Ascent - font->Ascent;
        ImGui::GetWindowDrawList()->AddText(font, font->FontSize, {corner_.x + x_, corner_.y + std::round(top)},
                                            imgui_color(color), words);
        x_ += width + style_.px(gap_after);
    }
    // Both or neither.
    void labelled(const char* label, ImFont* font, const char* value, float gap_after) {
        constexpr float kGap = 6.0F;
        if (!has_room_for(width_of(style_.fonts.body, label) + style_.px(kGap) + width_of(font, value))) return;
        text(style_.fonts.body, label, style_.colors.text_secondary, kGap);
        text(font, value, style_.colors.text, gap_after);
    }
    void sign(Icon icon, Rgba color, float gap_after) {
        const float size = style_.px(12);
        if (x_ + size > right_) return;
        draw_icon(ImGui::GetWindowDrawList(), icon,
                  {corner_.x + x_ + size * 0.5F, corner_.y + std::round(height_ * 0.5F)}, size, imgui_color(color));
        x_ += size + style_.px(gap_after);
    }
    float x() const { return x_; }

private:
    static float width_of(const ImFont* font, const char* words) {
        return font->CalcTextSizeA(font->FontSize, 10000.0F, 0.0F, words).x;
    }
    bool has_room_for(float width) {
        if (x_ + width <= right_) return true;
        x_ = right_;  // nothing after it either
        return false;
    }

    const WidgetStyle& style_;
    ImVec2 corner_;
    float height_;
    float x_;
    float right_;
};

struct StateLook {
    const char* word;
    Icon icon;
    Rgba color;
};

StateLook look_of(const Snapshot* snapshot, const Palette& colors) {
    if (!snapshot) return {"Starting", Icon::Play, colors.text_secondary};
    switch (snapshot->state) {
        case SessionState::Starting:
            break;
        case SessionState::Running:
            return {snapshot->evaluating ? "Evaluating" : "Running", Icon::Play, colors.success};
        case SessionState::Paused:
            return {"Paused", Icon::Pause, colors.warning};
        case SessionState::Finished:
            return {"Finished", Icon::Check, colors.success};
        case SessionState::Failed:
            return {"Failed", Icon::Warning, colors.error};
    }
    return {"Starting", Icon::Play, colors.text_secondary};
}

// A tab of `width` at `x`; the chosen one is underlined in the accent.
bool tab(const WidgetStyle& style, ImVec2 corner, float x, float width, float height, std::string_view id,
         const char* title, const char* key, bool chosen) {
    ImGui::SetCursorPos({x, 0.0F});
    ImGui::PushID(title);
    const bool clicked = ImGui::InvisibleButton("tab", {width, height});
    note_item(style, id);
    const bool hovered = ImGui::IsItemHovered();
    ImGui::PopID();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 start{corner.x + x, corner.y};
    if (hovered) list->AddRectFilled(start, {start.x + width, start.y + height}, imgui_color(style.colors.raised));
    if (chosen)
        list->AddRectFilled({start.x, start.y + height - style.px(3)}, {start.x + width, start.y + height},
                            imgui_color(style.colors.accent));
    Line line(style, start, height, style.px(12), width);
    line.text(chosen ? style.fonts.medium : style.fonts.body, title,
              chosen ? style.colors.text : style.colors.text_secondary, 6);
    if (key) line.text(style.fonts.small, key, style.colors.text_secondary, 0);
    return clicked;
}

bool sign_button(const WidgetStyle& style, ImVec2 corner, float x, float side, Icon icon, const char* word,
                 const char* id, const char* tooltip) {
    ImGui::SetCursorPos({x, 0.0F});
    const bool clicked = ImGui::InvisibleButton(id, {side, side});
    note_item(style, id);
    const bool hovered = ImGui::IsItemHovered();
    const ImU32 color = imgui_color(hovered ? style.colors.text : style.colors.text_secondary);
    const ImVec2 center{corner.x + x + std::round(side * 0.5F), corner.y + std::round(side * 0.5F)};
    if (word) {
        ImFont* font = style.fonts.small;
        const ImVec2 extent = font->CalcTextSizeA(font->FontSize, 1000.0F, 0.0F, word);
        ImGui::GetWindowDrawList()->AddText(
            font, font->FontSize, {std::round(center.x - extent.x * 0.5F), std::round(center.y - extent.y * 0.5F)},
            color, word);
    } else {
        draw_icon(ImGui::GetWindowDrawList(), icon, center, style.px(16), color);
    }
    item_tooltip(style, tooltip);
    return clicked;
}

// What the session does, and the iteration that everything in the frame belongs to.
void draw_run(const WidgetStyle& style, const Lane& lane, Line& line) {
    const Snapshot* snapshot = lane.live();
    const StateLook look = look_of(snapshot, style.colors);
    line.sign(look.icon, look.color, 8);
    line.text(style.fonts.medium, look.word, look.color, 16);
    if (!snapshot || !snapshot->run_info) return;
    line.labelled("Iteration", style.fonts.medium, format_count(snapshot->iteration).c_str(), 16);
    if (snapshot->iterations_per_epoch > 0) {
        char epoch[64];
        std::snprintf(epoch, sizeof epoch, "%lld of %lld", static_cast<long long>(snapshot->epoch),
                      static_cast<long long>(snapshot->planned_iterations / snapshot->iterations_per_epoch));
        line.labelled("Epoch", style.fonts.medium, epoch, 24);
    }
    const RunInfo& info = *snapshot->run_info;
    line.text(style.fonts.body, info.recipe.name.c_str(), style.colors.text, 6);
    line.labelled("learns", style.fonts.body, info.data.name.c_str(), 16);
}

// All words of the run's state with its iteration, in units of the scale: tabs leave it so much.
constexpr float kRoomForRun = 260.0F;

// Up to `right`, from the place that it returns: tabs with their keys, without where there is less room, or one that
// opens a list of them.
float draw_workspaces(FrameContext& context, const WidgetStyle& style, std::span<const Workspace> all, ImVec2 corner,
                      float right, float height) {
    const auto chosen = static_cast<std::size_t>(context.settings.workspace);
    auto tab_width = [&](std::size_t i, bool with_key) {
        const float title = text_width(style.fonts.medium, all[i].title.data());
        return std::round(title + (with_key ? style.px(6) + text_width(style.fonts.small, all[i].key.data()) : 0.0F)) +
               style.px(24);
    };
    auto tabs_width = [&](bool with_keys) {
        float sum = 0.0F;
        for (std::size_t i = 0; i < all.size(); ++i) sum += tab_width(i, with_keys);
        return sum;
    };
    if (tabs_width(false) + style.px(kRoomForRun) > right) {
        const float width = tab_width(chosen, true) + style.px(16);
        const float x = right - width - style.px(8);
        if (tab(style, corner, x, width, height, "workspaces", all[chosen].title.data(), all[chosen].key.data(), true))
            ImGui::OpenPopup("workspaces");
        item_tooltip(style, "Another workspace; each has a key");
        draw_icon(ImGui::GetWindowDrawList(), Icon::Down,
                  {corner.x + x + width - style.px(16), corner.y + std::round(height * 0.5F)}, style.px(10),
                  imgui_color(style.colors.accent));
        if (ImGui::BeginPopup("workspaces")) {
            const Anchors::Scope inner(context.anchors, "workspace");
            for (std::size_t i = 0; i < all.size(); ++i) {
                if (ImGui::Selectable(all[i].title.data(), i == chosen, 0, {style.px(160), 0.0F}))
                    context.ui.send(ui::OpenWorkspace{static_cast<int>(i)});
                note_item(style, all[i].id);
                ImGui::SameLine(style.px(128));
                ImGui::TextColored(imgui_vector(style.colors.text_secondary), "%s", all[i].key.data());
            }
            ImGui::EndPopup();
        }
        return x;
    }
    const bool with_keys = tabs_width(true) + style.px(420) < right;
    const float left = right - tabs_width(with_keys) - style.px(8);
    float x = left;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const float own = tab_width(i, with_keys);
        const Anchors::Scope inner(context.anchors, "workspace");
        if (tab(style, corner, x, own, height, all[i].id, all[i].title.data(), with_keys ? all[i].key.data() : nullptr,
                i == chosen))
            context.ui.send(ui::OpenWorkspace{static_cast<int>(i)});
        x += own;
    }
    return left;
}

}  // namespace

void draw_top_bar(FrameContext& context, std::span<const Workspace> all, float height) {
    const WidgetStyle style = style_of(context);
    const float width = ImGui::GetIO().DisplaySize.x;
    ImGui::SetNextWindowPos({0.0F, 0.0F});
    ImGui::SetNextWindowSize({width, height});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                                        ImGuiWindowFlags_NoBringToFrontOnFocus;
    ImGui::Begin("##top", nullptr, kFlags);
    ImGui::PopStyleVar(3);
    const ImVec2 corner = ImGui::GetWindowPos();

    // From the right: signs, then workspaces.
    float right = width - style.px(8) - height;
    const Anchors::Scope scope(context.anchors, "top");
    if (sign_button(style, corner, right, height, Icon::Close, "F1", "help", "All keys (F1)"))
        context.ui.send(ui::TogglePage{Page::Help});
    right -= height;
    const bool dark = context.settings.theme == ThemeKind::Dark;
    if (sign_button(style, corner, right, height, dark ? Icon::Sun : Icon::Moon, nullptr, "theme",
                    dark ? "Light theme (T)" : "Dark theme (T)"))
        context.ui.send(ui::SwitchTheme{});

    right = draw_workspaces(context, style, all, corner, right, height);
    Line line(style, corner, height, style.px(16), right - style.px(8));
    if (right > style.px(kRoomForRun)) line.text(style.fonts.medium, "ConvScope", style.colors.accent, 24);
    draw_run(style, context.lane, line);
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddLine({corner.x, corner.y + height - 0.5F}, {corner.x + width, corner.y + height - 0.5F},
                  imgui_color(style.colors.line));
    ImGui::End();
}

const char* state_name(const Snapshot* snapshot) {
    if (!snapshot) return "starting";
    switch (snapshot->state) {
        case SessionState::Starting:
            return "starting";
        case SessionState::Running:
            return "running";
        case SessionState::Paused:
            return "paused";
        case SessionState::Finished:
            return "finished";
        case SessionState::Failed:
            return "failed";
    }
    return "starting";
}

}  // namespace convscope
