// The pass through the network, made visible: how far the wave has come, and which tensor each wall shows at that
// moment. The phases are the trainer's own (Snapshot::phase); within a phase the wave takes the time that the trainer
// rests there. Pure.
#pragma once

#include "engine/api/snapshot.h"
#include "viz/scene/scene_layout.h"

#include <optional>

namespace convscope {

class PassWave {
public:
    // No pass is under way.
    PassWave() = default;
    // `progress` of the phase, from 0 to 1.
    PassWave(const SceneLayout& layout, Phase phase, float progress);

    bool visible() const { return phase_ != Phase::None; }
    Phase phase() const { return phase_; }
    // Along x, while it travels: forward or backward.
    std::optional<float> front() const;
    bool backward() const { return phase_ == Phase::Backward; }

    // Whether the forward wave has come past this x.
    bool has_come_to(float x) const { return phase_ > Phase::Forward || (phase_ == Phase::Forward && x <= front_); }

    // The tensor that a wall shows; nothing while the forward wave has not reached it.
    std::optional<TensorKey> values(const SceneWall& wall) const;
    // Of the weights that lead to it: themselves, then their gradient, then by how much they moved.
    TensorKey weights(const SceneWall& wall) const;

private:
    Phase phase_ = Phase::None;
    float front_ = 0.0F;
};

}  // namespace convscope
