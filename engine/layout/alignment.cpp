#include "engine/layout/alignment.h"

#include "engine/layout/symmetric_eigen.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace convscope {
namespace {

using SmallMatrix = std::array<std::array<double, 3>, 3>;  // as much of it as there are dimensions

// The orthogonal matrix nearest to it: of U S V', U V'. Where S is 0, any direction that is left.
SmallMatrix nearest_rotation(const SmallMatrix& m, std::size_t size) {
    std::vector<double> squared(size * size, 0.0);
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j)
            for (std::size_t k = 0; k < size; ++k) squared[i * size + j] += m[k][i] * m[k][j];
    const SymmetricEigen v = symmetric_eigen(std::move(squared), static_cast<std::int64_t>(size));
    SmallMatrix u{};  // its columns, as rows
    for (std::size_t i = 0; i < size; ++i) {
        const bool there = v.values[i] > 1e-18 * v.values[0] && v.values[i] > 0.0;
        for (std::size_t tried = 0; tried <= size; ++tried) {
            for (std::size_t row = 0; row < size; ++row) {
                if (there && tried == 0) {
                    u[i][row] = 0.0;
                    for (std::size_t k = 0; k < size; ++k) u[i][row] += m[row][k] * v.vectors[i * size + k];
                } else {
                    u[i][row] = row + 1 == tried ? 1.0 : 0.0;
                }
            }
            double before = 0.0, length = 0.0;
            for (std::size_t row = 0; row < size; ++row) before += u[i][row] * u[i][row];
            for (std::size_t j = 0; j < i; ++j) {
                double along = 0.0;
                for (std::size_t row = 0; row < size; ++row) along += u[i][row] * u[j][row];
                for (std::size_t row = 0; row < size; ++row) u[i][row] -= along * u[j][row];
            }
            for (std::size_t row = 0; row < size; ++row) length += u[i][row] * u[i][row];
            if (!(length > 0.01 * before)) continue;
            for (std::size_t row = 0; row < size; ++row) u[i][row] /= std::sqrt(length);
            break;
        }
    }
    SmallMatrix rotation{};
    for (std::size_t row = 0; row < size; ++row)
        for (std::size_t column = 0; column < size; ++column)
            for (std::size_t i = 0; i < size; ++i) rotation[row][column] += u[i][row] * v.vectors[i * size + column];
    return rotation;
}

}  // namespace

void turn_onto(std::span<const float> others, std::span<float> points, int dimensions) {
    const auto size = static_cast<std::size_t>(dimensions);
    SmallMatrix m{};
    for (std::size_t i = 0; i < points.size(); i += size)
        for (std::size_t row = 0; row < size; ++row)
            for (std::size_t column = 0; column < size; ++column)
                m[row][column] += static_cast<double>(points[i + row]) * static_cast<double>(others[i + column]);
    const SmallMatrix rotation = nearest_rotation(m, size);
    for (std::size_t i = 0; i < points.size(); i += size) {
        std::array<double, 3> turned{};
        for (std::size_t row = 0; row < size; ++row)
            for (std::size_t column = 0; column < size; ++column)
                turned[column] += static_cast<double>(points[i + row]) * rotation[row][column];
        for (std::size_t row = 0; row < size; ++row) points[i + row] = static_cast<float>(turned[row]);
    }
}

void bring_to_unit(std::span<float> points, int dimensions) {
    const auto size = static_cast<std::size_t>(dimensions);
    const double count = static_cast<double>(points.size() / size);
    std::array<double, 3> centre{};
    for (std::size_t i = 0; i < points.size(); ++i) centre[i % size] += static_cast<double>(points[i]) / count;
    double square = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double away = static_cast<double>(points[i]) - centre[i % size];
        square += away * away / count;
    }
    const double scale = square > 0.0 ? 1.0 / std::sqrt(square) : 0.0;
    for (std::size_t i = 0; i < points.size(); ++i)
        points[i] = static_cast<float>((static_cast<double>(points[i]) - centre[i % size]) * scale);
}

}  // namespace convscope
