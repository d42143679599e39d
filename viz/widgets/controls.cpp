#include "viz/widgets/controls.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

ImVec2 operator+(ImVec2 a, ImVec2 b) { return {a.x + b.x, a.y + b.y}; }

void begin_tooltip(const WidgetStyle& style) {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(12), style.px(8)));
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(style.px(340));
}

void end_tooltip() {
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

void text_tooltip(const WidgetStyle& style, std::string_view text) {
    begin_tooltip(style);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    end_tooltip();
}

// Of an icon of radius r: a bar around x, and a triangle from its base to its tip.
void draw_bar(ImDrawList* list, ImVec2 c, float x, float r, ImU32 color) {
    list->AddRectFilled(c + ImVec2(x - 0.2F * r, -0.8F * r), c + ImVec2(x + 0.2F * r, 0.8F * r), color);
}

void draw_arrow_head(ImDrawList* list, ImVec2 c, float base, float tip, float r, ImU32 color) {
    list->AddTriangleFilled(c + ImVec2(base, -0.8F * r), c + ImVec2(tip, 0), c + ImVec2(base, 0.8F * r), color);
}

void draw_circular_arrow(ImDrawList* list, ImVec2 c, float r, ImU32 color) {
    const float thickness = std::max(1.5F, r * 0.28F);
    list->PathArcTo(c, r * 0.8F, -0.6F, 4.2F, 20);
    list->PathStroke(color, 0, thickness);
    const ImVec2 tip = c + ImVec2(std::cos(-0.6F) * r * 0.8F, std::sin(-0.6F) * r * 0.8F);
    list->AddTriangleFilled(tip + ImVec2(-r * 0.55F, r * 0.05F), tip + ImVec2(r * 0.35F, r * 0.2F),
                            tip + ImVec2(r * 0.12F, -r * 0.65F), color);
}

void draw_sun(ImDrawList* list, ImVec2 c, float r, ImU32 color) {
    list->AddCircleFilled(c, r * 0.45F, color, 20);
    for (int i = 0; i < 8; ++i) {
        const float angle = static_cast<float>(i) * 0.785398F;
        const ImVec2 ray(std::cos(angle), std::sin(angle));
        list->AddLine(c + ImVec2(ray.x * r * 0.68F, ray.y * r * 0.68F), c + ImVec2(ray.x * r, ray.y * r), color,
                      std::max(1.0F, r * 0.2F));
    }
}

// Between two arcs that end in the same two points, 60 degrees above and below: the disc's own, and one around
// (0.625, 0) with radius 0.875, which cuts the disc at x = -0.25.
void draw_moon(ImDrawList* list, ImVec2 c, float r, ImU32 color) {
    constexpr int kSteps = 16;
    constexpr float kDegree = 0.0174533F;
    auto outer = [&](float t) {
        const float angle = (60.0F + 240.0F * t) * kDegree;
        return c + ImVec2(std::cos(angle) * r, std::sin(angle) * r);
    };
    auto inner = [&](float t) {
        const float angle = (98.2F + 163.6F * t) * kDegree;
        return c + ImVec2((0.625F + 0.875F * std::cos(angle)) * r, 0.875F * std::sin(angle) * r);
    };
    for (int i = 0; i < kSteps; ++i) {
        const float t = static_cast<float>(i) / kSteps;
        const float next = static_cast<float>(i + 1) / kSteps;
        list->AddQuadFilled(outer(t), outer(next), inner(next), inner(t), color);
    }
}

// From the upper right down, and to the left.
void draw_return(ImDrawList* list, ImVec2 c, float r, ImU32 color) {
    const float thickness = std::max(1.5F, r * 0.25F);
    list->AddLine(c + ImVec2(0.75F * r, -0.7F * r), c + ImVec2(0.75F * r, 0.35F * r), color, thickness);
    list->AddLine(c + ImVec2(0.75F * r, 0.25F * r), c + ImVec2(-0.3F * r, 0.25F * r), color, thickness);
    list->AddTriangleFilled(c + ImVec2(-0.2F * r, -0.4F * r), c + ImVec2(-0.95F * r, 0.25F * r),
                            c + ImVec2(-0.2F * r, 0.9F * r), color);
}

// A line that goes on, and one that leaves it.
void draw_branch(ImDrawList* list, ImVec2 c, float r, ImU32 color) {
    const float thickness = std::max(1.5F, r * 0.25F);
    list->AddLine(c + ImVec2(-0.9F * r, 0.55F * r), c + ImVec2(0.6F * r, 0.55F * r), color, thickness);
    list->AddLine(c + ImVec2(-0.5F * r, 0.55F * r), c + ImVec2(0.2F * r, -0.55F * r), color, thickness);
    list->AddLine(c + ImVec2(0.2F * r, -0.55F * r), c + ImVec2(0.6F * r, -0.55F * r), color, thickness);
    for (const float y : {0.55F, -0.55F}) list->AddCircleFilled(c + ImVec2(0.7F * r, y * r), 0.3F * r, color, 12);
}

}  // namespace

