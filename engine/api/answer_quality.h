// How good a network's answers are beyond the share that is right: what thresholds on a class's probability would do,
// and whether its probabilities mean what they say. Pure.
#pragma once

#include "engine/api/confusion_matrix.h"
#include "engine/core/float_order.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// One class against all others: a picture is called that class where its probability is at least a threshold.
struct ClassCurves {
    struct Point {
        float threshold = 0.0F;
        float recall = 0.0F;        // of the class's pictures, the share that is called it: also the true positive rate
        float precision = 0.0F;     // of those called it, the share that is it
        float false_alarms = 0.0F;  // of the other pictures, the share that is called it: the false positive rate
    };
    // From the strictest threshold to the one that takes every picture, without those that nobody could tell apart from
    // the last one before them.
    std::vector<Point> points;
    std::int64_t positives = 0;
    std::int64_t negatives = 0;
    // The probability that a picture of the class is given more of it than one of another, equal ones counting half.
    // NaN where there are no pictures of either kind.
    double roc_area = 0.0;
    // Precision, averaged over the recall that each threshold adds. NaN without a picture of the class.
    double average_precision = 0.0;
};

class CurveTracer {
public:
    // What is further away is a point of its own.
    static constexpr float kResolution = 1.0F / 512.0F;

    // Of the probabilities that each picture is given of all classes (`counted`), and what each is (`truths`). A
    // picture without an answer is called it last. `into` keeps its room.
    void trace(const CountedConfusion& counted, std::span<const std::uint16_t> truths, int label, ClassCurves& into);

private:
    std::vector<float> scores_;
    FloatOrder order_;
};

// Whether answers that are given a probability of 0.8 are right in four of five cases.
struct Calibration {
    static constexpr int kBins = 15;  // as in Guo et al., 2017

    struct Bin {
        std::int64_t pictures = 0;
        double confidence = 0.0;  // mean; 0 of no pictures, as is the next one
        double accuracy = 0.0;
    };
    std::vector<Bin> bins;         // of equal width; one begins behind the end of the one before it
    std::int64_t pictures = 0;     // with an answer
    double expected_error = 0.0;   // ECE: the mean of what a bin's confidence is off, by its pictures. NaN of none
    double largest_error = 0.0;    // MCE
    double mean_confidence = 0.0;  // likewise NaN
    double accuracy = 0.0;
};

// `into` keeps its room.
void calibrate(const CountedConfusion& counted, std::span<const std::uint16_t> truths, Calibration& into,
               int bins = Calibration::kBins);

}  // namespace convscope
