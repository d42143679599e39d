// What the sheet of a minibatch decides without drawing: in which order its pictures stand, and what is said of them.
// Pure; UI thread.
#pragma once

#include "engine/api/iteration_film.h"
#include "engine/api/tensor_capture.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace convscope {

enum class BatchOrder { AsDrawn, WorstFirst };

// Every sample's number, in that order; those whose loss is no number are the worst. Equal losses stay as drawn.
void order_samples(const BatchSheet& sheet, BatchOrder order, std::vector<std::int64_t>& out);

// What the sheet adds up to.
struct BatchTotals {
    std::int64_t count = 0;
    std::int64_t right = 0;
    double mean_loss = 0.0;  // the iteration's, but for the order in which it is added up
};
BatchTotals totals_of(const BatchSheet& sheet);

// The pictures in view as one tensor for the tile renderer, one after the other; content as PictureSheet's.
class BatchPictures {
public:
    // Copies them where something differs from the last call. `room` for so many, so that scrolling keeps the texture.
    void show(const std::shared_ptr<const IterationFilm>& film, std::span<const std::int64_t> samples,
              std::int64_t room);
    const TensorCapture& capture() const { return capture_; }

private:
    std::shared_ptr<const IterationFilm> film_;
    std::vector<std::int64_t> samples_;
    TensorCapture capture_;
};

}  // namespace convscope
