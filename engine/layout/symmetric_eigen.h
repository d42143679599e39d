// All eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations.
#pragma once

#include <cstdint>
#include <vector>

namespace convscope {

struct SymmetricEigen {
    std::vector<double> values;   // descending
    std::vector<double> vectors;  // one a row, of length 1, in that order
};

// `matrix`: size x size, row by row.
SymmetricEigen symmetric_eigen(std::vector<double> matrix, std::int64_t size);

}  // namespace convscope
