// Tells whether two data sets are the same one, wherever their files lie.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/fingerprint_kind.h"

#include <cstdint>

namespace convscope {

// CRC-32 of sizes, all labels and up to kFingerprintPictures pictures of each split, evenly spread, the first and the
// last among them: equal for copies of one data set, and as good as never for two that differ in how many pictures they
// have, of what and in which order, or that were drawn, cut or exported otherwise. A split with no more pictures than
// that is covered whole. Takes a few milliseconds.
std::uint32_t fingerprint(const Dataset& data, FingerprintKind kind = FingerprintKind::SpreadSample);

inline constexpr std::int64_t kFingerprintPictures = 256;

}  // namespace convscope
