// What the screen looks at now; only this is captured.
#pragma once

#include "engine/api/activation_sample.h"
#include "engine/api/explanation.h"
#include "engine/api/job.h"
#include "engine/core/types.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace convscope {

struct WatchSet {
    std::vector<TensorKey> tensors;   // sorted, without repetition
    bool probe = false;               // the probe's logits, probabilities and input image
    bool layer_statistics = false;    // mean, deviation and dead fraction of every layer
    bool test_confusion = false;      // sweep the test set between iterations,
    bool test_probabilities = false;  // keeping how likely each picture is each class
    bool batch_confusion = false;     // the matrix over recent training minibatches
    bool loss_slice = false;          // the loss along the step that comes, in spare time
    bool loss_surface = false;        // and beside it, which takes the former
    bool phases = false;              // publish each phase of an iteration while stepping or slow enough to follow
    bool film = false;                // of the iteration at which a run stands still or steps: IterationFilm
    std::vector<ExplanationQuestion> explanations;  // sorted, without repetition; of the probe, in spare time
    std::vector<JobQuestion> jobs;                  // sorted, without repetition; in spare time
    std::vector<SampleQuestion> samples;            // likewise, of test pictures, beside training
    bool every_iteration = false;  // capture at every iteration, not only when the reader has taken the last ones

    bool operator==(const WatchSet&) const = default;
    bool empty() const {
        return tensors.empty() && !probe && !layer_statistics && !test_confusion && !batch_confusion && !loss_slice &&
               !test_probabilities && !film && explanations.empty() && jobs.empty() && samples.empty();
    }

    void add(TensorKey key) {
        auto place = std::lower_bound(tensors.begin(), tensors.end(), key);
        if (place == tensors.end() || *place != key) tensors.insert(place, key);
    }
    void add(const ExplanationQuestion& question) {
        auto place = std::lower_bound(explanations.begin(), explanations.end(), question);
        if (place == explanations.end() || *place != question) explanations.insert(place, question);
    }
    void add(const JobQuestion& question) {
        auto place = std::lower_bound(jobs.begin(), jobs.end(), question);
        if (place == jobs.end() || *place != question) jobs.insert(place, question);
    }
    void add(const SampleQuestion& question) {
        auto place = std::lower_bound(samples.begin(), samples.end(), question);
        if (place == samples.end() || *place != question) samples.insert(place, question);
    }
    bool contains(TensorKey key) const { return std::binary_search(tensors.begin(), tensors.end(), key); }
    // Whether all that `other` looks at is looked at here too.
    bool includes(const WatchSet& other) const {
        return std::includes(tensors.begin(), tensors.end(), other.tensors.begin(), other.tensors.end()) &&
               std::includes(explanations.begin(), explanations.end(), other.explanations.begin(),
                             other.explanations.end()) &&
               std::includes(jobs.begin(), jobs.end(), other.jobs.begin(), other.jobs.end()) &&
               std::includes(samples.begin(), samples.end(), other.samples.begin(), other.samples.end()) &&
               (probe || !other.probe) && (layer_statistics || !other.layer_statistics) &&
               (test_confusion || !other.test_confusion) && (test_probabilities || !other.test_probabilities) &&
               (batch_confusion || !other.batch_confusion) && (loss_slice || !other.loss_slice) &&
               (loss_surface || !other.loss_surface) && (phases || !other.phases) && (film || !other.film) &&
               (every_iteration || !other.every_iteration);
    }
};

}  // namespace convscope