void note_item(const WidgetStyle& style, std::string_view name, std::int64_t index) {
    note_place(style, name, ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), index);
}

void note_place(const WidgetStyle& style, std::string_view name, ImVec2 corner, ImVec2 end, std::int64_t index) {
    const ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 low = list->GetClipRectMin();
    const ImVec2 high = list->GetClipRectMax();
    const AnchorRect seen{std::max(corner.x, low.x), std::max(corner.y, low.y), std::min(end.x, high.x),
                          std::min(end.y, high.y)};
    if (seen.left < seen.right && seen.top < seen.bottom) style.anchors.note(name, seen, index);
}

void draw_icon(ImDrawList* list, Icon icon, ImVec2 c, float size, ImU32 color) {
    const float r = size * 0.5F;
    switch (icon) {
        case Icon::Play:
            list->AddTriangleFilled(c + ImVec2(-r * 0.6F, -r * 0.85F), c + ImVec2(r * 0.9F, 0),
                                    c + ImVec2(-r * 0.6F, r * 0.85F), color);
            break;
        case Icon::Pause:
            list->AddRectFilled(c + ImVec2(-r * 0.7F, -r * 0.8F), c + ImVec2(-r * 0.18F, r * 0.8F), color);
            list->AddRectFilled(c + ImVec2(r * 0.18F, -r * 0.8F), c + ImVec2(r * 0.7F, r * 0.8F), color);
            break;
        case Icon::Breakpoint:  // a dot in a ring
            list->AddCircle(c, r * 0.85F, color, 0, std::max(1.5F, r * 0.2F));
            list->AddCircleFilled(c, r * 0.42F, color);
            break;
        case Icon::Step:
            draw_bar(list, c, -0.65F * r, r, color);
            draw_arrow_head(list, c, -0.2F * r, 0.95F * r, r, color);
            break;
        case Icon::StepBack:
            draw_bar(list, c, 0.65F * r, r, color);
            draw_arrow_head(list, c, 0.2F * r, -0.95F * r, r, color);
            break;
        case Icon::ToStart:
            draw_bar(list, c, -0.85F * r, r, color);
            draw_arrow_head(list, c, 0.25F * r, -0.6F * r, r, color);
            draw_arrow_head(list, c, 1.05F * r, 0.2F * r, r, color);
            break;
        case Icon::ToEnd:
            draw_bar(list, c, 0.85F * r, r, color);
            draw_arrow_head(list, c, -0.25F * r, 0.6F * r, r, color);
            draw_arrow_head(list, c, -1.05F * r, -0.2F * r, r, color);
            break;
        case Icon::Reset:
            draw_circular_arrow(list, c, r, color);
            break;
        case Icon::Previous:
            list->AddTriangleFilled(c + ImVec2(r * 0.45F, -r * 0.7F), c + ImVec2(-r * 0.55F, 0),
                                    c + ImVec2(r * 0.45F, r * 0.7F), color);
            break;
        case Icon::Next:
            list->AddTriangleFilled(c + ImVec2(-r * 0.45F, -r * 0.7F), c + ImVec2(r * 0.55F, 0),
                                    c + ImVec2(-r * 0.45F, r * 0.7F), color);
            break;
        case Icon::Up:
            list->AddTriangleFilled(c + ImVec2(0, -r * 0.55F), c + ImVec2(r * 0.7F, r * 0.45F),
                                    c + ImVec2(-r * 0.7F, r * 0.45F), color);
            break;
        case Icon::Down:
            list->AddTriangleFilled(c + ImVec2(-r * 0.7F, -r * 0.45F), c + ImVec2(r * 0.7F, -r * 0.45F),
                                    c + ImVec2(0, r * 0.55F), color);
            break;
        case Icon::Sun:
            draw_sun(list, c, r, color);
            break;
        case Icon::Moon:
            draw_moon(list, c, r, color);
            break;
        case Icon::Warning:
            list->AddTriangle(c + ImVec2(0, -r * 0.85F), c + ImVec2(-r * 0.95F, r * 0.8F),
                              c + ImVec2(r * 0.95F, r * 0.8F), color, std::max(1.0F, r * 0.2F));
            list->AddRectFilled(c + ImVec2(-r * 0.1F, -r * 0.3F), c + ImVec2(r * 0.1F, r * 0.25F), color);
            list->AddRectFilled(c + ImVec2(-r * 0.1F, r * 0.4F), c + ImVec2(r * 0.1F, r * 0.6F), color);
            break;
        case Icon::Check:
            list->AddLine(c + ImVec2(-r * 0.8F, 0), c + ImVec2(-r * 0.2F, r * 0.6F), color, std::max(1.5F, r * 0.28F));
            list->AddLine(c + ImVec2(-r * 0.2F, r * 0.6F), c + ImVec2(r * 0.85F, -r * 0.6F), color,
                          std::max(1.5F, r * 0.28F));
            break;
        case Icon::Close:
            list->AddLine(c + ImVec2(-r * 0.6F, -r * 0.6F), c + ImVec2(r * 0.6F, r * 0.6F), color,
                          std::max(1.5F, r * 0.25F));
            list->AddLine(c + ImVec2(-r * 0.6F, r * 0.6F), c + ImVec2(r * 0.6F, -r * 0.6F), color,
                          std::max(1.5F, r * 0.25F));
            break;
        case Icon::Return:
            draw_return(list, c, r, color);
            break;
        case Icon::Branch:
            draw_branch(list, c, r, color);
            break;
    }
}

