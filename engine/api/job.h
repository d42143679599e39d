// Long computations about the network as it is at one iteration, which are watched as everything is: whoever wants an
// answer asks in each frame, and who stops asking has cancelled it.
#pragma once

#include "engine/api/activation_histogram.h"
#include "engine/api/filter_biography.h"
#include "engine/api/maximised_input.h"
#include "engine/api/network_description.h"
#include "engine/api/top_patches.h"
#include "engine/core/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace convscope {

// One more question: its two structs in a header of their own, a line in each of these variants, at the same place,
// and what it takes to work it out (engine/README.md).
using JobQuestion =
    std::variant<TopPatchesQuestion, MaximisedInputQuestion, ActivationHistogramQuestion, FilterBiographyQuestion>;
using JobResult = std::variant<std::monostate, TopPatches, MaximisedInput, ActivationHistogram, FilterBiography>;

// Immutable once published.
struct JobAnswer {
    JobQuestion question;
    RunId run;                    // of which run,
    std::int64_t iteration = -1;  // and behind which iteration
    std::string problem;          // a sentence; not empty: there is no result
    JobResult result;

    // Null when it is another kind of answer, or none.
    template <typename Kind>
    const Kind* as() const {
        return std::get_if<Kind>(&result);
    }
};

// A question that is watched, and how far it has come.
struct Job {
    JobQuestion question;
    std::shared_ptr<const JobAnswer> answer;  // the last one; null before the first
    std::shared_ptr<const JobAnswer> so_far;  // what there is to see already of the one under way; null: nothing
    std::int64_t iteration = -1;              // of the one under way; -1: there is none
    double progress = 0.0;                    // of it, 0 to 1
};

// Error with a sentence: a layer or a channel that is not there, one without weights for a biography.
Result<void> check_question(const NetworkDescription& network, const JobQuestion& question);

}  // namespace convscope
