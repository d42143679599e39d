// A matrix of counts as coloured cells, with class names, recalls, precisions and a legend.
#pragma once

#include "engine/api/confusion_matrix.h"
#include "viz/panels/panel.h"

namespace convscope {

// Fills what is left of the current ImGui window. Under the mouse are exact counts and shares; a click on a cell
// selects it (Selection::true_class and predicted_class), one on a row's name moves the probe to the next picture of
// that class. Needs a snapshot and a matrix with something counted. UI thread.
void draw_confusion_matrix(FrameContext& context, const ConfusionMatrix& matrix);
// The same of how many pictures one run has more than another: in counts, of either sign, without shares.
void draw_confusion_difference(FrameContext& context, const ConfusionMatrix& difference);

}  // namespace convscope
