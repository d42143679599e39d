#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <array>

namespace convscope {
namespace {

constexpr LayerSetting kChannels{"channels", &LayerSpec::output_size, "Maps that come out.", kOneOrMore, true};
constexpr LayerSetting kFeatures{"features", &LayerSpec::output_size, "Values that come out.", kOneOrMore, true};
constexpr LayerSetting kSize{"size", &LayerSpec::output_size, "Pixels along a side of what comes out.", kOneOrMore,
                             true};
constexpr LayerSetting kKernel{"kernel_size", &LayerSpec::kernel_size, "Pixels along one side of the kernel.",
                               kOneOrMore, true};
constexpr LayerSetting kStride{"stride", &LayerSpec::stride, "Pixels from one output to the next.", kOneOrMore};
constexpr LayerSetting kPoolStride{"stride", &LayerSpec::stride,     "Pixels from one output to the next.", kOneOrMore,
                                   false,    &LayerSpec::kernel_size};
constexpr LayerSetting kPadding{"padding", &LayerSpec::padding, "Pixels added on each side.", kZeroOrMore};
constexpr LayerSetting kBias{"bias", &LayerSpec::bias, "Whether a number is learned that is added to each map."};
constexpr LayerSetting kEpsilon{"epsilon", &LayerSpec::epsilon, "Added to the variance, so that it is not 0.", kSmall};
constexpr LayerSetting kProbability{"probability", &LayerSpec::probability, "Of setting a value to 0 while training.",
                                    kShareBelowOne};

constexpr LayerSetting kDilation{"dilation", &LayerSpec::dilation, "Pixels between neighbouring weights of the kernel.",
                                 kOneOrMore};
constexpr LayerSetting kGroups{"groups", &LayerSpec::groups, "Of channels that are convolved apart.", kOneOrMore};

constexpr std::array kOfConvolution{kChannels, kKernel, kStride, kPadding, kDilation, kGroups, kBias};
constexpr std::array kOfConvTranspose{
    kChannels,
    kKernel,
    LayerSetting{"stride", &LayerSpec::stride, "Outputs from one input to the next.", kOneOrMore},
    LayerSetting{"padding", &LayerSpec::padding, "Pixels cut off on each side.", kZeroOrMore},
    LayerSetting{"output_padding", &LayerSpec::output_padding, "Pixels more at the lower and right ends.", kZeroOrMore},
    kDilation,
    kGroups,
    kBias};
constexpr std::array kOfLinear{kFeatures, kBias};
constexpr std::array kOfPooling{kKernel, kPoolStride, kPadding};
constexpr std::array kOfAdaptivePooling{kSize};
constexpr std::array kOfUpsample{
    LayerSetting{"scale", &LayerSpec::scale, "Outputs for one input along a side.", kOneOrMore},
    LayerSetting{"bilinear", &LayerSpec::bilinear, "Whether values between pixels are mixed of them, or the nearest."}};
constexpr std::array kOfPadChannels{
    kChannels, LayerSetting{"stride", &LayerSpec::stride, "Pixels from one that is kept to the next.", kOneOrMore},
    LayerSetting{"zeros_behind", &LayerSpec::zeros_behind,
                 "Whether all maps of zeros stand behind the others, or half of them before."}};
constexpr std::array kOfBatchNorm{LayerSetting{"momentum", &LayerSpec::running_share,
                                               "Share of a minibatch in the running mean and variance.", kShare},
                                  kEpsilon};
constexpr std::array kOfGroupNorm{
    LayerSetting{"groups", &LayerSpec::groups, "Of channels that are normalised together.", kOneOrMore, true},
    kEpsilon};
constexpr std::array kOfLayerNorm{kEpsilon};
constexpr std::array kOfInstanceNorm{
    LayerSetting{"affine", &LayerSpec::affine, "Whether a weight and a bias of each channel are learned."}, kEpsilon};
constexpr std::array kOfDropout{kProbability};
constexpr std::array kOfDropout2d{LayerSetting{"probability", &LayerSpec::probability,
                                               "Of setting a whole map to 0 while training.", kShareBelowOne}};
constexpr std::array kOfLeakyReLU{
    LayerSetting{"negative_slope", &LayerSpec::negative_slope, "What values below 0 are multiplied by."}};
constexpr std::array kOfPReLU{LayerSetting{"per_channel", &LayerSpec::per_channel,
                                           "Whether each channel learns a slope of its own, or all learn one."}};
constexpr std::array kOfELU{
    LayerSetting{"alpha", &LayerSpec::alpha, "How far below 0 it goes: minus this.", kAboveZero}};
constexpr std::array kOfSoftplus{
    LayerSetting{"beta", &LayerSpec::beta, "How sharply it bends at 0: the larger, the more like ReLU.", kAboveZero}};

// Kind, name, stem, role, outputs kept, usual settings, settings, formula.
const auto& rows() {
    using enum LayerKind;
    using enum LayerRole;
    static const std::array all{
        LayerKindRow{Conv2d,
                     "conv2d",
                     "conv",
                     Weighs,
                     1,
                     // keeps the maps' size
                     {.output_size = 16, .kernel_size = 3, .padding = 1},
                     kOfConvolution},
        LayerKindRow{ConvTranspose2d,
                     "conv_transpose2d",
                     "up",
                     Weighs,
                     1,
                     // maps of twice the size
                     {.output_size = 16, .kernel_size = 2, .stride = 2},
                     kOfConvTranspose},
        LayerKindRow{Linear, "linear", "fc", Weighs, 1, {.output_size = 64}, kOfLinear},
        LayerKindRow{ReLU, "relu", "relu", Activates, 0, {}, {}, "ReLU: the larger of x and 0"},
        // Where 1 is kept, the input is needed, and the output by the next layer.
        LayerKindRow{LeakyReLU,
                     "leaky_relu",
                     "leaky_relu",
                     Activates,
                     1,
                     {},
                     kOfLeakyReLU,
                     "Leaky ReLU: x, or a share of it below 0"},
        LayerKindRow{PReLU, "prelu", "prelu", Activates, 1, {}, kOfPReLU, "PReLU: x, or a learned share of it below 0"},
        LayerKindRow{ELU, "elu", "elu", Activates, 1, {}, kOfELU, "ELU: x, or alpha \xC2\xB7 (exp(x) - 1) below 0"},
        LayerKindRow{GELU, "gelu", "gelu", Activates, 1, {}, {}, "GELU: x \xC2\xB7 (1 + erf(x / sqrt(2))) / 2"},
        LayerKindRow{SiLU, "silu", "silu", Activates, 1, {}, {}, "SiLU: x / (1 + exp(-x))"},
        LayerKindRow{Softplus,
                     "softplus",
                     "softplus",
                     Activates,
                     1,
                     {},
                     kOfSoftplus,
                     "Softplus: log(1 + exp(beta \xC2\xB7 x)) / beta"},
        LayerKindRow{Sigmoid, "sigmoid", "sigmoid", Activates, 0, {}, {}, "Sigmoid: 1 / (1 + exp(-x))"},
        LayerKindRow{Tanh, "tanh", "tanh", Activates, 0, {}, {}, "tanh(x)"},
        LayerKindRow{MaxPool2d, "max_pool2d", "pool", Pools, 1, {.kernel_size = 2, .stride = 2}, kOfPooling},
        LayerKindRow{AvgPool2d, "avg_pool2d", "pool", Pools, 1, {.kernel_size = 2, .stride = 2}, kOfPooling},
        LayerKindRow{
            AdaptiveAvgPool2d, "adaptive_avg_pool2d", "pool", Pools, 1, {.output_size = 1}, kOfAdaptivePooling},
        LayerKindRow{
            AdaptiveMaxPool2d, "adaptive_max_pool2d", "pool", Pools, 1, {.output_size = 1}, kOfAdaptivePooling},
        LayerKindRow{Upsample, "upsample", "up", Pools, 1, {.scale = 2}, kOfUpsample},
        LayerKindRow{PadChannels, "pad_channels", "pad", Pools, 1, {.output_size = 16, .stride = 2}, kOfPadChannels},
        LayerKindRow{BatchNorm, "batch_norm", "norm", Normalises, 1, {}, kOfBatchNorm},
        LayerKindRow{GroupNorm, "group_norm", "norm", Normalises, 1, {.groups = 2}, kOfGroupNorm},
        LayerKindRow{LayerNorm, "layer_norm", "norm", Normalises, 1, {}, kOfLayerNorm},
        LayerKindRow{InstanceNorm, "instance_norm", "norm", Normalises, 1, {}, kOfInstanceNorm},
        LayerKindRow{Dropout, "dropout", "dropout", HandsOn, 2, {}, kOfDropout},  // also what it let through
        LayerKindRow{Dropout2d, "dropout2d", "dropout", HandsOn, 1, {}, kOfDropout2d},
        LayerKindRow{Flatten, "flatten", "flatten", HandsOn, 0},
        LayerKindRow{Softmax, "softmax", "softmax", Compares, 0},
        LayerKindRow{LogSoftmax, "log_softmax", "log_softmax", Compares, 0},
        LayerKindRow{Concatenate, "concatenate", "join", Joins, 1}, LayerKindRow{Add, "add", "sum", Joins, 0},
        LayerKindRow{Residual, "residual", "residual", Joins, 0}};
    return all;
}

}  // namespace

std::span<const LayerKindRow> layer_kinds() { return rows(); }

const LayerKindRow& row_of(LayerKind kind) {
    return *std::find_if(rows().begin(), rows().end(), [&](const LayerKindRow& row) { return row.kind == kind; });
}

bool takes_several(LayerKind kind) { return role_of(kind) == LayerRole::Joins && kind != LayerKind::Residual; }

bool may_have_weights(LayerKind kind) {
    const LayerRole role = role_of(kind);
    return role == LayerRole::Weighs || role == LayerRole::Normalises || kind == LayerKind::PReLU;
}

std::int64_t zeros_before(const LayerSpec& spec, std::int64_t channels) {
    return spec.zeros_behind ? 0 : (spec.output_size - channels) / 2;
}

std::string_view to_string(LayerKind kind) { return row_of(kind).name; }

bool normalises_itself(LayerKind kind) {
    return role_of(kind) == LayerRole::Normalises && kind != LayerKind::BatchNorm;
}

std::int64_t normalised_channels(const LayerSpec& spec, std::int64_t channels) {
    if (spec.kind == LayerKind::GroupNorm) return channels / spec.groups;
    return spec.kind == LayerKind::InstanceNorm ? 1 : channels;
}

bool has_setting(LayerKind kind, std::string_view key) {
    const auto& settings = row_of(kind).settings;
    return std::any_of(settings.begin(), settings.end(), [&](const LayerSetting& one) { return one.key == key; });
}

double value_of(const LayerSetting& setting, const LayerSpec& spec) {
    return std::visit([&](auto member) { return static_cast<double>(spec.*member); }, setting.value);
}

}  // namespace convscope