void help_marker(const WidgetStyle& style, std::string_view text) {
    const float side = style.px(16);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    ImGui::PushID(text.data());
    ImGui::InvisibleButton("help", ImVec2(side, side));
    ImGui::PopID();
    note_item(style, "help");
    const bool hovered = ImGui::IsItemHovered();
    const ImU32 color = imgui_color(hovered ? style.colors.accent : style.colors.text_secondary);
    const ImVec2 center = origin + ImVec2(side * 0.5F, side * 0.5F);
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddCircle(center, side * 0.5F - 1.0F, color, 24, std::max(1.0F, style.scale));
    const float size = std::round(style.fonts.small->FontSize * 0.85F);
    const ImVec2 extent = style.fonts.medium->CalcTextSizeA(size, 1000.0F, 0.0F, "?");
    list->AddText(style.fonts.medium, size,
                  {std::round(center.x - extent.x * 0.5F), std::round(center.y - extent.y * 0.5F)}, color, "?");
    if (hovered) text_tooltip(style, text);
}

void item_tooltip(const WidgetStyle& style, std::string_view text) {
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) text_tooltip(style, text);
}

void value_row(const WidgetStyle& style, const char* label, const char* value, Rgba color) {
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = ImGui::GetTextLineHeight();
    const float value_width = ImGui::CalcTextSize(value).x;
    const ImVec2 place(std::round(origin.x + std::max(0.0F, width - value_width)), origin.y);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float label_end = place.x - style.px(8);
    list->PushClipRect(origin, {std::max(origin.x, label_end), origin.y + height * 1.5F}, true);
    list->AddText(origin, imgui_color(style.colors.text_secondary), label);
    list->PopClipRect();
    list->AddText(place, imgui_color(color ? color : style.colors.text), value);
    ImGui::Dummy(ImVec2(width, height));
}

float text_width(const ImFont* font, const char* text) {
    return font->CalcTextSizeA(font->FontSize, 10000.0F, 0.0F, text).x;
}

