#include "viz/scene/consistent_captures.h"

#include "viz/scene/place.h"

namespace convscope {
namespace {

const char* name_of(TensorKind kind) {
    switch (kind) {
        case TensorKind::Input:
            return "input";
        case TensorKind::Activation:
            return "output";
        case TensorKind::Weight:
            return "weight";
        case TensorKind::Bias:
            return "bias";
        case TensorKind::RunningMean:
            return "running mean";
        case TensorKind::RunningVariance:
            return "running variance";
        default:
            return "tensor";
    }
}

}  // namespace

std::string to_sentence(const CaptureProblem& problem, const NetworkDescription& description) {
    const std::size_t layer = static_cast<std::size_t>(problem.key.layer.index);  // kInputLayer: past the end
    const std::string owner = layer < description.layers.size() ? description.layers[layer].spec.name : "the network";
    const std::string tensor = std::string("The ") + name_of(problem.key.kind) + " of " + owner;
    switch (problem.kind) {
        case CaptureProblem::Kind::None:
            return {};
        case CaptureProblem::Kind::NoSuchPlace:
            return "This network has no such value";
        case CaptureProblem::Kind::Missing:
            return tensor + " is not captured yet";
        case CaptureProblem::Kind::OtherIteration:
            if (problem.iteration == problem.of_the_rest) return tensor + " is of another run";
            return tensor + " is of iteration " + std::to_string(problem.iteration) + ", the rest of " +
                   std::to_string(problem.of_the_rest);
        case CaptureProblem::Kind::OtherShape:
            return tensor + " is of another network";
    }
    return {};
}

Shape shape_of(const NetworkDescription& description, TensorKey key) {
    if (key.kind == TensorKind::Input) return description.input_shape;
    if (key.layer.index < 0 || key.layer.index >= static_cast<std::int32_t>(description.layers.size())) return {};
    const LayerDescription& layer = description.layers[static_cast<std::size_t>(key.layer.index)];
    switch (key.kind) {
        case TensorKind::Activation:
            return layer.output_shape;
        case TensorKind::Weight:
            return layer.weight_shape;
        case TensorKind::Bias:
            return layer.bias_shape;
        case TensorKind::RunningMean:
        case TensorKind::RunningVariance:
            return layer.spec.kind == LayerKind::BatchNorm ? layer.weight_shape : Shape{};
        default:
            return {};
    }
}

std::span<const float> ConsistentCaptures::values(TensorKey key) {
    const TensorCapture* capture = snapshot_.find(key);
    if (capture == nullptr) return refuse({CaptureProblem::Kind::Missing, key});
    if (iteration_ < 0) {
        run_ = capture->run;
        iteration_ = capture->iteration;
    }
    if (capture->run != run_ || capture->iteration != iteration_)
        return refuse({CaptureProblem::Kind::OtherIteration, key, capture->iteration, iteration_});
    const Shape shape = shape_of(description_, key);
    if (shape.rank() == 0 || capture->shape != shape ||
        static_cast<std::int64_t>(capture->values.size()) != shape.element_count())
        return refuse({CaptureProblem::Kind::OtherShape, key});
    return capture->values;
}

std::span<const float> ConsistentCaptures::refuse(CaptureProblem problem) {
    if (!problem_.any()) problem_ = problem;
    return {};
}

}  // namespace convscope
