// `convscope evaluate`, `convscope predict` and `convscope export`: what can be done with a saved network.
#pragma once

#include "engine/cli/command_line.h"

namespace convscope {

// They return the exit code.
int run_evaluate_command(const EvaluateOptions& options);
int run_predict_command(const PredictOptions& options);
int run_export_command(const ExportOptions& options);

}  // namespace convscope