constexpr std::string_view kEllipsis = "...";

// How many bytes of it are shown: all of them, or what fits with an ellipsis behind it.
static std::size_t fitting(std::string_view text, float width) {
    const auto width_of = [](std::string_view part) {
        return ImGui::CalcTextSize(part.data(), part.data() + part.size()).x;
    };
    if (width_of(text) <= width) return text.size();
    width -= width_of(kEllipsis);
    std::size_t fits = 0;
    std::size_t too_many = text.size();
    while (fits + 1 < too_many) {
        const std::size_t middle = (fits + too_many) / 2;
        (width_of(text.substr(0, middle)) <= width ? fits : too_many) = middle;
    }
    while (fits > 0 && (static_cast<unsigned char>(text[fits]) & 0xC0U) == 0x80U) --fits;  // amid a character
    return fits;
}

std::string shortened(std::string_view text, float width) {
    const std::size_t fits = fitting(text, width);
    return fits == text.size() ? std::string(text) : std::string(text.substr(0, fits)) + std::string(kEllipsis);
}

LineText shortened_line(std::string_view text, float width) {
    LineText line;
    const std::size_t room = line.characters.size() - kEllipsis.size() - 1;
    std::size_t fits = fitting(text, width);
    const bool whole = fits == text.size() && fits <= room;
    fits = std::min(fits, room);
    while (!whole && fits > 0 && (static_cast<unsigned char>(text[fits]) & 0xC0U) == 0x80U) --fits;
    const auto end = std::copy_n(text.begin(), fits, line.characters.begin());
    if (!whole) std::copy(kEllipsis.begin(), kEllipsis.end(), end);
    return line;
}

bool segmented(const WidgetStyle& style, const char* id, std::span<const char* const> options, int& chosen,
               float width) {
    const int before = chosen;
    if (width <= 0.0F) width = ImGui::GetContentRegionAvail().x;
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float height = ImGui::GetFrameHeight();
    const float rounding = ImGui::GetStyle().FrameRounding;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto count = static_cast<float>(options.size());
    auto edge = [&](std::size_t i) { return std::round(width * static_cast<float>(i) / count); };

    ImGui::PushID(id);
    ImGui::BeginGroup();
    list->AddRectFilled(origin, origin + ImVec2(width, height), imgui_color(style.colors.raised), rounding);
    for (std::size_t i = 0; i < options.size(); ++i) {
        const ImVec2 left = origin + ImVec2(edge(i), 0);
        const ImVec2 right = origin + ImVec2(edge(i + 1), height);
        ImGui::SetCursorScreenPos(left);
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::InvisibleButton("option", ImVec2(std::max(1.0F, right.x - left.x), height)))
            chosen = static_cast<int>(i);
        note_item(style, id, static_cast<std::int64_t>(i));
        const bool hovered = ImGui::IsItemHovered();
        ImGui::PopID();
        const bool active = chosen == static_cast<int>(i);
        if (active) list->AddRectFilled(left, right, imgui_color(style.colors.accent_dim), rounding);
        ImFont* font = active ? style.fonts.medium : style.fonts.body;
        const float size = ImGui::GetFontSize();
        const ImVec2 extent = font->CalcTextSizeA(size, 10000.0F, 0.0F, options[i]);
        const ImVec2 place(std::round((left.x + right.x - extent.x) * 0.5F),
                           std::round((left.y + right.y - extent.y) * 0.5F));
        const Rgba color = active || hovered ? style.colors.text : style.colors.text_secondary;
        list->PushClipRect(left, right, true);
        list->AddText(font, size, place, imgui_color(color), options[i]);
        list->PopClipRect();
    }
    list->AddRect(origin, origin + ImVec2(width, height), imgui_color(style.colors.line), rounding);
    ImGui::EndGroup();
    ImGui::PopID();
    return chosen != before;
}

