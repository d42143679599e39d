// The step that a run would take next, worked out on a copy, and the loss along it.
#pragma once

#include "engine/api/interventions.h"
#include "engine/api/loss_slice.h"
#include "engine/api/recipe.h"
#include "engine/train/batch_source.h"
#include "engine/train/network.h"
#include "engine/train/optimizer.h"

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace convscope {

// It computes what the next iteration will: the same minibatch, dropout's same choice, batch norm by the minibatch. So
// the minibatch's loss at 0 is that iteration's to the bit, and at 1 one is where it leads. All of it is its own, so
// the run may train on meanwhile. Where every weight is computed as a float, a step of no length is exactly none.
class ProposedStep {
public:
    struct From {
        const Recipe& recipe;
        const Network& network;
        const Optimizer& optimizer;                   // at the rate of the next step,
        std::vector<Optimizer::Forgotten> forgotten;  // which forgets these before
        const torch::Generator& generator;            // dropout's, as the next iteration finds it
        const Interventions& interventions;           // what channels are held at
        Minibatch batch;                              // the next one
        Minibatch held_out;                           // of no pictures: none
        std::uint64_t seed;                           // of the direction beside the step
    };
    // Throws c10::Error.
    explicit ProposedStep(From from);

    // Throws c10::Error.
    LossSlice::Point at(double multiple);
    // As Trainer::loss_beside_step has it. The first call draws the direction. Throws c10::Error.
    double batch_loss_at(double multiple, double aside);

    std::int64_t batch_count() const { return std::ssize(batch_.classes); }
    std::int64_t held_out_count() const { return std::ssize(held_out_.classes); }

private:
    void move(double multiple, double aside);
    void draw_aside();
    // Each time with the same choice of dropout's.
    torch::Tensor batch_loss(const Network& network) const;

    Recipe recipe_;
    torch::Generator generator_;
    Interventions interventions_;
    Minibatch batch_;
    Minibatch held_out_;
    Network start_;  // batch norm's running values are those behind the next forward pass
    Network moved_;  // at() goes there
    std::vector<torch::Tensor> step_;
    std::uint64_t seed_;
    std::vector<torch::Tensor> aside_;  // empty until it is asked for
};

}  // namespace convscope
