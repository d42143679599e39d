// The way through an epoch whose pictures come as often as somebody wants (DataChanges::times), each as often as that
// and spread over the epoch: the order is gone through once, and at each place of it that many pictures may come: the
// one there, then those a share of the order further on, round its end.
#pragma once

#include <cstdint>

namespace convscope {

struct EpochPlace {
    std::int64_t next = 0;  // in the epoch's order
    int turn = 0;           // how many pictures may have come there already

    bool operator==(const EpochPlace&) const = default;
};

// Which place of the order has the picture that may come.
inline std::int64_t place_of_picture(const EpochPlace& at, std::int64_t size, int turns) {
    return (at.next + at.turn * size / turns) % size;
}

// On to the first picture, from there on, that comes: that of a place whose times_at(place) says so often. False at the
// epoch's end. `turns` is the most that times_at says.
template <typename TimesAt>
bool find_next(EpochPlace& at, std::int64_t size, int turns, const TimesAt& times_at) {
    for (; at.next < size; ++at.next, at.turn = 0)
        for (; at.turn < turns; ++at.turn)
            if (times_at(place_of_picture(at, size, turns)) > at.turn) return true;
    return false;
}

// Behind the picture that came there.
inline void pass(EpochPlace& at, int turns) {
    if (++at.turn < turns) return;
    ++at.next;
    at.turn = 0;
}

}  // namespace convscope
