#include "engine/train/cpu_convolution.h"

#include "engine/train/convolution_kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace convscope {

#ifdef CONVSCOPE_WIDE_KERNELS
extern const ConvolutionKernels kWideConvolutionKernels;
#endif

const ConvolutionKernels& convolution_kernels() {
#ifdef CONVSCOPE_WIDE_KERNELS
    static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (wide) return kWideConvolutionKernels;
#endif
    return kConvolutionKernels;
}

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Beyond these LibTorch's are as fast or faster: sums of weights' gradients, a vector each, no longer stay in a core's
// cache, or are fetched and put back for too few products. 64x64x3x3 was no faster here, 120x16x5x5 at a single place
// three times slower.
constexpr std::int64_t kMostWeights = 32'768;
constexpr std::int64_t kMostWeightsPerPlace = 512;
constexpr std::int64_t kMostStridedChannels = 4;  // the input's gradient is computed as if there were no stride

Lanes* lanes_of(const Tensor& tensor) { return reinterpret_cast<Lanes*>(tensor.data_ptr<float>()); }
Tensor lanes(std::int64_t count) { return torch::empty({count, kLanes}, torch::kFloat32); }
Tensor maps_of_zeros(const LaneMaps& maps) { return torch::zeros({maps.size(), kLanes}, torch::kFloat32); }

std::int64_t groups_of(const Tensor& pictures) { return (pictures.size(0) + kLanes - 1) / kLanes; }

// A layer's geometry, and where the pictures of a group lie.
struct Layer {
    Layer(const Tensor& input, const Tensor& weight, const ConvolutionSteps& how)
        : steps(how),
          side(weight.size(2)),
          count(input.size(0)),
          input_size(input.size(1) * input.size(2) * input.size(3)),
          taps(input.size(1) * side * side),
          input_maps{input.size(1), input.size(2), input.size(3), steps.padding},
          maps{weight.size(0), (input.size(2) + 2 * steps.padding - side) / steps.stride + 1,
               (input.size(3) + 2 * steps.padding - side) / steps.stride + 1, 0},
          pooled{maps.channels, maps.height / 2, maps.width / 2, 0} {}

    const LaneMaps& output() const { return steps.pooled ? pooled : maps; }
    bool has_flow() const { return steps.pooled || steps.rectified; }
    // Of a group's outputs, from all of it; null where there is none.
    template <typename Byte>
    Byte* flow_of(Byte* all, std::int64_t group) const {
        return has_flow() ? all + group * output().size() * kLanes : nullptr;
    }
    std::int64_t pictures(std::int64_t group) const { return std::min(kLanes, count - group * kLanes); }

    ConvolutionSteps steps;
    std::int64_t side, count, input_size, taps;
    LaneMaps input_maps;  // with the padding
    LaneMaps maps;        // the convolution's own outputs
    LaneMaps pooled;
};

