// What a layer of a network makes of many test pictures, gathered in slices.
#pragma once

#include "engine/api/activation_sample.h"
#include "engine/api/dataset.h"
#include "engine/api/interventions.h"
#include "engine/layout/row_folding.h"
#include "engine/session/trainer.h"
#include "engine/train/batch_source.h"
#include "engine/train/network.h"

#include <torch/torch.h>

#include <cstdint>
#include <memory>

namespace convscope {

// At one moment.
struct SampledState {
    Network network;  // in evaluation; nobody changes its values meanwhile (Network::without_gradients(), clone())
    Interventions interventions;  // what is set in it
    std::shared_ptr<const Dataset> data;
    Preprocessing preprocessing;
    std::int64_t iteration = 0;
    RunId run;
};

// Draws from no generator. What it gathers hangs on no slice: the same numbers every time, but for what LibTorch makes
// of batches of another size.
class Sampling final : public SampleWork {
public:
    // A question that cannot be asked is answered with a sentence.
    Sampling(SampledState state, const SampleQuestion& question);

    // Throws c10::Error.
    std::int64_t advance(std::int64_t pictures) override;
    double progress() const override;
    std::shared_ptr<const ActivationSample> sample() override { return sample_; }

private:
    SampledState state_;
    std::shared_ptr<ActivationSample> sample_ = std::make_shared<ActivationSample>();
    RowFolding folding_;
    Minibatch pictures_;
    std::int64_t done_ = 0;
};

}  // namespace convscope
