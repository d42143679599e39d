#include "viz/scene/pass_wave.h"

#include <algorithm>

namespace convscope {

PassWave::PassWave(const SceneLayout& layout, Phase phase, float progress) : phase_(phase) {
    if (layout.walls.empty()) {
        phase_ = Phase::None;
        return;
    }
    // Beyond the first and the last wall, so that each is reached a little after a phase begins.
    const float margin = 4.0F;
    float first = layout.walls.front().values.corner.x - margin;
    float last = first;
    for (const SceneWall& wall : layout.walls) last = std::max(last, wall.values.corner.x + margin);
    const float way = std::clamp(progress, 0.0F, 1.0F);
    front_ = phase == Phase::Backward ? last + (first - last) * way : first + (last - first) * way;
}

std::optional<float> PassWave::front() const {
    if (phase_ == Phase::Forward || phase_ == Phase::Backward) return front_;
    return std::nullopt;
}

std::optional<TensorKey> PassWave::values(const SceneWall& wall) const {
    const float x = wall.values.corner.x;
    switch (phase_) {
        case Phase::None:
            return wall.values.key;
        case Phase::Batch:
            if (wall.layer != kInputLayer) return std::nullopt;
            break;
        case Phase::Forward:
            if (x > front_) return std::nullopt;
            break;
        case Phase::Loss:
            break;
        case Phase::Backward:
            if (x >= front_ && wall.layer != kInputLayer) return TensorKey{TensorKind::PassGradient, wall.layer};
            break;
        case Phase::Update:
            if (wall.layer != kInputLayer) return TensorKey{TensorKind::PassGradient, wall.layer};
            break;
    }
    return TensorKey{TensorKind::PassActivation, wall.layer};
}

TensorKey PassWave::weights(const SceneWall& wall) const {
    TensorKind kind = TensorKind::Weight;
    if (phase_ == Phase::Update) kind = TensorKind::WeightUpdate;
    if (phase_ == Phase::Backward && wall.weights && wall.weights->corner.x >= front_)
        kind = TensorKind::WeightGradient;
    return {kind, wall.layer};
}

}  // namespace convscope
