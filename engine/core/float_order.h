// The order of many floats, in a time that grows with their number alone: whoever has a frame to draw can afford it.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace convscope {

// Keeps its room from call to call.
class FloatOrder {
public:
    // The places of the values, the largest value first, equal ones as they lie; what is not a number comes last. Holds
    // until the next call.
    std::span<const std::uint32_t> descending(std::span<const float> values) {
        keys_.resize(values.size());
        places_.resize(values.size());
        other_.resize(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            keys_[i] = key_of(values[i]);
            places_[i] = static_cast<std::uint32_t>(i);
        }
        for (int shift = 0; shift < 32; shift += kBits) sort_by(shift);
        return places_;
    }

private:
    static constexpr int kBits = 11;
    static constexpr std::uint32_t kMask = (1U << kBits) - 1;

    // Ascending keys are descending values: IEEE 754's bits are in the order of the numbers, but for the sign.
    static std::uint32_t key_of(float value) {
        if (std::isnan(value)) return 0xFFFFFFFFU;
        const auto bits = std::bit_cast<std::uint32_t>(value == 0.0F ? 0.0F : value);
        return bits >> 31 ? bits : 0x7FFFFFFFU - bits;
    }

    // A stable counting sort by eleven of a key's bits.
    void sort_by(int shift) {
        counts_.fill(0);
        for (const std::uint32_t key : keys_) ++counts_[(key >> shift) & kMask];
        std::uint32_t before = 0;
        for (std::uint32_t& count : counts_) before += std::exchange(count, before);
        for (const std::uint32_t place : places_) other_[counts_[(keys_[place] >> shift) & kMask]++] = place;
        places_.swap(other_);
    }

    std::vector<std::uint32_t> keys_, places_, other_;
    std::array<std::uint32_t, kMask + 1> counts_{};
};

}  // namespace convscope
