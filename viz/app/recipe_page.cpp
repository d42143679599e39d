#include "viz/app/recipe_page.h"

#include "viz/app/overlay.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

namespace convscope {
namespace {

constexpr float kMostWidth = 1216.0F;
constexpr float kColumn = 270.0F;  // least width of one
constexpr float kColumnGap = 24.0F;
constexpr float kKeys = 124.0F;  // from a key to its value
constexpr float kLine = 18.0F;
constexpr float kSectionGap = 9.0F;

// A value that is too long for one line goes on below.
float row_height(const WidgetStyle& style, const std::string& value, float width) {
    const ImFont* font = style.fonts.small;
    const float text = font->CalcTextSizeA(font->FontSize, FLT_MAX, width - style.px(kKeys), value.c_str()).y;
    return std::round(text + style.px(kLine) - font->FontSize);
}

float section_height(const WidgetStyle& style, const RecipeSection& section, float width) {
    float height = style.px(kLine + kSectionGap);
    for (const auto& row : section.rows) height += row_height(style, row.second, width);
    return height;
}

void draw_section(const WidgetStyle& style, const RecipeSection& section, ImVec2 corner, float width) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImFont* font = style.fonts.small;
    list->AddText(style.fonts.title, style.fonts.title->FontSize, corner, imgui_color(style.colors.accent),
                  section.heading.c_str());
    corner.y += style.px(kLine);
    for (const auto& [key, value] : section.rows) {
        list->AddText(font, font->FontSize, corner, imgui_color(style.colors.text_secondary), key.c_str());
        list->AddText(font, font->FontSize, {corner.x + style.px(kKeys), corner.y}, imgui_color(style.colors.text),
                      value.c_str(), nullptr, width - style.px(kKeys));
        corner.y += row_height(style, value, width);
    }
}

}  // namespace

void draw_recipe_page(FrameContext& context, std::span<const RecipeSection> sections) {
    const WidgetStyle style = style_of(context);
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float page_width = std::min(style.px(kMostWidth), screen.x - style.px(64));
    const float room = page_width - style.px(2.0F * kOverlayPadding) - ImGui::GetStyle().ScrollbarSize;
    const float gap = style.px(kColumnGap);
    const int columns = std::max(1, static_cast<int>((room + gap) / (style.px(kColumn) + gap)));
    const float width = std::max(style.px(kKeys + 40.0F), std::floor((room + gap) / static_cast<float>(columns) - gap));
    std::vector<int> heights;
    for (const RecipeSection& section : sections)
        heights.push_back(static_cast<int>(section_height(style, section, width)));
    const std::vector<int> places = pack_columns(heights, columns);
    std::vector<int> column_heights(static_cast<std::size_t>(columns), 0);
    for (std::size_t i = 0; i < places.size(); ++i) column_heights[static_cast<std::size_t>(places[i])] += heights[i];
    const int highest = *std::max_element(column_heights.begin(), column_heights.end());

    const float content = std::max(style.px(80), static_cast<float>(highest));
    Overlay page(style, "recipe", "Recipe", "F7", {page_width, content + style.px(32)});
    if (sections.empty()) empty_state(style, "The recipe comes with the first run.");
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    int top = 0;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if (i > 0 && places[i] != places[i - 1]) top = 0;
        const float left = std::round(corner.x + (width + gap) * static_cast<float>(places[i]));
        draw_section(style, sections[i], {left, corner.y + static_cast<float>(top)}, width);
        top += heights[i];
    }
    ImGui::Dummy({1.0F, static_cast<float>(highest) - style.px(kSectionGap)});  // what does not fit is scrolled to
    if (page.end()) context.ui.send(ui::ClosePage{});
}

}  // namespace convscope
