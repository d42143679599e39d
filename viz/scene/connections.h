// Where a value comes from and where it goes: its strongest connections to other layers, by weight.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/snapshot.h"
#include "engine/api/watch_set.h"
#include "viz/scene/consistent_captures.h"
#include "viz/scene/place.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace convscope {

enum class Direction : std::uint8_t {
    Upstream,    // to the values that the layer computes it from
    Downstream,  // to the values that are computed from it
};

// `strength` is the slope of the later value by the earlier one. Between values that is
//   a convolution's or linear layer's weight; an average's 1 over the window's size, a bilinear mixture's share; batch
//   norm's weight over its running deviation; a softmax's slope at its present output; 1 for a sum or a concatenation,
//   and for whatever hands a value on: flatten, dropout, upsampling, and also activations and the largest of a window,
//   of which only the loupe says what they let through.
// Between a whole map and a map or unit, which many weights connect, it is their Euclidean norm (of one kernel slice,
// or of a linear layer's weights from that map) with the sign of their sum: an edge detector, whose weights sum up to
// next to nothing, is a strong connection all the same. The sign then says what evenly lit maps do, and no more.
struct Connection {
    Place place;  // the other end; a whole map where whole maps are connected
    float strength = 0.0F;
};

// The strongest first by magnitude, not-a-number before all, at most `limit`. `of` may be any value or whole map of a
// layer or of the network's input.
//
// Upstream takes the layer's own input, before flatten and dropout layers, in which the same number stands. For a unit
// of a linear layer as a whole map (Place::kWholeMap) the ends are whole maps, where maps were flattened.
// Downstream goes on through flatten, dropout, activations and batch norm (whose slopes multiply the strength) to the
// layer behind, or to the network's last layer; batch norm of a whole flattened map ends it too.
//
// A problem, and nothing in `into`, when a tensor that is needed is missing, or not of the others' iteration. Any
// thread; allocates nothing once `into` has held as many.
CaptureProblem strongest_connections(const NetworkDescription& description, const Snapshot& snapshot, const Place& of,
                                     Direction direction, std::size_t limit, std::vector<Connection>& into);

// Adds the tensors that the connections of a layer's values need.
void watch_connections(const NetworkDescription& description, LayerId layer, Direction direction, WatchSet& watch);

}  // namespace convscope
