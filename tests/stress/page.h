// An object that notices when it is torn, changed after publication, or handed out twice.
#pragma once

#include <array>
#include <cstdint>

namespace convscope::test {

struct Page {
    std::uint64_t sequence = 0;
    std::array<std::uint64_t, 61> body{};
    std::uint64_t checksum = 0;

    void write(std::uint64_t number) {
        sequence = number;
        checksum = number;
        for (std::uint64_t& word : body) {
            number = number * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX generator
            word = number;
            checksum ^= number;
        }
    }
    bool whole() const {
        std::uint64_t sum = sequence;
        for (std::uint64_t word : body) sum ^= word;
        return sum == checksum;
    }
    // Spoils the content, so that whoever still reads it sees it.
    void recycle() { checksum = ~checksum; }
};

}  // namespace convscope::test
