// Where a value is: layer, channel, row and column; and which values of its input a window looks at.
#pragma once

#include "engine/api/network_description.h"

#include <cstdint>

namespace convscope {

// A value of a layer's output (of kInputLayer: a pixel of the network's input), or a whole map. A vector's unit is a
// channel of one value, in row and column 0; a cell of padding is outside of its map.
struct Place {
    static constexpr std::int64_t kWholeMap = -1;  // as row and column

    LayerId layer;
    std::int64_t channel = 0;
    std::int64_t row = 0;
    std::int64_t column = 0;

    bool is_whole_map() const { return row == kWholeMap; }
    auto operator<=>(const Place&) const = default;
};

// Of a layer's output; of the network's input for kInputLayer; of rank 0 when there is no such layer.
Shape output_shape(const NetworkDescription& description, LayerId layer);

// Where a layer's output is captured: the input's key for kInputLayer.
TensorKey output_key(LayerId layer);

// Whether a tensor of this shape (C,H,W or N) has the place's value; not when the place is padding, or a whole map.
bool contains(const Shape& shape, const Place& place);

// The place's index among the values of its tensor, row-major; and back.
std::int64_t index_of(const Shape& shape, const Place& place);
Place place_at(LayerId layer, const Shape& shape, std::int64_t index);

// Where the same number stood before flatten and dropout layers, which hand it on in evaluation mode. A whole map that
// was flattened from a vector is that one value.
Place origin_of(const NetworkDescription& description, Place place);

// Which channel of which input a channel of the output is made of, in a layer that makes each of one: a concatenation,
// pooling, upsampling. Among padded channels there is none for those of zeros: it is outside of the input.
struct ChannelSource {
    LayerId layer;
    std::int64_t channel = 0;
};
ChannelSource channel_source(const NetworkDescription& description, const LayerDescription& layer,
                             std::int64_t channel);

// The output channels before those that are made of the layer's input at that position among its inputs.
std::int64_t channels_before(const NetworkDescription& description, const LayerDescription& layer, std::size_t input);

// The cells of every input channel that one output value of a convolution or pooling sees; cells outside of the input
// are padding.
struct CellWindow {
    std::int64_t first_row = 0;  // negative where padding is seen
    std::int64_t first_column = 0;
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t step = 1;  // between neighbouring cells: a convolution's dilation
    // Of cells from one that holds an input to the next; what is between is padding too. A transposed convolution is a
    // convolution of its inputs, spread out by its stride, with the mirrored kernel.
    std::int64_t spacing = 1;
    // An upsampling's share of the second row and column, the first has the rest; 1 for a row or column alone.
    double second_row = 1.0;
    double second_column = 1.0;

    std::int64_t count() const { return rows * columns; }
    // Cell i, row-major, in the given channel of `layer`.
    Place cell(LayerId layer, std::int64_t channel, std::int64_t i) const {
        return {layer, channel, input_at(first_row + i / columns * step), input_at(first_column + i % columns * step)};
    }
    // Which of `count` cells from `first` on the input's row or column is, -1: none.
    std::int64_t cell_with(std::int64_t input, std::int64_t first, std::int64_t cells) const {
        const std::int64_t distance = input * spacing - first;
        return distance >= 0 && distance % step == 0 && distance / step < cells ? distance / step : -1;
    }
    // Of cell i in what an upsampling makes of them.
    double share(std::int64_t i) const {
        return share_along(i / columns, rows, second_row) * share_along(i % columns, columns, second_column);
    }

private:
    static constexpr std::int64_t kBetween = -2;  // outside, and no whole map

    std::int64_t input_at(std::int64_t cell) const { return cell % spacing == 0 ? cell / spacing : kBetween; }
    static double share_along(std::int64_t i, std::int64_t cells, double second) {
        return cells == 1 || i == 1 ? second : 1.0 - second;
    }
};
// One value by itself for other kinds of layers.
CellWindow window_of(const LayerDescription& layer, std::int64_t row, std::int64_t column);

}  // namespace convscope
