// The page over everything that F1 opens: all keys, and what the mouse does.
#pragma once

#include "viz/app/shortcuts.h"
#include "viz/widgets/style.h"

#include <optional>

namespace convscope {

// Action::Close when the page was clicked away.
std::optional<Action> draw_help_page(const WidgetStyle& style);

}  // namespace convscope
