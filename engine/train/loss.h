// The recipe's losses.
#pragma once

#include "engine/api/recipe.h"

#include <torch/torch.h>

namespace convscope {

// The mean (or, for evaluation, the sum) over the samples, as PyTorch's functions of these names compute it. `output`
// is N,classes; `labels` N int64. The mean squared error of a sample is the mean over its classes.
inline torch::Tensor compute_loss(const Recipe& recipe, const torch::Tensor& output, const torch::Tensor& labels,
                                  bool sum = false) {
    namespace F = torch::nn::functional;
    const auto one_hot = [&] { return torch::one_hot(labels, output.size(1)).to(output.dtype()); };
    switch (recipe.loss) {
        case LossKind::NegativeLogLikelihood: {
            F::NLLLossFuncOptions options;
            if (sum) options.reduction(torch::kSum);
            return F::nll_loss(output, labels, options);
        }
        case LossKind::MeanSquaredError: {
            const torch::Tensor squares = (output - one_hot()).square();
            return sum ? squares.mean(/*dim=*/1).sum() : squares.mean();
        }
        case LossKind::CrossEntropy:
        case LossKind::CrossEntropyOneHot:
            break;
    }
    F::CrossEntropyFuncOptions options;
    options.label_smoothing(recipe.label_smoothing);
    if (sum) options.reduction(torch::kSum);
    return F::cross_entropy(output, recipe.loss == LossKind::CrossEntropyOneHot ? one_hot() : labels, options);
}

// Of each sample alone, N: what compute_loss() is the mean of.
inline torch::Tensor sample_losses(const Recipe& recipe, const torch::Tensor& output, const torch::Tensor& labels) {
    namespace F = torch::nn::functional;
    const auto one_hot = [&] { return torch::one_hot(labels, output.size(1)).to(output.dtype()); };
    switch (recipe.loss) {
        case LossKind::NegativeLogLikelihood:
            return F::nll_loss(output, labels, F::NLLLossFuncOptions().reduction(torch::kNone));
        case LossKind::MeanSquaredError:
            return (output - one_hot()).square().mean(/*dim=*/1);
        case LossKind::CrossEntropy:
        case LossKind::CrossEntropyOneHot:
            break;
    }
    return F::cross_entropy(
        output, recipe.loss == LossKind::CrossEntropyOneHot ? one_hot() : labels,
        F::CrossEntropyFuncOptions().label_smoothing(recipe.label_smoothing).reduction(torch::kNone));
}

}  // namespace convscope
