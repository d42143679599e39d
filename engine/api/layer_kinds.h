// The kinds of layers that there are, a row for each: what recipes may say of them, how the network editor begins one,
// and what those ask who explain, connect or draw layers. A kind's arithmetic stands elsewhere:
// engine/recipe/README.md.
#pragma once

#include "engine/api/recipe.h"
#include "engine/core/number_rule.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace convscope {

// What a layer makes of the values that reach it, when the network is asked and not trained.
enum class LayerRole : std::uint8_t {
    Weighs,      // sums them, weighted: convolution, linear
    Pools,       // one number for each window of a map, which may be a part of one pixel: upsampling
    Normalises,  // by a mean and a variance, then by a weight and a bias of each channel
    Activates,   // each by a function of its own
    HandsOn,     // as they are
    Compares,    // each with all others: softmax
    Joins,       // the outputs of several layers
};

struct LayerSetting {
    std::string_view key;  // in recipe files
    std::variant<std::int64_t LayerSpec::*, double LayerSpec::*, bool LayerSpec::*> value;
    const char* meaning;           // a sentence for the network editor, with its unit
    NumberRule rule = kAnyNumber;  // a whole number is at most 2^31 besides
    bool required = false;
    std::int64_t LayerSpec::*follows = nullptr;  // the setting that it is like when left out; null: LayerSpec's default
};

struct LayerKindRow {
    LayerKind kind;
    const char* name;  // in recipe files and on screen, "conv2d"
    const char* stem;  // of the names that the editor gives: "conv" for conv1, conv2
    LayerRole role;
    int outputs_kept;      // tensors of its output's size that the backward pass needs of it; the others are computed
                           // in passing, from what is kept of its neighbours
    LayerSpec usual = {};  // what is required, as the editor begins
    std::span<const LayerSetting> settings = {};
    const char* formula = nullptr;  // of Activates, for x
};

// In the order in which they are offered.
std::span<const LayerKindRow> layer_kinds();
const LayerKindRow& row_of(LayerKind kind);

inline LayerRole role_of(LayerKind kind) { return row_of(kind).role; }
// Whether it joins what its spec names: every role of joining but a residual layer's, whose paths are written within.
bool takes_several(LayerKind kind);
// Whether a layer of the kind may have weights, which another one may use as well.
bool may_have_weights(LayerKind kind);
// Which of its output channels the first of its own is, where it stands among padded ones.
std::int64_t zeros_before(const LayerSpec& spec, std::int64_t channels);
// Whether its input is normalised by itself, in training and evaluation alike: by the mean and variance of
// normalised_channels() neighbouring channels of the one picture.
bool normalises_itself(LayerKind kind);
std::int64_t normalised_channels(const LayerSpec& spec, std::int64_t channels);
bool has_setting(LayerKind kind, std::string_view key);
// The setting's value in a layer; a yes is 1.
double value_of(const LayerSetting& setting, const LayerSpec& spec);

}  // namespace convscope
