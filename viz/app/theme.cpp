#include "viz/app/theme.h"

#include "viz/widgets/style.h"

#include <imgui.h>

namespace convscope {

void apply_theme(const Palette& colors, float scale) {
    ImGuiStyle style;
    style.WindowPadding = {12, 8};
    style.WindowRounding = 4;
    style.WindowBorderSize = 1;
    style.ChildBorderSize = 0;
    style.PopupRounding = 4;
    style.PopupBorderSize = 1;
    style.FramePadding = {8, 4};
    style.FrameRounding = 3;
    style.FrameBorderSize = 1;
    style.ItemSpacing = {8, 8};
    style.ItemInnerSpacing = {8, 4};
    style.CellPadding = {8, 3};
    style.IndentSpacing = 16;
    style.ScrollbarSize = 10;
    style.ScrollbarRounding = 5;
    style.GrabMinSize = 12;
    style.GrabRounding = 3;
    style.TabRounding = 3;
    style.DisabledAlpha = 0.4F;
    style.WindowMinSize = {16, 16};
    style.ScaleAllSizes(scale);
    style.WindowBorderSize = style.PopupBorderSize = style.FrameBorderSize = 1;  // hairlines stay hairlines

    const ImVec4 none{0, 0, 0, 0};
    auto set = [&style](ImGuiCol index, ImVec4 color) { style.Colors[index] = color; };
    auto faded = [](Rgba color, float opacity) { return ImGui::ColorConvertU32ToFloat4(imgui_color(color, opacity)); };
    set(ImGuiCol_Text, imgui_vector(colors.text));
    set(ImGuiCol_TextDisabled, imgui_vector(colors.text_secondary));
    set(ImGuiCol_WindowBg, imgui_vector(colors.panel));
    set(ImGuiCol_ChildBg, none);
    set(ImGuiCol_PopupBg, imgui_vector(colors.raised));
    set(ImGuiCol_Border, imgui_vector(colors.line));
    set(ImGuiCol_BorderShadow, none);
    set(ImGuiCol_FrameBg, imgui_vector(colors.raised));
    set(ImGuiCol_FrameBgHovered, imgui_vector(colors.line));
    set(ImGuiCol_FrameBgActive, imgui_vector(colors.accent_dim));
    set(ImGuiCol_ScrollbarBg, none);
    set(ImGuiCol_ScrollbarGrab, imgui_vector(colors.line));
    set(ImGuiCol_ScrollbarGrabHovered, imgui_vector(colors.no_data));
    set(ImGuiCol_ScrollbarGrabActive, imgui_vector(colors.text_secondary));
    set(ImGuiCol_CheckMark, imgui_vector(colors.accent));
    set(ImGuiCol_SliderGrab, imgui_vector(colors.accent));
    set(ImGuiCol_SliderGrabActive, imgui_vector(colors.accent));
    set(ImGuiCol_Button, imgui_vector(colors.raised));
    set(ImGuiCol_ButtonHovered, imgui_vector(colors.line));
    set(ImGuiCol_ButtonActive, imgui_vector(colors.accent_dim));
    set(ImGuiCol_Header, imgui_vector(colors.accent_dim));
    set(ImGuiCol_HeaderHovered, faded(colors.accent, 0.22F));
    set(ImGuiCol_HeaderActive, faded(colors.accent, 0.34F));
    set(ImGuiCol_Separator, imgui_vector(colors.line));
    set(ImGuiCol_SeparatorHovered, imgui_vector(colors.line));
    set(ImGuiCol_SeparatorActive, imgui_vector(colors.accent));
    set(ImGuiCol_ResizeGrip, none);
    set(ImGuiCol_ResizeGripHovered, none);
    set(ImGuiCol_ResizeGripActive, none);
    set(ImGuiCol_Tab, imgui_vector(colors.panel));
    set(ImGuiCol_TabHovered, imgui_vector(colors.accent_dim));
    set(ImGuiCol_TabActive, imgui_vector(colors.accent_dim));
    set(ImGuiCol_TableHeaderBg, imgui_vector(colors.raised));
    set(ImGuiCol_TableBorderStrong, imgui_vector(colors.line));
    set(ImGuiCol_TableBorderLight, faded(colors.line, 0.6F));
    set(ImGuiCol_TableRowBg, none);
    set(ImGuiCol_TableRowBgAlt, faded(colors.raised, 0.5F));
    set(ImGuiCol_TextSelectedBg, faded(colors.accent, 0.35F));
    set(ImGuiCol_NavHighlight, imgui_vector(colors.accent));
    set(ImGuiCol_PlotLines, imgui_vector(colors.accent));
    set(ImGuiCol_PlotHistogram, imgui_vector(colors.accent));
    set(ImGuiCol_ModalWindowDimBg, faded(colors.background, 0.7F));
    ImGui::GetStyle() = style;
}

}  // namespace convscope
