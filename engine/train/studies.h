// Jobs about a network: what its channels do over many pictures, and which input they would like best.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/interventions.h"
#include "engine/session/trainer.h"
#include "engine/train/batch_source.h"
#include "engine/train/network.h"

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace convscope {

// What a job is about, at one moment.
struct StudiedState {
    Network network;                      // in evaluation, its own copy: nobody changes its values meanwhile
    Interventions interventions;          // what is set in it
    std::shared_ptr<const Dataset> data;  // null: there are none
    Preprocessing preprocessing;
    torch::Tensor black, white;  // 1,C,H,W: pictures whose bytes are all 0, and all 255, as the network sees them
    torch::Tensor minibatch;     // N,C,H,W: that the latest iteration was trained on; undefined: there was none
    // Writes the capture of a picture C,H,W.
    std::function<std::shared_ptr<const TensorCapture>(const torch::Tensor&)> capture;
};

// Of a question that can be asked of the network (check_question()); an Error says what is missing to answer it. Draws
// from a generator of its own, and leaves no gradient anywhere. What it does hangs on no timing: the same bits every
// time.
Result<std::unique_ptr<JobWork>> begin_study(StudiedState state, const JobQuestion& question);

}  // namespace convscope
