// A network with the weights of a file: what `evaluate` and `predict` work with.
#pragma once

#include "engine/cli/command_line.h"
#include "engine/core/result.h"
#include "engine/train/layered_network.h"

namespace convscope {

struct SavedNetwork {
    Recipe recipe;
    LayeredNetwork network;
};

// Reads the file without running anything in it. Tensors whose names differ but whose shapes match in order are taken,
// and the mapping is printed to standard error; where they do not match, the error says which are missing, extra or of
// which shape.
Result<SavedNetwork> open_saved_network(const WeightsOptions& options);

// True for a recipe that is to be normalised by the training pictures while nobody has measured them: a run's own
// recipe (last.pt, recipe.toml) holds what was measured, one from elsewhere does not.
bool normalisation_unknown(const Recipe& recipe);

// Answers what the recipe leaves open about pictures, before any is read, so that `evaluate` and `predict` see the
// same: a run's own recipe leaves nothing open, one from elsewhere does. What is assumed then is said on standard
// error.
void settle_pictures(Recipe& recipe);

// `convscope evaluate` and `convscope predict`; they return the exit code.
int run_evaluate_command(const EvaluateOptions& options);
int run_predict_command(const PredictOptions& options);

}  // namespace convscope
