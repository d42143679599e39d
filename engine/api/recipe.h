// A recipe: everything that says what is trained and how, as read from a TOML file (engine/recipe/recipe_file.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// What there is to say of each: layer_kinds.h.
enum class LayerKind : std::uint8_t {
    Conv2d,
    ConvTranspose2d,
    Linear,
    BatchNorm,
    GroupNorm,
    LayerNorm,     // over the whole sample, with a weight for each of its values
    InstanceNorm,  // each map by itself
    Dropout,
    Dropout2d,  // of whole maps
    ReLU,
    LeakyReLU,
    PReLU,
    ELU,
    GELU,
    SiLU,
    Softplus,
    Sigmoid,
    Tanh,
    MaxPool2d,
    AvgPool2d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    Upsample,
    PadChannels,  // maps of zeros beside its own: the shortcut without weights of the first ResNets
    Flatten,
    Softmax,
    LogSoftmax,
    Concatenate,  // the outputs of several layers, channel by channel
    Add,          // likewise
    Residual      // adds the outputs of two paths of nested layers
};

// What a layer calls the network's input among its own inputs, unless an earlier layer has that name.
inline constexpr std::string_view kInputName = "input";

// Settings that do not belong to the kind keep their defaults.
struct LayerSpec {
    std::string name = {};  // unique in the recipe; letters, digits, '.', '_' and '-'
    LayerKind kind = LayerKind::ReLU;
    // Whose outputs it takes, by the names of earlier layers, or kInputName; empty: the layer's before it. Several:
    // concatenate, add. Names within the same residual layer come before those around it.
    std::vector<std::string> inputs = {};
    std::string weights_of = {};      // the earlier layer whose weights it uses as well; empty: it has its own
    std::int64_t output_size = 0;     // channels of convolutions and padded channels, features of a linear layer, side
                                      // of an adaptive pooling
    std::int64_t kernel_size = 0;     // pixels along one side: convolutions and pooling
    std::int64_t stride = 1;          // pixels; pooling's default is its kernel size
    std::int64_t padding = 0;         // pixels on each side
    std::int64_t output_padding = 0;  // pixels more at the lower and right ends: transposed convolution
    std::int64_t dilation = 1;        // pixels between neighbouring weights of a kernel: convolutions
    std::int64_t groups = 1;          // of channels that are convolved apart, or normalised together
    std::int64_t scale = 2;           // outputs for one input along a side: upsample
    bool bilinear = false;            // between its neighbours instead of like the nearest one: upsample
    bool zeros_behind = false;        // all of them, instead of half of them before its own channels: padded channels
    bool bias = true;
    double probability = 0.5;              // of dropping a value: dropout
    double negative_slope = 0.01;          // leaky ReLU
    bool per_channel = false;              // a slope for each channel instead of one for all: PReLU
    double alpha = 1.0;                    // ELU
    double beta = 1.0;                     // softplus
    bool affine = false;                   // a weight and a bias for each channel: instance norm
    double running_share = 0.1;            // of a minibatch in the running mean and variance: batch norm's "momentum"
    double epsilon = 1e-5;                 // the norms
    std::vector<LayerSpec> body = {};      // residual: the path with the layers
    std::vector<LayerSpec> shortcut = {};  // residual: the other one; empty: the input as it is
    int line = 0;                          // where the recipe file names it, for messages; 0 when not from a file
    bool operator==(const LayerSpec&) const = default;
};

enum class LossKind : std::uint8_t { CrossEntropy, NegativeLogLikelihood, CrossEntropyOneHot, MeanSquaredError };
enum class OptimizerKind : std::uint8_t { Sgd, Adam, AdamW, RmsProp };
enum class ScheduleKind : std::uint8_t { Constant, Step, Cosine, OneCycle };

struct OptimizerSpec {
    OptimizerKind kind = OptimizerKind::Adam;
    double learning_rate = 0.001;  // what a schedule's factor is applied to
    double momentum = 0.0;         // SGD's and RMSprop's momentum; Adam's and AdamW's beta1
    double beta2 = 0.999;          // Adam, AdamW
    double smoothing = 0.99;       // RMSprop's alpha
    double epsilon = 1e-8;         // all but SGD
    double weight_decay = 0.0;
    bool nesterov = false;  // SGD
    bool is_adam() const { return kind == OptimizerKind::Adam || kind == OptimizerKind::AdamW; }
    bool operator==(const OptimizerSpec&) const = default;
};

