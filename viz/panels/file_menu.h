// Files to open: the system's dialog, and those that were opened lately.
#pragma once

#include "viz/panels/panel.h"

#include <optional>
#include <string>

namespace convscope {

float file_menu_width();
// An arrow beside a field for a file's path. What was opened before and is chosen again.
std::optional<std::string> file_menu(FrameContext& context, ui::ChooseFile::What what);

}  // namespace convscope
