// Recipes for the trainer's tests: small enough to train in a blink.
#pragma once

#include "engine/api/recipe.h"

namespace convscope {

inline LayerSpec layer(const char* name, LayerKind kind, std::int64_t output_size = 0, std::int64_t kernel_size = 0,
                       std::int64_t stride = 1) {
    LayerSpec spec;
    spec.name = name;
    spec.kind = kind;
    spec.output_size = output_size;
    spec.kernel_size = kernel_size;
    spec.stride = stride;
    return spec;
}

// A convolution, dropout (so that there is something random to disturb) and two linear layers.
inline Recipe small_recipe(OptimizerKind optimizer = OptimizerKind::Adam) {
    Recipe recipe;
    recipe.name = "small";
    recipe.input_mean = {0.1307};
    recipe.input_deviation = {0.3081};
    recipe.layers = {layer("conv1", LayerKind::Conv2d, 4, 5),
                     layer("relu1", LayerKind::ReLU),
                     layer("pool1", LayerKind::MaxPool2d, 0, 4, 4),
                     layer("flatten", LayerKind::Flatten),
                     layer("dropout", LayerKind::Dropout),
                     layer("fc1", LayerKind::Linear, 20),
                     layer("relu2", LayerKind::ReLU),
                     layer("fc2", LayerKind::Linear, 10)};
    recipe.optimizer.kind = optimizer;
    recipe.optimizer.learning_rate = optimizer == OptimizerKind::Adam ? 0.002 : 0.05;
    recipe.optimizer.momentum = 0.9;
    recipe.batch_size = 16;
    recipe.epochs = 2;
    return recipe;
}

// wide-cnn's layers, for comparison with LibTorch's own modules.
inline Recipe wide_recipe() {
    Recipe recipe = small_recipe();
    recipe.name = "wide-cnn";
    recipe.layers = {layer("conv1", LayerKind::Conv2d, 10, 5),
                     layer("relu1", LayerKind::ReLU),
                     layer("pool1", LayerKind::MaxPool2d, 0, 2, 2),
                     layer("conv2", LayerKind::Conv2d, 20, 3),
                     layer("relu2", LayerKind::ReLU),
                     layer("flatten", LayerKind::Flatten),
                     layer("fc1", LayerKind::Linear, 500),
                     layer("relu3", LayerKind::ReLU),
                     layer("fc2", LayerKind::Linear, 10)};
    return recipe;
}

// Everything that a run can have besides its weights: batch norm of maps and of vectors, dropout, augmentation, a
// validation split and a schedule.
inline Recipe stateful_recipe(OptimizerKind optimizer) {
    Recipe recipe = small_recipe(optimizer);
    recipe.name = "stateful";
    recipe.layers.insert(recipe.layers.begin() + 6, layer("norm2", LayerKind::BatchNorm));
    recipe.layers.insert(recipe.layers.begin() + 1, layer("norm1", LayerKind::BatchNorm));
    recipe.optimizer.learning_rate = optimizer == OptimizerKind::Sgd ? 0.05 : 0.002;
    recipe.optimizer.weight_decay = 0.01;
    recipe.augmentation = {.shift = 2.0, .rotate = 10.0, .scale = 0.1, .noise = 0.05};
    recipe.validation_count = 10;
    recipe.schedule.kind = ScheduleKind::OneCycle;
    return recipe;
}

}  // namespace convscope
