// Whether a recipe and pictures go together.
#pragma once

#include "engine/api/recipe.h"
#include "engine/api/run_info.h"
#include "engine/core/result.h"

namespace convscope {

// Ok when the recipe's network can be fed with the data: size, channels, classes.
Result<void> check_fit(const Recipe& recipe, const DatasetInfo& data);
// Ok when there are pictures to train on, also after some of them were held out.
Result<void> check_trainable(const Recipe& recipe, const DatasetInfo& data);

}  // namespace convscope
