#include "tests/support/scripted_dataset.h"

#include "tests/support/scripted_network.h"

#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace convscope::test {
namespace {

using Color = std::array<float, 3>;
constexpr Color kGround{0.10F, 0.14F, 0.30F};
constexpr std::array<Color, 10> kInks{{{1.0F, 0.2F, 0.2F},
                                       {0.2F, 1.0F, 0.2F},
                                       {0.3F, 0.4F, 1.0F},
                                       {1.0F, 1.0F, 0.2F},
                                       {1.0F, 0.3F, 1.0F},
                                       {0.2F, 1.0F, 1.0F},
                                       {1.0F, 0.6F, 0.1F},
                                       {0.9F, 0.9F, 0.9F},
                                       {0.6F, 0.9F, 0.4F},
                                       {0.8F, 0.6F, 0.9F}}};

class ScriptedDataset final : public Dataset {
public:
    explicit ScriptedDataset(std::int64_t channels) {
        info_.name = "scripted digits";
        info_.source = "made up for tests";
        info_.train_count = 60'000;
        info_.test_count = 10'000;
        info_.channels = channels;
        for (int label = 0; label < 10; ++label) info_.class_names.push_back(std::to_string(label));
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t index) const override { return scripted_label(index); }
    std::span<const std::uint8_t> image(Split, std::int64_t index) const override {
        const std::lock_guard lock(mutex_);
        std::vector<std::uint8_t>& bytes = pictures_[index];
        if (bytes.empty()) bytes = draw(index);
        return bytes;
    }

private:
    std::vector<std::uint8_t> draw(std::int64_t index) const {
        const int label = scripted_label(index);
        const std::vector<float> digit = scripted_digit(label, index);
        std::vector<std::uint8_t> bytes;
        for (std::int64_t channel = 0; channel < info_.channels; ++channel) {
            const auto c = static_cast<std::size_t>(channel);
            const bool colour = info_.channels == 3;
            const float none = colour ? kGround[c] : 0.0F;
            const float full = colour ? kInks[static_cast<std::size_t>(label)][c] : 1.0F;
            for (const float value : digit)
                bytes.push_back(static_cast<std::uint8_t>(std::lround(255.0F * (none + value * (full - none)))));
        }
        return bytes;
    }

    DatasetInfo info_;
    mutable std::mutex mutex_;
    mutable std::map<std::int64_t, std::vector<std::uint8_t>> pictures_;  // guarded by mutex_; never erased
};

}  // namespace

void scripted_augmentation(const DatasetInfo& info, std::span<const std::uint8_t> in, std::int64_t epoch,
                           std::int64_t index, std::span<std::uint8_t> out) {
    const std::int64_t right = (epoch * 3 + index) % 7 - 3;
    const std::int64_t down = (epoch * 5 + index) % 7 - 3;
    std::size_t place = 0;
    for (std::int64_t channel = 0; channel < info.channels; ++channel)
        for (std::int64_t y = -down; y < info.height - down; ++y)
            for (std::int64_t x = -right; x < info.width - right; ++x) {
                const bool inside = y >= 0 && y < info.height && x >= 0 && x < info.width;
                const std::int64_t from = (channel * info.height + y) * info.width + x;
                out[place++] = inside ? in[static_cast<std::size_t>(from)] : std::uint8_t{0};
            }
}

std::shared_ptr<const Dataset> make_scripted_dataset(std::int64_t channels) {
    return std::make_shared<ScriptedDataset>(channels);
}

}  // namespace convscope::test
