// What one layer makes of its input: shapes, weights and receptive field.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

inline constexpr std::int64_t kMaxValues = std::int64_t{1} << 31;  // in one tensor, and in all parameters together

// Their product; nothing when it would pass kMaxValues, so that no product of user settings can overflow.
std::optional<std::int64_t> product(std::initializer_list<std::int64_t> sizes);

// "maps of 16x14x14", "a vector of 10".
std::string count_of(const Shape& shape);

// A layer of one input, whose spec is in range, and whose input_shape, output_shape and receptive_field are its
// input's: sets output_shape, weight_shape, bias_shape and receptive_field. `input_side` is the longer one of the
// network's input. An Error is the sentence that says what does not fit, and the remedy, without the layer's name.
Result<void> shape_layer(LayerDescription& layer, std::int64_t input_side);

// A layer that joins the outputs of these: likewise, and inputs and input_shape too.
Result<void> shape_joint(LayerDescription& layer, const NetworkDescription& network, std::vector<LayerId> inputs);

}  // namespace convscope
