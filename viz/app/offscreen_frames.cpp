#include "viz/app/offscreen_frames.h"

#include <utility>

namespace convscope {

Result<std::unique_ptr<OffscreenFrames>> OffscreenFrames::create(Session& session, const Clock& clock, Extent size,
                                                                 const MakeImGuiBackend& make_backend) {
    std::unique_ptr<OffscreenFrames> made(new OffscreenFrames);
    auto target = gfx::Framebuffer::create(size.width, size.height);
    if (!target) return target.error();
    made->target_ = std::move(target).value();
    auto frames = Frames::create(session, clock, make_backend);
    if (!frames) return frames.error();
    made->frames_ = std::move(frames).value();
    return made;
}

FrameOutcome OffscreenFrames::frame(const Frames::Content& content) {
    spec.target = &target_;
    frames_->begin();
    return frames_->draw(spec, content);
}

}  // namespace convscope
