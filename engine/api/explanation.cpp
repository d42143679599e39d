#include "engine/api/explanation.h"

#include <algorithm>
#include <array>

namespace convscope {
namespace {

using enum ExplanationMethod;

constexpr std::array kMethods{
    ExplanationMethodRow{
        Saliency, "saliency", "Saliency", /*is_signed=*/false, /*one_pass=*/true,
        "Which pixels would move the score most if they were changed a little: the size of its gradient, the largest "
        "of a pixel's channels.",
        "It says what a small change would do, not what the answer rests on: where a unit is saturated or off the "
        "gradient is 0 though the pixel matters, and the map is noisy."},
    ExplanationMethodRow{
        SmoothGrad, "smoothgrad", "SmoothGrad", /*is_signed=*/false, /*one_pass=*/false,
        "The same gradient averaged over 32 copies of the picture with noise of 15 % of its range: what holds in the "
        "picture's neighbourhood stays, what is chance goes.",
        "It is of noisy pictures, which the network has not learned: with much noise it shows what those are taken "
        "for, and it is smooth whether the network is right or not."},
    ExplanationMethodRow{
        IntegratedGradients, "integrated-gradients", "Integrated gradients", /*is_signed=*/true, /*one_pass=*/false,
        "How much each pixel adds to the score or takes from it on the way from a black picture to this one; all "
        "together they are the difference of the two scores.",
        "Everything is against black: a black pixel gets exactly 0, though an empty place (a 4's open top) may well "
        "decide; another baseline tells another story."},
    ExplanationMethodRow{
        GuidedBackprop, "guided-backprop", "Guided backprop", /*is_signed=*/true, /*one_pass=*/true,
        "The gradient where each rectifier lets pass only what is positive both ways: which strokes excite the units "
        "that speak for a class.",
        "It is sharp because it redraws the picture's edges, and hardly changes with the class or with the weights: "
        "look at it for what units like, not for why this answer."},
    ExplanationMethodRow{
        GradCam, "grad-cam", "Grad-CAM", /*is_signed=*/false, /*one_pass=*/true,
        "Where a layer's maps speak for the class: each weighed with the mean of its gradient, added up, and only what "
        "is for it.",
        "It is as coarse as the layer's maps, and stretched over the picture: a blob is about a place, not about "
        "pixels; what speaks against the class is left out, and of an early layer it says little."},
    ExplanationMethodRow{
        Occlusion, "occlusion", "Occlusion", /*is_signed=*/true, /*one_pass=*/false,
        "How far the score falls when a patch of the picture is made black, averaged over all patches that cover a "
        "pixel.",
        "On a black ground it can only take strokes away, never the empty places; a part that another part can stand "
        "in for shows nothing, and all depends on the patch's size."},
};

constexpr bool in_their_places() {
    for (std::size_t i = 0; i < kMethods.size(); ++i)
        if (static_cast<std::size_t>(kMethods[i].method) != i) return false;
    return true;
}
static_assert(in_their_places());

Error cannot_be_asked(std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; }

}  // namespace

std::span<const ExplanationMethodRow> explanation_methods() { return kMethods; }

const ExplanationMethodRow& row_of(ExplanationMethod method) { return kMethods[static_cast<std::size_t>(method)]; }

void Explanation::recycle() {
    problem.clear();
    probe = {};
    picture.reset();
    map.reset();
    score_from_black.reset();
}

LayerId explained_layer(const NetworkDescription& network) {
    LayerId found = kInputLayer;
    bool convolution = false;
    for (const LayerDescription& layer : network.layers) {
        const bool is_one = layer.spec.kind == LayerKind::Conv2d || layer.spec.kind == LayerKind::ConvTranspose2d;
        if (!layer.has_maps() || (convolution && !is_one)) continue;
        found = layer.id;
        convolution = convolution || is_one;
    }
    return found;
}

Result<void> check_question(const NetworkDescription& network, std::int64_t class_count,
                            const ExplanationQuestion& question) {
    if (question.class_index != ExplanationQuestion::kAnswer &&
        (question.class_index < 0 || question.class_index >= class_count))
        return cannot_be_asked("There is no class " + std::to_string(question.class_index) +
                               ": the network tells classes 0 to " + std::to_string(class_count - 1) + " apart");
    if (question.method == Occlusion && question.patch < 1)
        return cannot_be_asked("A patch of " + std::to_string(question.patch) +
                               " pixels covers nothing: let its side be 1 or more");
    if (question.method != GradCam) return {};
    const LayerId layer = question.layer == kInputLayer ? explained_layer(network) : question.layer;
    if (layer == kInputLayer)
        return cannot_be_asked(
            "Grad-CAM weighs a layer's maps, and this network has no layer with maps: ask another "
            "method");
    if (layer.index < 0 || layer.index >= std::ssize(network.layers))
        return cannot_be_asked("There is no layer " + std::to_string(layer.index) + " among the network's " +
                               std::to_string(network.layers.size()) + ": name another");
    const LayerDescription& described = network.layers[static_cast<std::size_t>(layer.index)];
    if (described.has_maps()) return {};
    const LayerId other = explained_layer(network);
    return cannot_be_asked("Layer '" + described.spec.name + "' has no maps, which Grad-CAM weighs" +
                           (other == kInputLayer
                                ? std::string(": ask another method")
                                : ": ask for a layer that has, '" +
                                      network.layers[static_cast<std::size_t>(other.index)].spec.name + "' say"));
}

}  // namespace convscope
