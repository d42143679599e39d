#include "viz/panels/panel.h"

#include "viz/widgets/style.h"

namespace convscope {

WidgetStyle style_of(const FrameContext& context) {
    return {context.colors, context.fonts, context.scale, context.anchors};
}

}  // namespace convscope
