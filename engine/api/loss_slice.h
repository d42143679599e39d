// The loss along the step that a run is about to take, what it would be, had the step been so many times as long; and
// the loss over a plane that holds this step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace convscope {

struct LossSlice {
    // Of the step in `multiple`: 0 stays where the weights are, 1 is the step that comes, below 0 leads back.
    struct Point {
        double multiple = 0.0;
        double batch_loss = 0.0;     // mean over the next minibatch
        double held_out_loss = 0.0;  // mean over pictures that nothing is learned from; NaN where there are none
    };
    // Steps are proportional to the rate they are taken with, so that a multiple of one is a multiple of the other.
    static constexpr int kPoints = 26;
    static constexpr double multiple_of(int point) { return static_cast<double>(point - 5) / 5.0; }  // -1 to 4

    std::int64_t iteration = 0;  // behind which the step would be taken
    double learning_rate = 0.0;  // with which it would, less the schedule's factor
    std::int64_t batch_count = 0;
    std::int64_t held_out_count = 0;
    std::vector<Point> points;  // by their multiples, kPoints; none where the next iteration cannot take a step

    void recycle() {}  // ObjectPool: the vector keeps its capacity
};

// Of the same minibatch over the plane of that step and of a second direction at right angles to it. This one is drawn
// at random among the weights that the step moves, the same draw throughout a run, and is as long as the step is in
// each layer's weights and biases.
struct LossSurface {
    static constexpr int kColumns = 11;
    static constexpr int kRows = 9;
    static constexpr double multiple_of(int column) { return static_cast<double>(column - 2) / 2.0; }  // -1 to 4
    static constexpr double aside_of(int row) { return static_cast<double>(row - 4) / 2.0; }           // -2 to 2

    std::int64_t iteration = 0;  // as a LossSlice has them
    double learning_rate = 0.0;
    std::int64_t batch_count = 0;
    std::vector<double> losses;  // row by row, kRows of kColumns; none where the next iteration cannot take a step

    double at(int row, int column) const { return losses[static_cast<std::size_t>(row * kColumns + column)]; }
    void recycle() {}
};

}  // namespace convscope
