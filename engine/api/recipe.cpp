#include "engine/api/recipe.h"

namespace convscope {

std::string_view to_string(LayerKind kind) {
    switch (kind) {
        case LayerKind::Conv2d:
            return "conv2d";
        case LayerKind::Linear:
            return "linear";
        case LayerKind::ReLU:
            return "relu";
        case LayerKind::LeakyReLU:
            return "leaky_relu";
        case LayerKind::GELU:
            return "gelu";
        case LayerKind::Sigmoid:
            return "sigmoid";
        case LayerKind::Tanh:
            return "tanh";
        case LayerKind::MaxPool2d:
            return "max_pool2d";
        case LayerKind::AvgPool2d:
            return "avg_pool2d";
        case LayerKind::Flatten:
            return "flatten";
        case LayerKind::Dropout:
            return "dropout";
        case LayerKind::Softmax:
            return "softmax";
        case LayerKind::LogSoftmax:
            return "log_softmax";
    }
    return "unknown";
}

std::string_view to_string(LossKind kind) { return kind == LossKind::CrossEntropy ? "cross_entropy" : "nll"; }

std::string_view to_string(OptimizerKind kind) { return kind == OptimizerKind::Sgd ? "sgd" : "adam"; }

}  // namespace convscope
