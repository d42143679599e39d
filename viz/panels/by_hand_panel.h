// What somebody may do to the network by hand while it learns, and what is done to it now.
#pragma once

#include "viz/panels/kernel_editor.h"
#include "viz/panels/panel.h"
#include "viz/view/by_hand.h"

#include <memory>
#include <string>
#include <vector>

namespace convscope {

class ByHandPanel final : public Panel {
public:
    std::string_view id() const override { return "by-hand"; }
    std::string_view title() const override { return "By hand"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void draw_selection(FrameContext& context, const Snapshot& snapshot);
    void draw_actions(FrameContext& context, const Snapshot& snapshot);
    void draw_activation(FrameContext& context, const Snapshot& snapshot);
    void draw_kernel(FrameContext& context, const Snapshot& snapshot);
    void draw_learning(FrameContext& context, const Snapshot& snapshot);
    void draw_breaking(FrameContext& context, const Snapshot& snapshot);
    void draw_held(FrameContext& context, const Snapshot& snapshot);
    void draw_undo(FrameContext& context, const Snapshot& snapshot);

    KernelEditor kernel_;
    // What is drawn of the restraints, made when they become others.
    std::shared_ptr<const Restraints> held_;
    RunId held_run_;
    std::vector<HeldLine> lines_;
    Selection named_;  // whose name this is
    RunId named_run_;
    std::string name_;
};

}  // namespace convscope
