#include "engine/api/snapshot.h"

namespace convscope {

void Snapshot::recycle() {
    failure.clear();
    run_info.reset();
    line = {};
    restraints.reset();
    undo.reset();
    set_aside.reset();
    seen.clear();
    film.reset();
    test_confusion.reset();
    batch_confusion.reset();
    breakpoints.reset();
    paused_by.reset();
    twin.reset();
    loss_slice.reset();
    loss_surface.reset();
    explanations.clear();
    jobs.clear();
    samples.clear();
    sample_progress = 0.0;
}

const Explanation* Snapshot::find(const ExplanationQuestion& question) const {
    for (const auto& one : explanations)
        if (one->question == question) return one.get();
    return nullptr;
}

const Job* Snapshot::find(const JobQuestion& question) const {
    for (const Job& one : jobs)
        if (one.question == question) return &one;
    return nullptr;
}

std::shared_ptr<const ActivationSample> Snapshot::find(const SampleQuestion& question) const {
    for (const auto& one : samples)
        if (one->question == question) return one;
    return nullptr;
}

}  // namespace convscope
