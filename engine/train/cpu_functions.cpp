#include "engine/train/cpu_functions.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kValuesPerTask = 16'384;
constexpr std::int64_t kParametersPerTask = 32'768;
constexpr std::int64_t kProductsPerTask = 2'000'000;  // some 20 microseconds: much more than to hand it over

// Calls work(first, last) for parts of the planes, on LibTorch's threads.
template <typename Work>
void for_planes(std::int64_t planes, std::int64_t values_per_plane, const Work& work) {
    at::parallel_for(0, planes, std::max<std::int64_t>(1, kValuesPerTask / values_per_plane), work);
}

struct MaxPool2x2 : torch::autograd::Function<MaxPool2x2> {
    static Tensor forward(AutogradContext* context, const Tensor& given) {
        const Tensor input = given.detach().contiguous();
        const std::int64_t height = input.size(2), width = input.size(3);
        const std::int64_t rows = height / 2, columns = width / 2, planes = input.size(0) * input.size(1);
        const Tensor output = torch::empty({input.size(0), input.size(1), rows, columns}, input.options());
        const Tensor places = torch::empty(output.sizes(), torch::kUInt8);  // of the largest: 0 and 1 above 2 and 3
        const float* const from = input.data_ptr<float>();
        float* const to = output.data_ptr<float>();
        std::uint8_t* const place_of = places.data_ptr<std::uint8_t>();
        for_planes(planes, height * width, [=](std::int64_t first, std::int64_t last) {
            for (std::int64_t row = first * rows; row < last * rows; ++row) {
                const float* const upper = from + (row / rows * height + row % rows * 2) * width;
                const float* const lower = upper + width;
                float* const out = to + row * columns;
                std::uint8_t* const place = place_of + row * columns;
                for (std::int64_t i = 0; i < columns; ++i) {
                    const float values[] = {upper[2 * i], upper[2 * i + 1], lower[2 * i], lower[2 * i + 1]};
                    float largest = values[0];
                    std::uint8_t at = 0;
                    for (std::uint8_t k = 1; k < 4; ++k) {
                        const bool larger = values[k] > largest || values[k] != values[k];
                        largest = larger ? values[k] : largest;
                        at = larger ? k : at;
                    }
                    out[i] = largest;
                    place[i] = at;
                }
            }
        });
        context->save_for_backward({places});
        context->saved_data["height"] = height;
        context->saved_data["width"] = width;
        return output;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const Tensor gradient = gradients[0].contiguous();
        const Tensor places = context->get_saved_variables()[0];
        const std::int64_t height = context->saved_data["height"].toInt(), width = context->saved_data["width"].toInt();
        const std::int64_t rows = height / 2, columns = width / 2, planes = gradient.size(0) * gradient.size(1);
        const std::vector<std::int64_t> sizes{gradient.size(0), gradient.size(1), height, width};
        const bool all_seen = height % 2 == 0 && width % 2 == 0;
        const Tensor result =
            all_seen ? torch::empty(sizes, gradient.options()) : torch::zeros(sizes, gradient.options());
        const float* const from = gradient.data_ptr<float>();
        const std::uint8_t* const place_of = places.data_ptr<std::uint8_t>();
        float* const to = result.data_ptr<float>();
        for_planes(planes, height * width, [=](std::int64_t first, std::int64_t last) {
            for (std::int64_t row = first * rows; row < last * rows; ++row) {
                float* const upper = to + (row / rows * height + row % rows * 2) * width;
                float* const lower = upper + width;
                const float* const in = from + row * columns;
                const std::uint8_t* const place = place_of + row * columns;
                for (std::int64_t i = 0; i < columns; ++i) {
                    upper[2 * i] = place[i] == 0 ? in[i] : 0.0F;
                    upper[2 * i + 1] = place[i] == 1 ? in[i] : 0.0F;
                    lower[2 * i] = place[i] == 2 ? in[i] : 0.0F;
                    lower[2 * i + 1] = place[i] == 3 ? in[i] : 0.0F;
                }
            }
        });
        return {result};
    }
};

