// The small parts that panels are made of. All of them draw into the current ImGui window, in the theme's colours. UI
// thread; `id` as for ImGui: unique in its window; what has one notes itself under it (viz/view/anchors.h).
#pragma once

#include "viz/widgets/style.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace convscope {

// Signs are drawn, not typed: fonts do not have them.
enum class Icon {
    Play,
    Pause,
    Breakpoint,
    Step,
    StepBack,
    ToStart,
    ToEnd,
    Reset,
    Previous,
    Next,
    Up,
    Down,
    Sun,
    Moon,
    Warning,
    Check,
    Close,
    Return,
    Branch
};

// Into a square of side `size` around the centre.
void draw_icon(ImDrawList* list, Icon icon, ImVec2 center, float size, ImU32 color);

// A small question mark; under the mouse, the text in a tooltip of readable width.
void help_marker(const WidgetStyle& style, std::string_view text);
// A tooltip for the item drawn last, shown while the mouse is on it.
void item_tooltip(const WidgetStyle& style, std::string_view text);

// "Label          value" across the window's width: the label quiet at the left, the value at the right; the label is
// cut off with an ellipsis rather than run into. `color` 0: the text colour.
void value_row(const WidgetStyle& style, const char* label, const char* value, Rgba color = 0);

// In pixels, on one line.
float text_width(const ImFont* font, const char* text);

// A text, or as much of it as fits into `width` and an ellipsis, in the present font.
std::string shortened(std::string_view text, float width);
// The same in memory of its own, for what is drawn in every frame; of a text of more bytes as if it ended there.
struct LineText {
    std::array<char, 256> characters{};
    const char* c_str() const { return characters.data(); }
};
LineText shortened_line(std::string_view text, float width);

// One of a few: buttons side by side that share `width` (0: what is left), the chosen one in the accent. True when
// `chosen` changed.
bool segmented(const WidgetStyle& style, const char* id, std::span<const char* const> options, int& chosen,
               float width = 0.0F);

// `primary` is drawn in the accent: at most one a panel. A width of 0 fits label and icon.
struct ButtonOptions {
    bool primary = false;
    bool enabled = true;
    float width = 0.0F;
    const char* tooltip = nullptr;
};
bool icon_button(const WidgetStyle& style, const char* id, Icon icon, const char* label,
                 const ButtonOptions& options = {});

// A word in a rounded frame of its colour: "pending", "paused".
void badge(const WidgetStyle& style, const char* text, Rgba color);

// A quiet sentence in the middle of what is left of the window: why there is nothing to see, and what would change
// that.
void empty_state(const WidgetStyle& style, std::string_view sentence);

// A quiet heading within a panel.
void section_label(const WidgetStyle& style, const char* text);

// The gap between rows, from a tight one to ImGui's own, with which `content` (the rows' own heights) and so many gaps
// fit into `room`, if any does.
float fitting_spacing(const WidgetStyle& style, float room, float content, int gaps);

// `text` in the small font and the quiet colour.
void hint(const WidgetStyle& style, const char* text);

}  // namespace convscope
