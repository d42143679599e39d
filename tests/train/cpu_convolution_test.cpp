#include "engine/train/cpu_convolution.h"

#include "engine/train/convolution_kernels.h"
#include "tests/support/catch.h"

#include <limits>

using namespace convscope;

namespace {

struct Shape {
    int pictures, channels, height, width, outputs, side, stride, padding;
};

// Widths and channels that are no multiples of eight, what no output covers, the last smaller minibatch, strides with
// something left over.
const std::vector<Shape> kShapes = {{32, 1, 28, 28, 10, 5, 1, 0},  {9, 10, 12, 12, 20, 5, 1, 0},
                                    {16, 10, 12, 12, 20, 3, 1, 0}, {11, 3, 9, 13, 7, 3, 1, 1},
                                    {8, 1, 28, 28, 16, 5, 2, 0},   {13, 2, 10, 7, 5, 3, 2, 1},
                                    {10, 4, 11, 11, 6, 4, 3, 2},   {25, 5, 6, 5, 3, 1, 1, 0},
                                    {8, 16, 7, 7, 9, 7, 1, 3},     {40, 1, 5, 5, 1, 5, 1, 0}};

struct Outcome {
    torch::Tensor output;
    std::vector<torch::Tensor> gradients;  // of input, weight and bias
};

// Gradients of the output, weighted unevenly.
template <typename Function>
Outcome outcome_of(const Function& function, std::vector<torch::Tensor> inputs) {
    for (torch::Tensor& input : inputs) input = input.detach().clone().requires_grad_();
    Outcome outcome{function(inputs), {}};
    torch::manual_seed(3);
    (outcome.output * torch::randn_like(outcome.output)).sum().backward();
    for (const torch::Tensor& input : inputs) outcome.gradients.push_back(input.grad());
    return outcome;
}

std::vector<torch::Tensor> inputs_for(const Shape& shape) {
    torch::manual_seed(1);
    return {torch::randn({shape.pictures, shape.channels, shape.height, shape.width}),
            torch::randn({shape.outputs, shape.channels, shape.side, shape.side}), torch::randn({shape.outputs})};
}

torch::Tensor convolve(const std::vector<torch::Tensor>& in, const Shape& shape) {
    return convolve_in_lanes(in[0], in[1], in[2], {shape.stride, shape.padding});
}

// To 1e-5 of the largest value, as sums in another order are.
void check_close(const torch::Tensor& ours, const torch::Tensor& theirs) {
    REQUIRE(ours.sizes() == theirs.sizes());
    CHECK((ours - theirs).abs().max().item<float>() <= 1e-5F * theirs.abs().max().item<float>());
}

void check_equal(const Outcome& one, const Outcome& other) {
    CHECK(torch::equal(one.output, other.output));
    for (std::size_t i = 0; i < one.gradients.size(); ++i) CHECK(torch::equal(one.gradients[i], other.gradients[i]));
}

struct Threads {
    explicit Threads(int count) { torch::set_num_threads(count); }
    ~Threads() { torch::set_num_threads(before); }
    int before = torch::get_num_threads();
};

std::string text(const Shape& s) {
    return std::to_string(s.pictures) + " x " + std::to_string(s.channels) + " x " + std::to_string(s.height) + " x " +
           std::to_string(s.width) + " to " + std::to_string(s.outputs) + ", side " + std::to_string(s.side) +
           ", stride " + std::to_string(s.stride) + ", padding " + std::to_string(s.padding);
}

}  // namespace

TEST_CASE("convolutions in lanes give LibTorch's values and gradients, whatever the sizes") {
    const int count = GENERATE(1, 2, 3);
    const Threads threads(count);
    for (const Shape& shape : kShapes) {
        INFO(text(shape) << ", threads " << count);
        const std::vector<torch::Tensor> in = inputs_for(shape);
        const Outcome ours = outcome_of([&](const auto& i) { return convolve(i, shape); }, in);
        const Outcome theirs =
            outcome_of([&](const auto& i) { return torch::conv2d(i[0], i[1], i[2], shape.stride, shape.padding); }, in);
        check_close(ours.output, theirs.output);
        for (std::size_t i = 0; i < 3; ++i) check_close(ours.gradients[i], theirs.gradients[i]);
    }
}

TEST_CASE("convolutions in lanes repeat to the bit, and each picture comes out as among any others") {
    const Threads threads(2);
    for (const Shape& shape : kShapes) {
        INFO(text(shape));
        const std::vector<torch::Tensor> in = inputs_for(shape);
        const auto ours = [&](const auto& i) { return convolve(i, shape); };
        const Outcome first = outcome_of(ours, in);
        check_equal(first, outcome_of(ours, in));
        const torch::Tensor other = convolve({in[0].flip(0), in[1], in[2]}, shape);
        CHECK(torch::equal(other.flip(0), first.output));
    }
}

