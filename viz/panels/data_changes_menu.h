// Changing the data that the run learns from, where they are seen: a line that says what is changed, with a button that
// opens the rest; what the right button offers on a class and on a training picture. UI thread.
#pragma once

#include "viz/panels/panel.h"
#include "viz/view/data_by_hand.h"
#include "viz/widgets/style.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace convscope {

class DataChangesMenu {
public:
    // The line, and what its button opens.
    void draw(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);

private:
    void draw_open(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_classes(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);

    // A slider that is being moved.
    std::optional<double> dragged_shuffled_, dragged_noise_;
    // The words of these, made when they become others.
    std::shared_ptr<const Restraints> of_;
    std::string words_;
};

// Within the window that they are seen in, once a frame; `opens`: in this frame.
void class_menu(FrameContext& context, const Snapshot& snapshot, bool opens, int& label, const WidgetStyle& style);
// "This is a ...": the classes for one of the run's training pictures. `picture` is which, from the frame in which it
// opens on.
void relabel_menu(FrameContext& context, const Snapshot& snapshot, bool opens, std::int64_t& picture,
                  const WidgetStyle& style);

}  // namespace convscope
