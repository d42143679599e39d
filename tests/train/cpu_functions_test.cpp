#include "engine/train/cpu_functions.h"

#include "tests/support/catch.h"

#include <limits>

using namespace convscope;

namespace {

// The gradients of what a function gives for copies of the inputs, weighted unevenly.
template <typename Function>
std::vector<torch::Tensor> gradients(const Function& function, std::vector<torch::Tensor> inputs) {
    for (torch::Tensor& input : inputs) input = input.detach().clone().requires_grad_();
    const torch::Tensor output = function(inputs);
    torch::manual_seed(3);
    (output * torch::rand_like(output)).sum().backward();
    std::vector<torch::Tensor> all;
    for (const torch::Tensor& input : inputs) all.push_back(input.grad());
    return all;
}

struct Threads {
    explicit Threads(int count) { torch::set_num_threads(count); }
    ~Threads() { torch::set_num_threads(before); }
    int before = torch::get_num_threads();
};

}  // namespace

TEST_CASE("maximum pooling of our own is LibTorch's to the bit, ties, odd sizes and what is no number included") {
    const Threads threads(GENERATE(1, 2));
    const auto [n, c, height, width] = GENERATE(table<int, int, int, int>(
        {{3, 5, 24, 24}, {2, 3, 7, 7}, {1, 1, 2, 2}, {4, 2, 9, 12}, {1, 2, 3, 2}, {64, 16, 28, 28}}));
    CAPTURE(n, c, height, width);
    torch::manual_seed(1);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const torch::Tensor even = torch::randn({n, c, height, width});
    torch::Tensor odd = torch::randint(-1, 2, {n, c, height, width}).to(torch::kFloat32);  // ties
    odd.masked_fill_(torch::rand_like(odd) < 0.02, nan);
    odd.masked_fill_(torch::rand_like(odd) < 0.02, -std::numeric_limits<float>::infinity());
    for (const torch::Tensor& input : {even, odd, even.transpose(0, 1).contiguous().transpose(0, 1)}) {
        const torch::Tensor wanted = torch::max_pool2d(input, 2);
        CHECK(torch::allclose(max_pool_2x2(input), wanted, 0.0, 0.0, /*equal_nan=*/true));
        const auto ours = gradients([](const auto& in) { return max_pool_2x2(in[0]); }, {input});
        const auto theirs = gradients([](const auto& in) { return torch::max_pool2d(in[0], 2); }, {input});
        CHECK(torch::equal(ours[0], theirs[0]));
    }
}

TEST_CASE("a linear layer in parts gives LibTorch's values and gradients, to the bit with one thread") {
    const int count = GENERATE(1, 2, 3);
    const Threads threads(count);
    const bool with_bias = GENERATE(true, false);
    const auto [n, inputs, outputs] =
        GENERATE(table<int, int, int>({{512, 2000, 500}, {64, 784, 64}, {1, 20, 10}, {7, 300, 301}, {33, 1, 1}}));
    CAPTURE(count, with_bias, n, inputs, outputs);
    torch::manual_seed(2);
    std::vector<torch::Tensor> all{torch::randn({n, inputs}), torch::randn({outputs, inputs})};
    if (with_bias) all.push_back(torch::randn({outputs}));
    const auto bias = [&](const auto& in) { return with_bias ? in[2] : torch::Tensor(); };
    const auto ours = [&](const auto& in) { return linear_in_parts(in[0], in[1], bias(in)); };
    const auto theirs = [&](const auto& in) { return torch::linear(in[0], in[1], bias(in)); };
    const double tolerance = count == 1 ? 0.0 : 1e-4;
    CHECK(torch::allclose(ours(all), theirs(all), tolerance, 10 * tolerance));
    const auto of_ours = gradients(ours, all);
    const auto of_theirs = gradients(theirs, all);
    for (std::size_t i = 0; i < all.size(); ++i)
        CHECK(torch::allclose(of_ours[i], of_theirs[i], tolerance, 10 * tolerance));
}

TEST_CASE("no gradient is computed for an input that needs none") {
    const Threads threads(2);
    const torch::Tensor weight = torch::randn({4, 6}).requires_grad_();
    const torch::Tensor input = torch::randn({3, 6});
    linear_in_parts(input, weight, {}).sum().backward();
    CHECK_FALSE(input.grad().defined());
    CHECK(torch::allclose(weight.grad(), input.sum(0).expand({4, 6})));
    const torch::NoGradGuard no_grad;
    CHECK_FALSE(linear_in_parts(input, weight, {}).requires_grad());
}