bool icon_button(const WidgetStyle& style, const char* id, Icon icon, const char* label, const ButtonOptions& options) {
    const float height = ImGui::GetFrameHeight();
    const float icon_size = style.px(12);
    const bool has_label = label && *label;
    ImFont* font = options.primary ? style.fonts.medium : style.fonts.body;
    const float font_size = ImGui::GetFontSize();
    const ImVec2 extent = has_label ? font->CalcTextSizeA(font_size, 10000.0F, 0.0F, label) : ImVec2(0, 0);
    const float gap = has_label ? style.px(8) : 0.0F;
    const float content = icon_size + gap + extent.x;
    const float width = options.width > 0.0F ? options.width
                        : has_label          ? content + style.px(24)
                                             : height + style.px(8);

    const ImVec2 origin = ImGui::GetCursorScreenPos();
    if (!options.enabled) ImGui::BeginDisabled();
    const bool pressed = ImGui::InvisibleButton(id, ImVec2(width, height));
    note_item(style, id);
    const bool hovered = ImGui::IsItemHovered();
    const bool held = ImGui::IsItemActive();
    if (!options.enabled) ImGui::EndDisabled();

    const float opacity = options.enabled ? 1.0F : 0.4F;
    const Rgba ground = options.primary ? style.colors.accent : held ? style.colors.accent_dim : style.colors.raised;
    const Rgba ink = options.primary ? style.colors.panel : style.colors.text;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float rounding = ImGui::GetStyle().FrameRounding;
    const float dimming = options.primary && hovered ? 0.88F : 1.0F;
    list->AddRectFilled(origin, origin + ImVec2(width, height), imgui_color(ground, opacity * dimming), rounding);
    if (!options.primary)
        list->AddRect(origin, origin + ImVec2(width, height),
                      imgui_color(hovered ? style.colors.text_secondary : style.colors.line, opacity), rounding);
    const float left = origin.x + std::round((width - content) * 0.5F);
    const float middle = std::round(origin.y + height * 0.5F);
    draw_icon(list, icon, {left + icon_size * 0.5F, middle}, icon_size, imgui_color(ink, opacity));
    if (has_label)
        list->AddText(font, font_size, {left + icon_size + gap, std::round(middle - extent.y * 0.5F)},
                      imgui_color(ink, opacity), label);
    if (options.tooltip) item_tooltip(style, options.tooltip);
    return pressed && options.enabled;
}

void badge(const WidgetStyle& style, const char* text, Rgba color) {
    ImFont* font = style.fonts.small;
    const float size = font->FontSize;
    const ImVec2 extent = font->CalcTextSizeA(size, 10000.0F, 0.0F, text);
    const ImVec2 padding(style.px(6), style.px(1));
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float line = ImGui::GetTextLineHeight();
    const float height = extent.y + 2.0F * padding.y;
    const ImVec2 corner(origin.x, std::round(origin.y + (line - height) * 0.5F));
    const ImVec2 end(corner.x + extent.x + 2.0F * padding.x, corner.y + height);
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(corner, end, imgui_color(color, 0.14F), style.px(3));
    list->AddRect(corner, end, imgui_color(color, 0.5F), style.px(3));
    list->AddText(font, size, corner + padding, imgui_color(color), text);
    ImGui::Dummy(ImVec2(end.x - corner.x, line));
}

void empty_state(const WidgetStyle& style, std::string_view sentence) {
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float width = std::max(style.px(80), std::min(room.x - style.px(16), style.px(320)));
    const char* end = sentence.data() + sentence.size();
    const ImVec2 extent = ImGui::CalcTextSize(sentence.data(), end, false, width);
    const ImVec2 cursor = ImGui::GetCursorPos();
    ImGui::SetCursorPos({cursor.x + std::max(0.0F, std::round((room.x - extent.x) * 0.5F)),
                         cursor.y + std::max(0.0F, std::round((room.y - extent.y) * 0.5F))});
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width);
    ImGui::TextUnformatted(sentence.data(), end);
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
}

void section_label(const WidgetStyle& style, const char* text) {
    ImGui::PushFont(style.fonts.title);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted(text);
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

float fitting_spacing(const WidgetStyle& style, float room, float content, int gaps) {
    const float own = ImGui::GetStyle().ItemSpacing.y;
    return std::clamp(std::floor((room - content) / static_cast<float>(gaps)), std::min(own, style.px(3)), own);
}

void hint(const WidgetStyle& style, const char* text) {
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted(text);
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

}  // namespace convscope
