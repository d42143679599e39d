// Why a network gives its answer for one picture, worked out by gradients and by covering parts of it.
#pragma once

#include "engine/api/explanation.h"
#include "engine/api/interventions.h"
#include "engine/session/trainer.h"
#include "engine/train/network.h"

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace convscope {

// What a question is about, at one moment.
struct ExplainedState {
    Network network;  // in evaluation; nobody changes its values meanwhile (Network::without_gradients(), clone())
    Interventions interventions;  // what is set in it
    torch::Tensor picture;        // 1,C,H,W, as the network sees it, on its device
    torch::Tensor black;          // likewise of a picture whose bytes are all 0
    std::int64_t class_count = 0;
    std::int64_t iteration = 0;
    ProbeSource probe;
};

// Writes the captures of an answer: the picture C,H,W and the map 1,H,W.
using CaptureMap = std::function<std::shared_ptr<const TensorCapture>(const torch::Tensor&)>;

// Draws from a generator of its own, and leaves no gradient anywhere. What it does hangs on no timing: the same bits
// every time.
class Explaining final : public ExplanationWork {
public:
    Explaining(ExplainedState state, const ExplanationQuestion& question, CaptureMap capture);

    // Some pictures more. Throws c10::Error.
    bool advance() override;
    std::shared_ptr<const Explanation> answer() override { return answer_; }

private:
    struct Asked {
        torch::Tensor scores;  // N,classes
        torch::Tensor maps;    // of the layer that was to be kept
    };
    // `kept`: of which layer the output; kInputLayer: of none. `guided`: gradients flow back through rectifiers where
    // they are above 0 alone.
    Asked ask(const torch::Tensor& pictures, LayerId kept, bool guided) const;
    // Of the class's score, summed over the pictures, whose gradient it is.
    torch::Tensor gradient(const torch::Tensor& pictures, bool guided) const;
    void find_answer();
    void begin();
    void work_on_smooth_grad();
    void work_on_integrated_gradients();
    void weigh_maps();
    void cover_patches();
    void finish(const torch::Tensor& map);

    ExplainedState state_;
    CaptureMap capture_;
    std::shared_ptr<Explanation> answer_ = std::make_shared<Explanation>();
    bool begun_ = false;
    bool finished_ = false;
    std::int64_t done_ = 0;                                       // copies of the picture that are worked through
    std::int64_t steps_ = 0;                                      // from black to the picture
    torch::Generator generator_;                                  // of SmoothGrad's noise
    double deviation_ = 0.0;                                      // of the same
    torch::Tensor sum_;                                           // C,H,W of gradients, H,W of falls of the score
    torch::Tensor covered_;                                       // H,W: by how many patches
    std::vector<std::pair<std::int64_t, std::int64_t>> corners_;  // of the patches: row, column
};

}  // namespace convscope
