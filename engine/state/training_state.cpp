#include "engine/state/training_state.h"

#include <cstring>

namespace convscope {

std::vector<std::string> needed_tensors(OptimizerKind kind) {
    switch (kind) {
        case OptimizerKind::Sgd:
            return {"momentum_buffer"};
        case OptimizerKind::RmsProp:
            return {"square_avg"};
        case OptimizerKind::Adam:
        case OptimizerKind::AdamW:
            break;
    }
    return {"exp_avg", "exp_avg_sq"};
}

std::size_t byte_count(const TrainingState& state) {
    std::size_t count = 0;
    visit_blobs(state, [&](const TensorBlob& blob) { count += blob.bytes.size(); });
    return count;
}

void share_unchanged(TrainingState& state, const TrainingState& before) {
    std::vector<const TensorBlob*> others;
    visit_blobs(before, [&](const TensorBlob& blob) { others.push_back(&blob); });
    std::size_t place = 0;
    visit_blobs(state, [&](TensorBlob& blob) {
        if (place == others.size()) return;
        if (const TensorBlob& other = *others[place++]; blob == other) blob.bytes = other.bytes;
    });
}

// ATen/CPUGeneratorImpl.cpp, CPUGeneratorImplStateLegacy and CPUGeneratorImplState: the seed, how many numbers of the
// Mersenne Twister's 624 are left, whether it is seeded, the next one's place, the numbers in 8 bytes each, then what
// is left over of normal numbers. Files of PyTorch before 1.2 lack the last of that.
bool is_generator_state(const TensorBlob& blob) {
    constexpr std::size_t kShortest = 5048;
    constexpr std::size_t kSize = 5056;
    constexpr std::int32_t kNumbers = 624;
    if (blob.dtype != DType::UInt8 || blob.shape.size() != 1) return false;
    if (blob.bytes.size() != kSize && blob.bytes.size() != kShortest) return false;
    std::int32_t left = 0;
    std::int32_t seeded = 0;
    std::uint64_t next = 0;
    std::memcpy(&left, blob.bytes.data() + 8, sizeof left);
    std::memcpy(&seeded, blob.bytes.data() + 12, sizeof seeded);
    std::memcpy(&next, blob.bytes.data() + 16, sizeof next);
    return seeded == 1 && left > 0 && left <= kNumbers && next <= kNumbers;
}

}  // namespace convscope
