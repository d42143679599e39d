// How it is told whether two data sets are the same one (engine/data/fingerprint.h).
#pragma once

#include <cstdint>

namespace convscope {

// How a fingerprint was taken. Saved runs of both kinds are met: each is compared in its own way.
enum class FingerprintKind : std::uint8_t {
    FirstPicture = 1,  // of the training labels and the first training picture: the first versions'
    SpreadSample = 2   // of all labels and of pictures from everywhere
};

}  // namespace convscope