TEST_CASE("a convolution with its ReLU and its pooling gives the bits that they give one by one") {
    const Threads threads(GENERATE(1, 2));
    const auto [rectified, pooled] = GENERATE(table<bool, bool>({{true, false}, {false, true}, {true, true}}));
    for (const Shape& shape : kShapes) {
        INFO(text(shape) << (rectified ? ", rectified" : "") << (pooled ? ", pooled" : ""));
        const std::vector<torch::Tensor> in = inputs_for(shape);
        if (pooled && convolve(in, shape).size(3) < 2) continue;
        const auto at_once = [&, r = rectified, p = pooled](const auto& i) {
            return convolve_in_lanes(i[0], i[1], i[2], {shape.stride, shape.padding, r, p});
        };
        const auto one_by_one = [&, r = rectified, p = pooled](const auto& i) {
            torch::Tensor output = convolve(i, shape);
            if (r) output = torch::relu(output);
            return p ? torch::max_pool2d(output, 2) : output;
        };
        check_equal(outcome_of(at_once, in), outcome_of(one_by_one, in));
    }
}

TEST_CASE("what is no number goes through a convolution, its ReLU and its pooling") {
    const Shape shape{8, 1, 8, 8, 3, 3, 1, 0};
    std::vector<torch::Tensor> in = inputs_for(shape);
    in[0][5][0][4][4] = std::numeric_limits<float>::quiet_NaN();
    const torch::Tensor wanted = torch::max_pool2d(torch::relu(convolve(in, shape)), 2);
    CHECK(wanted[5].isnan().any().item<bool>());
    CHECK(torch::allclose(convolve_in_lanes(in[0], in[1], in[2], {1, 0, true, true}), wanted, 0.0, 0.0,
                          /*equal_nan=*/true));
}

TEST_CASE("a convolution in lanes may have no bias, and computes no gradient that nobody needs") {
    const Shape shape = kShapes[1];
    const std::vector<torch::Tensor> in = inputs_for(shape);
    const torch::Tensor weight = in[1].clone().requires_grad_();
    const torch::Tensor output = convolve_in_lanes(in[0], weight, {}, {});
    check_close(output.detach(), torch::conv2d(in[0], in[1]));
    output.sum().backward();
    CHECK_FALSE(in[0].grad().defined());
    const torch::NoGradGuard no_grad;
    CHECK_FALSE(convolve_in_lanes(in[0], weight, {}, {}).requires_grad());
}

TEST_CASE("few pictures, single taps, large layers and strides between many channels are left to LibTorch") {
    const auto fits = [](std::vector<std::int64_t> input, std::vector<std::int64_t> weight, int stride, int padding) {
        return convolves_in_lanes(torch::empty(input), torch::empty(weight), stride, padding);
    };
    CHECK(fits({32, 16, 14, 14}, {32, 16, 5, 5}, 1, 2));
    CHECK_FALSE(fits({7, 16, 14, 14}, {32, 16, 5, 5}, 1, 2));
    CHECK(fits({32, 1, 28, 28}, {16, 1, 5, 5}, 2, 0));
    CHECK_FALSE(fits({32, 16, 5, 5}, {120, 16, 5, 5}, 1, 0));
    CHECK_FALSE(fits({32, 16, 14, 14}, {32, 16, 1, 1}, 1, 0));
    CHECK_FALSE(fits({32, 256, 14, 14}, {256, 256, 3, 3}, 1, 1));
    CHECK_FALSE(fits({32, 16, 14, 14}, {32, 16, 3, 3}, 2, 1));
    CHECK_FALSE(fits({32, 1, 14, 14}, {4, 1, 3, 3}, 1, 3));
}

TEST_CASE("the kernels for any processor give what those for the one at hand give") {
    const LaneMaps maps{3, 6, 7, 1}, outputs{5, 6, 7, 0};
    const torch::Tensor input = torch::randn({maps.size(), kLanes}), weight = torch::randn({5, 3, 3, 3});
    const torch::Tensor gradient = torch::randn({outputs.size(), kLanes}), bias = torch::randn({5});
    const auto results = [&](const ConvolutionKernels& kernels) {
        const auto lanes = [](const torch::Tensor& tensor) {
            return reinterpret_cast<Lanes*>(tensor.data_ptr<float>());
        };
        const torch::Tensor output = torch::empty({outputs.size(), kLanes}), sums = torch::zeros({5 * 28, kLanes});
        const torch::Tensor totals = torch::empty({5 * 28}), apart = torch::empty({kLanes, outputs.size()});
        kernels.correlate(maps, lanes(input), {weight.data_ptr<float>(), 27, 9, 1, 3}, bias.data_ptr<float>(), 5, 1,
                          lanes(output));
        kernels.add_gradients(maps, lanes(input), 3, 1, outputs, lanes(gradient), 1, lanes(sums));
        kernels.total(lanes(sums), 1, 5 * 28, totals.data_ptr<float>());
        kernels.separate(lanes(output), outputs.size(), kLanes, apart.data_ptr<float>(), outputs.size());
        return std::vector<torch::Tensor>{output, totals, apart};
    };
    const auto any = results(kConvolutionKernels), own = results(convolution_kernels());
    for (std::size_t i = 0; i < any.size(); ++i) check_close(own[i], any[i]);
}
