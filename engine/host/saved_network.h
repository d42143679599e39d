// The weights of a file and the recipe of their network: what `evaluate`, `predict` and an opened window begin with.
#pragma once

#include "engine/api/interventions.h"
#include "engine/core/result.h"
#include "engine/formats/network_weights.h"
#include "engine/host/run_options.h"

#include <string>
#include <utility>
#include <vector>

namespace convscope {

struct SavedNetwork {
    Recipe recipe;
    NetworkDescription network;
    std::vector<NamedTensor> weights;      // all that engine/train/frozen_network.h takes
    std::vector<std::string> class_names;  // in the order of its outputs; empty: the file does not say
    Interventions held = {};               // channels that its run holds, which is said on standard error
};

// The weights in what was read of a file, for a network; `key` says which, where there are several. Tensors whose names
// differ but whose shapes match in order are taken, and the mapping is printed to standard error, as is which weights
// were taken of several and, if `verbose`, what lies beside them; where they do not match, the error says which are
// missing, extra or of which shape. Weights that are not-a-number or infinite are an error too.
Result<std::vector<NamedTensor>> weights_for(const NetworkDescription& network, const WeightsFile& file,
                                             const std::string& name, const std::string& key, bool verbose);

// To standard error: what lies beside the weights in a file, and what was not read: where, and what it is.
void say_what_was_passed_over(const std::vector<std::pair<std::string, std::string>>& beside,
                              const std::vector<std::pair<std::string, std::string>>& unread);

// Reads the file without running anything in it, and takes its weights as weights_for() does.
Result<SavedNetwork> open_saved_network(const WeightsOptions& options);

// True for a recipe that is to be normalised by the training pictures while nobody has measured them: a run's own
// recipe (last.pt, recipe.toml) holds what was measured, one from elsewhere does not.
bool normalisation_unknown(const Recipe& recipe);

// Answers what the recipe leaves open about pictures, before any is read, so that `evaluate` and `predict` see the
// same: a run's own recipe leaves nothing open, one from elsewhere does. What is assumed then is said on standard
// error.
void settle_pictures(Recipe& recipe);

// What is wrong with a network whose output holds not-a-number, though its weights are numbers; `options` name its
// file.
Error output_is_no_number(const WeightsOptions& options);

}  // namespace convscope
