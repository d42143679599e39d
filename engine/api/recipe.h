// A recipe: everything that says what is trained and how, as read from a TOML file (engine/recipe/recipe_file.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

enum class LayerKind : std::uint8_t {
    Conv2d,
    Linear,
    ReLU,
    LeakyReLU,
    GELU,
    Sigmoid,
    Tanh,
    MaxPool2d,
    AvgPool2d,
    Flatten,
    Dropout,
    Softmax,
    LogSoftmax
};

// Settings that do not belong to the kind keep their defaults.
struct LayerSpec {
    std::string name;  // unique in the recipe; letters, digits, '.', '_' and '-'
    LayerKind kind = LayerKind::ReLU;
    std::int64_t output_size = 0;  // channels of a convolution, features of a linear layer
    std::int64_t kernel_size = 0;  // pixels along one side: convolution and pooling
    std::int64_t stride = 1;       // pixels; pooling's default is its kernel size
    std::int64_t padding = 0;      // pixels on each side
    bool bias = true;
    double probability = 0.5;      // of dropping a value: dropout
    double negative_slope = 0.01;  // leaky ReLU
    int line = 0;                  // where the recipe file names it, for messages; 0 when not from a file
    bool operator==(const LayerSpec&) const = default;
};

enum class LossKind : std::uint8_t { CrossEntropy, NegativeLogLikelihood };
enum class OptimizerKind : std::uint8_t { Sgd, Adam };

struct OptimizerSpec {
    OptimizerKind kind = OptimizerKind::Adam;
    double learning_rate = 0.001;
    double momentum = 0.0;  // SGD's momentum; Adam's beta1
    double beta2 = 0.999;   // Adam
    double epsilon = 1e-8;  // Adam
    double weight_decay = 0.0;
    bool operator==(const OptimizerSpec&) const = default;
};

struct Recipe {
    std::string name;         // "wide-cnn"
    std::string description;  // one line for lists
    std::int64_t input_channels = 1;
    std::int64_t input_height = 28;
    std::int64_t input_width = 28;
    std::int64_t class_count = 10;
    double input_mean = 0.0;       // subtracted from pixel/255
    double input_deviation = 1.0;  // then divided by
    std::vector<LayerSpec> layers;
    LossKind loss = LossKind::CrossEntropy;
    OptimizerSpec optimizer;
    std::int64_t batch_size = 64;
    std::int64_t epochs = 1;
    bool shuffle = true;
    bool operator==(const Recipe&) const = default;
};

// The names used in recipe files and on screen, for example "conv2d".
std::string_view to_string(LayerKind kind);
std::string_view to_string(LossKind kind);
std::string_view to_string(OptimizerKind kind);

}  // namespace convscope
