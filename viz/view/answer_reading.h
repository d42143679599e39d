// What the latest sweep's probabilities say of a network, class by class: curves and calibration, worked out in slices
// of about a millisecond, so that no frame waits. Pure. UI thread.
#pragma once

#include "engine/api/answer_quality.h"
#include "engine/api/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace convscope {

class AnswerReading {
public:
    // Looks at a snapshot of which knows_answers() is true. What was read of the sweep before stays until the new one
    // is read; of other data it is gone.
    void show(const Snapshot& snapshot);
    // A slice more: true when all is read.
    bool advance();

    // The sweep that has been read; null: none yet.
    const CountedConfusion* sweep() const { return read_.sweep.get(); }
    const std::vector<ClassCurves>& curves() const { return read_.curves; }
    const Calibration& calibration() const { return read_.calibration; }
    // Means over the classes that have pictures. Not numbers before there is a sweep.
    struct Means {
        double precision = 0.0;
        double recall = 0.0;
        double f1 = 0.0;
        double roc_area = 0.0;
        double average_precision = 0.0;
    };
    const Means& means() const { return read_.means; }

private:
    struct Read {
        std::shared_ptr<const CountedConfusion> sweep;
        std::vector<ClassCurves> curves;
        Calibration calibration;
        Means means;
    };
    void finish();

    std::shared_ptr<const Dataset> data_;
    std::vector<std::uint16_t> truths_;
    Read read_, next_;
    std::size_t traced_ = 0;  // of next_, classes
    CurveTracer tracer_;
};

}  // namespace convscope
