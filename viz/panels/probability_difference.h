// By how much the run beside the first one gives the classes of a picture more than that does.
#pragma once

#include "viz/widgets/style.h"

namespace convscope {

struct Snapshot;

// A row a class, across what is left of the window's width: its name, a bar to the left or right of none, the number in
// percent of certainty. `difference` is one of two snapshots (view/snapshot_difference.h), with a network. UI thread.
void draw_probability_differences(const Snapshot& difference, const WidgetStyle& style);

}  // namespace convscope
