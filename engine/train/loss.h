// The recipe's losses.
#pragma once

#include "engine/api/recipe.h"

#include <torch/torch.h>

namespace convscope {

// The mean (or, for evaluation, the sum) over the samples. `output` is N,classes; `labels` N int64.
inline torch::Tensor compute_loss(LossKind kind, const torch::Tensor& output, const torch::Tensor& labels,
                                  bool sum = false) {
    namespace F = torch::nn::functional;
    if (kind == LossKind::NegativeLogLikelihood) {
        F::NLLLossFuncOptions options;
        if (sum) options.reduction(torch::kSum);
        return F::nll_loss(output, labels, options);
    }
    F::CrossEntropyFuncOptions options;
    if (sum) options.reduction(torch::kSum);
    return F::cross_entropy(output, labels, options);
}

}  // namespace convscope
