// `convscope train`: a run without a window, on the same session as the window's.
#pragma once

#include "engine/cli/command_line.h"

namespace convscope {

// Returns the exit code; what there is to say goes to standard output and error.
int run_train_command(const TrainOptions& options);

// `convscope recipes`; likewise.
int run_recipes_command(const RecipesOptions& options);

}  // namespace convscope
