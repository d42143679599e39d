// Random numbers that are the same on every platform: integer arithmetic and exact float operations only.
#pragma once

#include <cstdint>

namespace convscope {

// SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014. Any key, however
// alike to another, starts an unrelated stream.
class RandomStream {
public:
    explicit RandomStream(std::uint64_t key) : state_(mix(key + kStep)) {}

    std::uint64_t next() { return mix(state_ += kStep); }

    // In [0, bound).
    int below(int bound) { return static_cast<int>(((next() >> 32) * static_cast<std::uint64_t>(bound)) >> 32); }
    // In [0, 1).
    float uniform() { return static_cast<float>(next() >> 40) * 0x1p-24F; }
    float uniform(float low, float high) { return low + (high - low) * uniform(); }

    // Mean 0, deviation 1, and never beyond 3.5: the sum of four uniform numbers, which is close enough to a normal
    // distribution here and cannot produce an outlier.
    float normal() {
        const std::uint64_t bits = next();
        const auto sum =
            static_cast<float>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
        return (sum * 0x1p-16F - 2.0F) * 1.7320508F;  // the sum's variance is 4/12
    }

    static std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

private:
    static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15U;
    std::uint64_t state_;
};

}  // namespace convscope
