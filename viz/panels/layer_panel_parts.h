// What the panels about one layer's tensors share. UI thread.
#pragma once

#include "engine/api/tensor_capture.h"
#include "viz/panels/panel.h"
#include "viz/render/value_range.h"
#include "viz/widgets/style.h"

namespace convscope {

struct NetworkDescription;

// "conv1"; "input" for kInputLayer.
const char* name_of(const NetworkDescription& network, LayerId layer);

// How the user wants values coloured: what a layer puts out, and its parameters, gradients and updates.
RangeChoice activation_range(const Settings& settings);
RangeChoice weight_range(const Settings& settings, TensorKind kind = TensorKind::Weight);
// A channel's black and white, as the network sees them.
ValueRange pixel_range(const Recipe& recipe, std::int64_t channel);

// The run's network; null before there is one, when the panel's place says so.
const NetworkDescription* network_or_empty_state(const FrameContext& context);

// The layer becomes the selected one; of it, the channel.
void select_layer(FrameContext& context, LayerId layer);
void select_channel(FrameContext& context, LayerId layer, std::int64_t channel);

// A quiet line: what is shown at the left; at the right, or below where there is no room, "12 iterations old" when the
// capture is not of the snapshot's iteration. `capture` null: nothing has arrived yet.
void layer_caption(const FrameContext& context, const char* what, const TensorCapture* capture);

// Of a color_legend() in the small font, with the gap above it.
float legend_height(const FrameContext& context);

}  // namespace convscope
