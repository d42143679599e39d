// The rows of the control panel: label at the left, control behind it, the same columns in every row. UI thread.
#pragma once

#include "viz/widgets/style.h"

namespace convscope {

inline constexpr float kNarrowControls = 240.0F;  // a panel where labels stand above their controls

// The label of a row at the left, its control from the same place on in every row. An ellipsis behind the label, in the
// accent, says that the value was asked for and is not in effect yet.
void row_label(const WidgetStyle& style, const char* label, bool pending);

// What a row's tooltip says instead while its value is pending.
const char* tooltip_of(bool pending, const char* text);

// Of the number field that ends a row.
float field_width(const WidgetStyle& style);

// A slider without a number of its own, as wide as the rest of the row but for its field. True while it is moved.
bool bare_slider(const WidgetStyle& style, const char* id, float& value, float minimum, float maximum);

}  // namespace convscope
