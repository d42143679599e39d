#include "engine/api/recipe.h"

namespace convscope {

std::string_view to_string(InvertKind kind) {
    switch (kind) {
        case InvertKind::Auto:
            return "auto";
        case InvertKind::No:
            return "no";
        case InvertKind::Yes:
            return "yes";
        case InvertKind::ToLight:
            return "to_light";
        case InvertKind::ToDark:
            return "to_dark";
    }
    return "unknown";
}

std::string_view to_string(ResizeKind kind) {
    switch (kind) {
        case ResizeKind::Stretch:
            return "stretch";
        case ResizeKind::Crop:
            return "crop";
        case ResizeKind::Fit:
            return "fit";
    }
    return "unknown";
}

std::string_view to_string(CentreKind kind) {
    switch (kind) {
        case CentreKind::Auto:
            return "auto";
        case CentreKind::No:
            return "no";
        case CentreKind::Yes:
            return "yes";
    }
    return "unknown";
}

std::string_view to_string(LossKind kind) {
    switch (kind) {
        case LossKind::CrossEntropy:
            return "cross_entropy";
        case LossKind::NegativeLogLikelihood:
            return "nll";
        case LossKind::CrossEntropyOneHot:
            return "cross_entropy_one_hot";
        case LossKind::MeanSquaredError:
            return "mse";
    }
    return "unknown";
}

std::string_view to_string(OptimizerKind kind) {
    switch (kind) {
        case OptimizerKind::Sgd:
            return "sgd";
        case OptimizerKind::Adam:
            return "adam";
        case OptimizerKind::AdamW:
            return "adamw";
        case OptimizerKind::RmsProp:
            return "rmsprop";
    }
    return "unknown";
}

std::string_view to_string(ScheduleKind kind) {
    switch (kind) {
        case ScheduleKind::Constant:
            return "constant";
        case ScheduleKind::Step:
            return "step";
        case ScheduleKind::Cosine:
            return "cosine";
        case ScheduleKind::OneCycle:
            return "one_cycle";
    }
    return "unknown";
}

}  // namespace convscope