struct Convolution : torch::autograd::Function<Convolution> {
    // The bias is an empty tensor where there is none: an undefined one cannot be handed to a Function.
    static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& weight, const Tensor& bias,
                          const ConvolutionSteps& steps) {
        const ConvolutionKernels& kernels = convolution_kernels();
        const Tensor input = given.detach().contiguous(), values = weight.detach().contiguous();
        const Layer layer(input, weight, steps);
        const LaneMaps& to = layer.output();
        const Tensor output = torch::empty({layer.count, to.channels, to.height, to.width}, input.options());
        const Tensor flow = torch::empty({layer.has_flow() ? groups_of(input) : 0, to.size() * kLanes}, torch::kUInt8);
        const LaneWeights weights{values.data_ptr<float>(), layer.taps, layer.side * layer.side, 1, layer.side};
        const float* const biases = bias.numel() == 0 ? nullptr : bias.data_ptr<float>();
        const float* const from = input.data_ptr<float>();
        float* const into = output.data_ptr<float>();
        std::uint8_t* const flows = flow.data_ptr<std::uint8_t>();
        at::parallel_for(0, groups_of(input), 1, [&](std::int64_t first, std::int64_t last) {
            const Tensor seen = maps_of_zeros(layer.input_maps), convolved = lanes(layer.maps.size());
            const Tensor pooled = steps.pooled ? lanes(to.size()) : convolved;
            for (std::int64_t group = first; group < last; ++group) {
                kernels.interleave(from + group * kLanes * layer.input_size, layer.input_size, layer.pictures(group),
                                   layer.input_maps, lanes_of(seen));
                kernels.correlate(layer.input_maps, lanes_of(seen), weights, biases, layer.maps.channels, steps.stride,
                                  lanes_of(convolved));
                std::uint8_t* const own_flow = layer.flow_of(flows, group);
                if (steps.pooled)
                    kernels.pool(layer.maps, lanes_of(convolved), steps.rectified, lanes_of(pooled), own_flow);
                else if (steps.rectified)
                    kernels.rectify(lanes_of(convolved), layer.maps.size(), own_flow);
                kernels.separate(lanes_of(pooled), to.size(), layer.pictures(group), into + group * kLanes * to.size(),
                                 to.size());
            }
        });
        context->save_for_backward({given, weight, flow});
        context->saved_data["steps"] =
            std::vector<std::int64_t>{steps.stride, steps.padding, steps.rectified, steps.pooled};
        return output;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const ConvolutionKernels& kernels = convolution_kernels();
        const variable_list saved = context->get_saved_variables();
        const Tensor input = saved[0].detach().contiguous(), weight = saved[1].detach().contiguous();
        const std::vector<std::int64_t> how = context->saved_data["steps"].toIntVector();
        const Layer layer(input, weight, {how[0], how[1], how[2] != 0, how[3] != 0});
        const bool of_input = context->needs_input_grad(0);
        const Tensor gradient = gradients[0].contiguous();
        const Tensor input_gradient = of_input ? torch::empty_like(input) : Tensor();
        const std::uint8_t* const flows = saved[2].data_ptr<std::uint8_t>();

        // The input's gradient is a convolution too, of the outputs' gradients with so many zeros around and between
        // them, with the kernels turned round.
        const std::int64_t step = of_input ? layer.steps.stride : 1;
        const LaneMaps wide{layer.maps.channels, layer.input_maps.height + 2 * layer.steps.padding - layer.side + 1,
                            layer.input_maps.width + 2 * layer.steps.padding - layer.side + 1,
                            layer.side - 1 - layer.steps.padding};
        const LaneMaps& flow_maps = of_input ? wide : layer.maps;
        const LaneWeights turned{weight.data_ptr<float>() + layer.side * layer.side - 1, layer.side * layer.side,
                                 layer.taps, -1, layer.side};
        const LaneMaps& from = layer.output();

        // Each thread adds up its own, and these are added in their order: so the bits hang on the number of threads,
        // and on nothing else.
        const std::int64_t groups = groups_of(input), parts = std::min<std::int64_t>(groups, at::get_num_threads());
        const std::int64_t count = (layer.taps + 1) * layer.maps.channels;
        const Tensor sums = torch::zeros({parts * count, kLanes}, torch::kFloat32);
        at::parallel_for(0, parts, 1, [&](std::int64_t first_part, std::int64_t last_part) {
            const Tensor seen = maps_of_zeros(layer.input_maps), flow = maps_of_zeros(flow_maps);
            const Tensor arrived = lanes(from.size());
            const Tensor sent = lanes(of_input ? layer.input_size : 0);
            for (std::int64_t part = first_part; part < last_part; ++part)
                for (std::int64_t group = groups * part / parts; group < groups * (part + 1) / parts; ++group) {
                    const std::int64_t pictures = layer.pictures(group);
                    const std::uint8_t* const own_flow = layer.flow_of(flows, group);
                    const float* const own = gradient.data_ptr<float>() + group * kLanes * from.size();
                    kernels.interleave(input.data_ptr<float>() + group * kLanes * layer.input_size, layer.input_size,
                                       pictures, layer.input_maps, lanes_of(seen));
                    kernels.interleave(own, from.size(), pictures, from, lanes_of(arrived));
                    if (layer.steps.pooled)
                        kernels.spread_pooled(lanes_of(arrived), layer.pooled, own_flow, flow_maps, step,
                                              lanes_of(flow));
                    else
                        kernels.spread(lanes_of(arrived), layer.maps, own_flow, flow_maps, step, lanes_of(flow));
                    kernels.add_gradients(layer.input_maps, lanes_of(seen), layer.side, layer.steps.stride, flow_maps,
                                          lanes_of(flow), step, lanes_of(sums) + part * count);
                    if (!of_input) continue;
                    kernels.correlate(flow_maps, lanes_of(flow), turned, nullptr, layer.input_maps.channels, 1,
                                      lanes_of(sent));
                    kernels.separate(lanes_of(sent), layer.input_size, pictures,
                                     input_gradient.data_ptr<float>() + group * kLanes * layer.input_size,
                                     layer.input_size);
                }
        });
        const Tensor totals = torch::empty({count}, torch::kFloat32);
        kernels.total(lanes_of(sums), parts, count, totals.data_ptr<float>());
        const std::int64_t weights = weight.numel();
        return {input_gradient, totals.narrow(0, 0, weights).view_as(weight),
                context->needs_input_grad(2) ? totals.narrow(0, weights, layer.maps.channels) : Tensor(), Tensor()};
    }
};

}  // namespace

bool convolves_in_lanes(const Tensor& input, const Tensor& weight, std::int64_t stride, std::int64_t padding) {
    const std::int64_t channels = weight.size(1), side = weight.size(2);
    if (!input.device().is_cpu() || input.size(0) < kLanes || input.size(1) != channels) return false;
    if (side == 1 || padding >= side || (stride > 1 && channels > kMostStridedChannels)) return false;
    const std::int64_t places =
        ((input.size(2) + 2 * padding - side) / stride + 1) * ((input.size(3) + 2 * padding - side) / stride + 1);
    return weight.numel() <= std::min(kMostWeights, places * kMostWeightsPerPlace);
}

Tensor convolve_in_lanes(const Tensor& input, const Tensor& weight, const Tensor& bias, const ConvolutionSteps& steps) {
    return Convolution::apply(input, weight, bias.defined() ? bias : torch::empty({0}, weight.options()), steps);
}

}  // namespace convscope
