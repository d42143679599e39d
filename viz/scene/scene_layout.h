// Where every layer of a network stands. Pure: computed from the network's description alone.
#pragma once

#include "engine/api/network_description.h"
#include "viz/scene/geometry.h"
