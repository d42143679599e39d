#include "viz/scene/scene_layout.h"
