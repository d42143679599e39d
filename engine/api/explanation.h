// Why a network gives its answer for one picture: for a class, how much each pixel has to do with it, by one of several
// methods, which answer different questions.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/probe_source.h"
#include "engine/api/tensor_capture.h"
#include "engine/core/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

enum class ExplanationMethod : std::uint8_t {
    Saliency,
    SmoothGrad,
    IntegratedGradients,
    GuidedBackprop,
    GradCam,
    Occlusion,
};

struct ExplanationMethodRow {
    ExplanationMethod method;
    const char* name;   // on the command line, "grad-cam"
    const char* title;  // on screen
    bool is_signed;     // its values are for and against the class; else they are 0 or more
    bool one_pass;      // of the network: cheap enough to be followed live
    const char* shows;  // a sentence each
    const char* misleads;
};

// In the order in which they are shown, each at the place of its number.
std::span<const ExplanationMethodRow> explanation_methods();
const ExplanationMethodRow& row_of(ExplanationMethod method);

struct ExplanationQuestion {
    static constexpr int kAnswer = -1;  // the class that the picture is taken for

    ExplanationMethod method = ExplanationMethod::Saliency;
    int class_index = kAnswer;
    LayerId layer = kInputLayer;  // whose maps Grad-CAM weighs; kInputLayer: those of the last convolution
    int patch = 6;                // side of what Occlusion covers, in pixels
    auto operator<=>(const ExplanationQuestion&) const = default;
};

// Scores are what goes into a softmax, whether the network ends with one or not. A black picture is one whose bytes are
// all 0.
struct Explanation {
    ExplanationQuestion question;
    std::string problem;          // a sentence; not empty: there is no map
    ProbeSource probe;            // of which picture,
    std::int64_t iteration = -1;  // and behind which iteration
    int class_index = -1;         // which it is about; -1: the network has no answer, as its output is not a number
    double score = 0.0;           // of that class
    double probability = 0.0;
    std::shared_ptr<const TensorCapture> picture;  // C,H,W, as the network sees it
    std::shared_ptr<const TensorCapture> map;      // 1,H,W, over all channels of the picture
    // Of integrated gradients: what the map is to add up to, the score less a black picture's.
    std::optional<double> score_from_black;

    void recycle();  // ObjectPool: lets go of the captures
};

// The last convolution, whose maps Grad-CAM weighs unless told otherwise; without one, the last layer with maps;
// kInputLayer where there is none.
LayerId explained_layer(const NetworkDescription& network);
// Error with a sentence: a class out of range, a patch of no pixels, a layer that is not there or has no maps.
Result<void> check_question(const NetworkDescription& network, std::int64_t class_count,
                            const ExplanationQuestion& question);

}  // namespace convscope
