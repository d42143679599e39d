// The test pictures behind the answers of the latest sweep: those of the selected cell of the confusion matrix, else
// all that are got wrong; and which of them have come and gone since the sweep that was seen before. Pure. UI thread.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/float_order.h"
#include "viz/view/selection.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace convscope {

class MistakeList {
public:
    enum class Part : std::uint8_t { Present, Entered, Left };
    enum class Order : std::uint8_t { SurestFirst, LeastSureFirst };

    struct Entry {
        std::int64_t picture = 0;
        std::uint16_t truth = 0;
        std::uint16_t predicted = 0;  // CountedConfusion::kNoAnswer
        float confidence = 0.0F;      // the probability of what is predicted; not a number where that is not known
        bool entered = false;         // it was not among them before
    };

    // Looks at a snapshot whose test pictures are there and whose sweep says of each what it is taken for
    // (knows_answers()). Works something out only where something differs from the last call. Another run, or other
    // data, begin anew.
    void show(const Snapshot& snapshot, const Selection& selection, Part part, Order order);
    void forget() { *this = MistakeList(); }

    // In that order, pictures of the same confidence by their index, those whose confidence is not known last.
    std::span<const Entry> entries() const { return entries_; }
    std::int64_t present() const { return present_; }
    std::int64_t entered() const { return entered_; }
    std::int64_t left() const { return left_; }
    // Null before show(); `before` null: there was none.
    const CountedConfusion* sweep() const { return now_.get(); }
    const CountedConfusion* before() const { return before_.get(); }
    // What each test picture is.
    std::span<const std::uint16_t> truths() const { return truths_; }

private:
    struct Cell {
        int truth = -1;  // -1: every mistake
        int predicted = -1;
        bool operator==(const Cell&) const = default;
    };
    bool adopt(const Snapshot& snapshot);
    bool holds(const CountedConfusion& sweep, std::size_t picture) const;
    void list(Part part, Order order);

    RunId run_;
    std::shared_ptr<const Dataset> data_;
    std::vector<std::uint16_t> truths_;
    std::shared_ptr<const CountedConfusion> now_, before_;
    Cell cell_;
    Part part_ = Part::Present;
    Order order_ = Order::SurestFirst;
    std::vector<Entry> entries_;
    std::vector<Entry> unordered_;  // keeps its room, as do the next two
    std::vector<float> keys_;
    FloatOrder by_confidence_;
    std::int64_t present_ = 0, entered_ = 0, left_ = 0;
};

// Whether the sweep says of every test picture what it is taken for, and the pictures are there.
bool knows_answers(const Snapshot& snapshot);

}  // namespace convscope
