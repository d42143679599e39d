// Which digit is taken for which: the confusion matrix of the test set or of recent minibatches.
#pragma once

#include "viz/panels/panel.h"

namespace convscope {

class ConfusionPanel final : public Panel {
public:
    std::string_view id() const override { return "confusion"; }
    std::string_view title() const override { return "Confusion matrix"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;
};

}  // namespace convscope
