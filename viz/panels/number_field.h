// A field for a number that belongs to somebody else: it shows the present value until the user edits it, hands over
// the text when the user commits (Enter, or leaving the field), and keeps the sentence why a text was refused. UI
// thread.
#pragma once

#include "engine/core/result.h"
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

    // What became of a committed text: `take` gets the number it stands for, or the refusal is kept and shown.
    template <typename Value, typename Take>
    void settle(const Result<Value>& parsed, const Take& take) {
        refusal_ = parsed.ok() ? std::string() : parsed.error().message;
        if (parsed.ok()) take(parsed.value());
    }
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
