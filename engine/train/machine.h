// On what a run's sums are added up, and so in which order: what decides its last bits besides its own seed.
#pragma once

#include <string>

namespace convscope {

// "Intel(R) Xeon(R) Platinum 8481C, AVX512, OpenBLAS SkylakeX": the processor, what LibTorch's own kernels use of it,
// and which of the BLAS library's kernels multiply matrices; without what cannot be told. The same for all of a
// process. Any thread.
const std::string& machine_description();

}  // namespace convscope