// left x right in parts of the rows, each by one thread with BLAS as it is; `bias` (undefined: none) is added to each
// row.
Tensor product(const Tensor& left, const Tensor& right, const Tensor& bias = {}) {
    const Tensor result = torch::empty({left.size(0), right.size(1)}, left.options());
    const std::int64_t products_per_row = left.size(1) * right.size(1);
    at::parallel_for(0, left.size(0), std::max<std::int64_t>(1, kProductsPerTask / products_per_row),
                     [&](std::int64_t first, std::int64_t last) {
                         const torch::NoGradGuard no_grad;  // of this thread
                         const Tensor part = left.narrow(0, first, last - first);
                         Tensor into = result.narrow(0, first, last - first);
                         if (bias.defined())
                             at::addmm_out(into, bias, part, right);
                         else
                             at::mm_out(into, part, right);
                     });
    return result;
}

// The bias is an empty tensor where there is none: an undefined one cannot be handed to a Function.
struct LinearInParts : torch::autograd::Function<LinearInParts> {
    static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight, const Tensor& bias) {
        context->save_for_backward({input, weight});
        return product(input.detach(), weight.detach().t(), bias.numel() > 0 ? bias.detach() : Tensor());
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Tensor gradient = gradients[0].contiguous();
        variable_list result(3);
        if (context->needs_input_grad(0)) result[0] = product(gradient, saved[1].detach());
        if (context->needs_input_grad(1)) result[1] = product(gradient.t(), saved[0].detach());
        if (context->needs_input_grad(2)) result[2] = gradient.sum(0);
        return result;
    }
};

}  // namespace

Tensor max_pool_2x2(const Tensor& input) { return MaxPool2x2::apply(input); }

Tensor linear_in_parts(const Tensor& input, const Tensor& weight, const Tensor& bias) {
    if (at::get_num_threads() == 1) return torch::linear(input, weight, bias);
    return LinearInParts::apply(input, weight, bias.defined() ? bias : torch::empty({0}, weight.options()));
}

void take_sgd_step(const Tensor& parameter, const Tensor& gradient, const Tensor& momentum_buffer,
                   const SgdStep& step) {
    float* const weights = parameter.data_ptr<float>();
    const float* const gradients = gradient.data_ptr<float>();
    float* const buffer = momentum_buffer.defined() ? momentum_buffer.data_ptr<float>() : nullptr;
    const auto rate = static_cast<float>(step.rate), momentum = static_cast<float>(step.momentum);
    const auto decay = static_cast<float>(step.weight_decay);
    at::parallel_for(0, parameter.numel(), kParametersPerTask, [=](std::int64_t first, std::int64_t last) {
        if (buffer == nullptr) {
            for (std::int64_t i = first; i < last; ++i) weights[i] -= rate * (gradients[i] + decay * weights[i]);
            return;
        }
        const float kept = step.nesterov ? momentum : 1.0F, fresh = step.nesterov ? 1.0F : 0.0F;
#pragma GCC ivdep
        for (std::int64_t i = first; i < last; ++i) {
            const float slope = gradients[i] + decay * weights[i];
            buffer[i] = buffer[i] * momentum + slope;
            weights[i] -= rate * (kept * buffer[i] + fresh * slope);
        }
    });
}

void take_adam_step(const Tensor& parameter, const Tensor& gradient, const Tensor& exp_avg, const Tensor& exp_avg_sq,
                    const AdamStep& step) {
    float* const weights = parameter.data_ptr<float>();
    const float* const gradients = gradient.data_ptr<float>();
    float* const means = exp_avg.data_ptr<float>();
    float* const squares = exp_avg_sq.data_ptr<float>();
    const auto beta1 = static_cast<float>(step.beta1), rest1 = static_cast<float>(1.0 - step.beta1);
    const auto beta2 = static_cast<float>(step.beta2), rest2 = static_cast<float>(1.0 - step.beta2);
    const auto decay = static_cast<float>(step.weight_decay), remains = static_cast<float>(1.0 - step.shrink);
    const auto rate = static_cast<float>(step.rate / step.correction1), epsilon = static_cast<float>(step.epsilon);
    const auto root = static_cast<float>(std::sqrt(step.correction2));
    at::parallel_for(0, parameter.numel(), kParametersPerTask, [=](std::int64_t first, std::int64_t last) {
#pragma GCC ivdep
        for (std::int64_t i = first; i < last; ++i) {
            const float slope = gradients[i] + decay * weights[i];
            means[i] = means[i] * beta1 + rest1 * slope;
            squares[i] = squares[i] * beta2 + rest2 * slope * slope;
            weights[i] = weights[i] * remains - rate * means[i] / (std::sqrt(squares[i]) / root + epsilon);
        }
    });
}

}  // namespace convscope
