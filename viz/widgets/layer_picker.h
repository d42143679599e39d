// Chooses a layer by its name: tabs side by side where they fit, else a list with arrows. UI thread.
#pragma once

#include "engine/api/network_description.h"
#include "viz/widgets/style.h"

namespace convscope {

struct LayerPickerOptions {
    bool with_input = false;    // offers the network's input (kInputLayer) before the layers
    bool only_weights = false;  // offers only the layers that have weights
    float width = 0.0F;         // room to use; 0: what is left of the line
};

// Draws one line of ImGui::GetFrameHeight(). True when the user chose a layer; `chosen` then names it. A layer that is
// not offered may be chosen beforehand: no tab is marked then.
bool layer_picker(const WidgetStyle& style, const char* id, const NetworkDescription& network, LayerId& chosen,
                  const LayerPickerOptions& options);

// The width of all tabs side by side.
float layer_tabs_width(const WidgetStyle& style, const NetworkDescription& network, const LayerPickerOptions& options);

}  // namespace convscope
