// Climbing the gradient of one channel, from noise to the input that it would like best.
#pragma once

#include "engine/train/studies.h"

#include <cstdint>

namespace convscope {

// Erhan et al., "Visualizing Higher-Layer Features of a Deep Network", 2009; shaken a little before each step (jitter)
// and held smooth (total variation), without which the gradient finds noise that no picture has.
class Maximising final : public JobWork {
public:
    static constexpr std::int64_t kSteps = 128;

    Maximising(StudiedState state, const MaximisedInputQuestion& question);

    bool advance() override;
    double progress() const override { return static_cast<double>(done_) / static_cast<double>(kSteps); }
    JobResult result() override;

private:
    torch::Tensor as_seen(const torch::Tensor& light) const;
    // What is to become large.
    torch::Tensor excitement(const torch::Tensor& picture) const;
    void climb();
    void judge();

    StudiedState state_;
    MaximisedInputQuestion question_;
    torch::Generator generator_;
    torch::Tensor light_;  // 1,C,H,W: from 0, black, to 1, white
    torch::Tensor best_;   // of all that were judged
    float begins_ = 0.0F, reached_ = 0.0F;
    std::int64_t done_ = 0;
};

}  // namespace convscope
