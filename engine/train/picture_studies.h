// Jobs that go through many pictures, some at a time.
#pragma once

#include "engine/train/studies.h"

#include <cstdint>

namespace convscope {

// Which test pictures excite each channel of each layer most and least.
class FindingTopPatches final : public JobWork {
public:
    explicit FindingTopPatches(StudiedState state);

    // Throws c10::Error, as the others do.
    bool advance() override;
    double progress() const override;
    JobResult result() override { return std::move(found_); }

private:
    void look_at(LayerId layer, const torch::Tensor& output, std::int64_t first);

    StudiedState state_;
    Minibatch pictures_;
    TopPatches found_;
};

// How a channel's values are spread.
class CountingActivations final : public JobWork {
public:
    CountingActivations(StudiedState state, const ActivationHistogramQuestion& question);

    bool advance() override;
    double progress() const override;
    JobResult result() override { return counted_; }

private:
    std::int64_t picture_count() const;

    StudiedState state_;
    ActivationHistogramQuestion question_;
    Minibatch pictures_;
    ActivationHistogram counted_;
};

}  // namespace convscope
