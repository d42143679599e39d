// `convscope evaluate`, `convscope predict`, `convscope inspect`, `convscope export` and `convscope replay`: what can
// be done with a saved network, and with a run that has been.
#pragma once

#include "engine/cli/command_line.h"

namespace convscope {

// They return the exit code.
int run_evaluate_command(const EvaluateOptions& options);
int run_predict_command(const PredictOptions& options);
int run_inspect_command(const InspectOptions& options);
// The part of it that is about many pictures.
Result<void> project(const InspectOptions& options);
int run_export_command(const ExportOptions& options);
int run_replay_command(const ReplayCommandOptions& options);

}  // namespace convscope
