// What the window does with pictures of somebody's own, without knowing how.
#pragma once

#include "engine/api/picture_tools.h"

namespace convscope {

PictureTools picture_tools();

}  // namespace convscope