// How the learning rate goes through the recipe's epochs: engine/recipe/schedule.h.
struct ScheduleSpec {
    ScheduleKind kind = ScheduleKind::Constant;
    double warm_up_epochs = 0.0;   // rising from next to nothing before the rest begins; not for one_cycle
    std::int64_t step_epochs = 1;  // step: epochs between two steps
    double factor = 0.1;           // step: by which each one multiplies
    double final_factor = 0.0;     // cosine: of the learning rate, reached at the end
    double rising_share = 0.3;     // one_cycle: of all iterations
    double start_divisor = 25.0;   // one_cycle: the rate begins at the learning rate over this
    double final_divisor = 1e4;    // one_cycle: and ends at the beginning's over this
    bool operator==(const ScheduleSpec&) const = default;
};

// Random changes of every training picture, drawn anew each epoch; 0: none.
struct AugmentationSpec {
    double shift = 0.0;   // pixels, up to, in both directions
    double rotate = 0.0;  // degrees, up to, both ways
    double scale = 0.0;   // share, up to: 0.1 is 0.9 to 1.1 times as large
    double noise = 0.0;   // standard deviation, as a share of white
    bool any() const { return shift > 0.0 || rotate > 0.0 || scale > 0.0 || noise > 0.0; }
    bool operator==(const AugmentationSpec&) const = default;
};

enum class InvertKind : std::uint8_t {
    Auto,     // once a run begins: ToLight or ToDark, where all its pictures are alike in that, else No
    No,       // as they are
    Yes,      // every picture
    ToLight,  // pictures of dark strokes on light paper
    ToDark    // pictures of light strokes on dark
};
enum class ResizeKind : std::uint8_t {
    Stretch,  // to the input's height and width
    Crop,     // until the input is filled, and what stands over is cut off alike on both sides
    Fit       // until all of the picture is within the input; the rest is black
};
enum class CentreKind : std::uint8_t {
    Auto,  // once a run begins: Yes where all its pictures are so, else No
    No,
    Yes  // strokes alone, in MNIST's box: engine/data/picture_convention.h
};

// How a picture file becomes what the network sees, the same for training, evaluation and prediction. Pictures that are
// in the form already pass untouched.
struct PictureConvention {
    InvertKind invert = InvertKind::Auto;
    ResizeKind resize = ResizeKind::Stretch;
    CentreKind centre = CentreKind::Auto;
    bool grey = false;  // colours are made grey even for an input of three channels
    bool operator==(const PictureConvention&) const = default;
};

struct Recipe {
    std::string name;         // "wide-cnn"
    std::string description;  // one line for lists
    std::int64_t input_channels = 1;
    std::int64_t input_height = 28;
    std::int64_t input_width = 28;
    std::int64_t class_count = 10;
    // Subtracted from pixel/255, then divided by: one value for all channels, or one for each.
    std::vector<double> input_mean = {0.0};
    std::vector<double> input_deviation = {1.0};
    bool normalise_from_data = false;  // both are measured over the training pictures when the run starts
    bool input_transposed = false;     // the network sees a picture's columns as rows, as torchvision gives EMNIST
    PictureConvention pictures;
    AugmentationSpec augmentation;
    std::vector<LayerSpec> layers;
    LossKind loss = LossKind::CrossEntropy;
    double label_smoothing = 0.0;  // cross-entropy: share of the target that is spread over all classes
    OptimizerSpec optimizer;
    ScheduleSpec schedule;
    std::int64_t batch_size = 64;
    std::int64_t epochs = 1;
    bool shuffle = true;
    std::int64_t validation_count =
        0;  // training pictures held out, on which the run is measured instead of the test set
    std::int64_t evaluate_every = 1;  // epochs between two measurements; the last epoch always ends with one
    double stop_at_accuracy = 0.0;    // measured, 0 to 1; 0: train all epochs
    std::int64_t patience = 0;        // measurements without a lower loss after which the run ends; 0: train all epochs
    bool operator==(const Recipe&) const = default;

    double mean_of(std::int64_t channel) const { return of_channel(input_mean, channel); }
    double deviation_of(std::int64_t channel) const { return of_channel(input_deviation, channel); }

private:
    static double of_channel(const std::vector<double>& values, std::int64_t channel) {
        return values[values.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
    }
};

// The names used in recipe files and on screen, for example "conv2d".
std::string_view to_string(LayerKind kind);
std::string_view to_string(InvertKind kind);
std::string_view to_string(ResizeKind kind);
std::string_view to_string(CentreKind kind);
std::string_view to_string(LossKind kind);
std::string_view to_string(OptimizerKind kind);
std::string_view to_string(ScheduleKind kind);

}  // namespace convscope
