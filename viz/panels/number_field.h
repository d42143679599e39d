// A field for a number that belongs to somebody else: it shows the present value until the user edits it, hands over
// the text when the user commits (Enter, or leaving the field), and keeps the sentence why a text was refused. UI
// thread.
#pragma once

#include "viz/widgets/style.h"

#include <array>
#include <string>
#include <string_view>

namespace convscope {

class NumberField {
public:
    // `shown` is what it says while nobody edits it. The text when the user committed a change in this frame, else
    // null; it stays readable until the next draw().
    const char* draw(const WidgetStyle& style, const char* id, std::string_view shown, float width,
                     const char* tooltip);

    void refuse(std::string sentence) { refusal_ = std::move(sentence); }
    void accept() { refusal_.clear(); }
    // The refusal with its sign, across the window's width; nothing when nothing was refused.
    void draw_refusal(const WidgetStyle& style) const;

private:
    std::array<char, 32> text_{};
    std::array<char, 32> committed_{};
    std::array<char, 32> before_{};  // what it said when editing began
    bool editing_ = false;
    std::string refusal_;
};

}  // namespace convscope
