// The pictures behind the answers of a sweep: which are listed, in which order, and what came and went.
#include "viz/view/mistake_list.h"
#include "engine/api/dataset.h"
#include "tests/support/catch.h"
#include "viz/view/answer_reading.h"

#include <cmath>
#include <memory>
#include <vector>

using namespace convscope;
using Part = MistakeList::Part;
using Order = MistakeList::Order;

namespace {

class Labels final : public Dataset {
public:
    explicit Labels(std::vector<int> labels) : labels_(std::move(labels)) {
        info_.channels = info_.height = info_.width = 1;
        info_.test_count = std::ssize(labels_);
        info_.class_names = {"a", "b", "c"};
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t index) const override { return labels_[static_cast<std::size_t>(index)]; }
    std::span<const std::uint8_t> image(Split, std::int64_t) const override { return pixel_; }

private:
    DatasetInfo info_;
    std::vector<int> labels_;
    std::vector<std::uint8_t> pixel_ = {0};
};

// Six pictures of three classes, each taken for a class with a confidence.
struct Run {
    Snapshot snapshot;
    MistakeList list;

    Run() { begin(RunId{1}); }
    void begin(RunId run) {
        auto info = std::make_shared<RunInfo>();
        info->run = run;
        if (!snapshot.run_info)
            info->dataset = std::make_shared<Labels>(std::vector{0, 0, 1, 1, 2, 2});
        else
            info->dataset = snapshot.run_info->dataset;
        info->data = info->dataset->info();
        snapshot.run_info = info;
        snapshot.test_confusion.reset();
    }
    // A predicted class of -1 is no answer; with no confidences nothing is known of probabilities.
    void sweep(std::int64_t iteration, const std::vector<int>& predicted, const std::vector<float>& confidences = {}) {
        auto counted = std::make_shared<CountedConfusion>();
        counted->matrix = ConfusionMatrix(3);
        counted->first_iteration = counted->last_iteration = iteration;
        for (std::size_t i = 0; i < predicted.size(); ++i) {
            counted->matrix.add(snapshot.run_info->dataset->label(Split::Test, static_cast<std::int64_t>(i)),
                                predicted[i]);
            counted->predicted.push_back(static_cast<std::uint16_t>(predicted[i]));
            for (int c = 0; c < 3 && !confidences.empty(); ++c)
                counted->probabilities.push_back(c == predicted[i] ? confidences[i] : (1.0F - confidences[i]) / 2.0F);
        }
        snapshot.test_confusion = counted;
    }
    std::vector<std::int64_t> pictures(Part part = Part::Present, Order order = Order::SurestFirst,
                                       Selection selection = {}) {
        list.show(snapshot, selection, part, order);
        std::vector<std::int64_t> result;
        for (const MistakeList::Entry& entry : list.entries()) result.push_back(entry.picture);
        return result;
    }
};

Selection cell(int truth, int predicted) {
    Selection selection;
    selection.true_class = truth;
    selection.predicted_class = predicted;
    return selection;
}

using Pictures = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("all mistakes are listed, the surest first or last, and those without an answer behind them") {
    Run run;
    run.sweep(10, {1, 0, 2, 0, -1, 0}, {0.5F, 0.9F, 0.8F, 0.8F, 0.7F, 0.6F});
    CHECK(run.pictures() == Pictures{2, 3, 5, 0, 4});
    CHECK(run.list.entries()[0].confidence == 0.8F);
    CHECK(run.list.entries()[0].truth == 1);
    CHECK(run.list.entries()[0].predicted == 2);
    CHECK(run.list.entries()[4].predicted == CountedConfusion::kNoAnswer);
    CHECK(std::isnan(run.list.entries()[4].confidence));
    CHECK(run.pictures(Part::Present, Order::LeastSureFirst) == Pictures{0, 5, 2, 3, 4});
    CHECK(run.list.present() == 5);
}

TEST_CASE("a cell lists its own pictures alone, those that are right too") {
    Run run;
    run.sweep(10, {1, 0, 1, 1, 0, 2}, {0.5F, 0.9F, 0.8F, 0.95F, 0.7F, 0.6F});
    CHECK(run.pictures(Part::Present, Order::SurestFirst, cell(0, 1)) == Pictures{0});
    CHECK(run.pictures(Part::Present, Order::SurestFirst, cell(1, 1)) == Pictures{3, 2});
    CHECK(run.pictures(Part::Present, Order::SurestFirst, cell(2, 1)).empty());
    CHECK(run.pictures() == Pictures{4, 0});
}

TEST_CASE("what entered and what left since the sweep before is told, of a cell as of all mistakes") {
    Run run;
    run.sweep(10, {1, 0, 2, 1, 2, 2}, std::vector(6, 0.5F));
    CHECK(run.pictures() == Pictures{0, 2});
    CHECK(run.list.before() == nullptr);
    CHECK(run.list.entered() == 0);
    run.sweep(20, {1, 1, 1, 0, 2, 2}, {0.5F, 0.6F, 0.9F, 0.7F, 0.8F, 0.8F});
    CHECK(run.pictures() == Pictures{3, 1, 0});
    CHECK(run.list.before()->last_iteration == 10);
    CHECK(run.list.entries()[0].entered);
    CHECK(run.list.entries()[1].entered);
    CHECK_FALSE(run.list.entries()[2].entered);
    CHECK(run.list.entered() == 2);
    CHECK(run.list.left() == 1);
    CHECK(run.pictures(Part::Entered) == Pictures{3, 1});
    CHECK(run.pictures(Part::Left) == Pictures{2});
    CHECK(run.list.entries()[0].predicted == 1);  // what it is taken for now
    CHECK(run.list.entries()[0].confidence == 0.9F);
    CHECK(run.pictures(Part::Entered, Order::SurestFirst, cell(0, 1)) == Pictures{1});
    CHECK(run.list.present() == 2);
    CHECK(run.pictures(Part::Left, Order::SurestFirst, cell(1, 2)) == Pictures{2});
}

TEST_CASE("a sweep that says the same of the same iteration, with probabilities, is no news of what came and went") {
    Run run;
    run.sweep(10, {0, 0, 1, 1, 2, 2});
    run.pictures();
    run.sweep(20, {1, 0, 1, 1, 2, 2});
    CHECK(run.pictures() == Pictures{0});
    CHECK(std::isnan(run.list.entries()[0].confidence));
    run.sweep(20, {1, 0, 1, 1, 2, 2}, std::vector(6, 0.75F));
    CHECK(run.pictures() == Pictures{0});
    CHECK(run.list.entries()[0].confidence == 0.75F);
    CHECK(run.list.entries()[0].entered);
    CHECK(run.list.before()->last_iteration == 10);
    run.sweep(20, {1, 1, 1, 1, 2, 2}, std::vector(6, 0.75F));  // changed by hand at the same iteration
    CHECK(run.pictures(Part::Entered) == Pictures{1});
    CHECK(run.list.before()->last_iteration == 20);
}

TEST_CASE("another run begins without a sweep before, and its pictures are its own") {
    Run run;
    run.sweep(10, {1, 0, 1, 1, 2, 2});
    run.pictures();
    run.begin(RunId{2});
    CHECK_FALSE(knows_answers(run.snapshot));
    run.sweep(5, {0, 1, 1, 1, 2, 2});
    CHECK(knows_answers(run.snapshot));
    CHECK(run.pictures() == Pictures{1});
    CHECK(run.list.before() == nullptr);
    CHECK_FALSE(run.list.entries()[0].entered);
}

TEST_CASE("a sweep without a word on each picture tells none, as does a run that does not say where its pictures are") {
    Run run;
    run.sweep(10, {0, 0, 1, 1, 2, 2});
    auto without = std::make_shared<CountedConfusion>(*run.snapshot.test_confusion);
    without->predicted.clear();
    run.snapshot.test_confusion = without;
    CHECK_FALSE(knows_answers(run.snapshot));
    run.sweep(10, {0, 0, 1, 1, 2, 2});
    auto info = std::make_shared<RunInfo>(*run.snapshot.run_info);
    info->dataset.reset();
    run.snapshot.run_info = info;
    CHECK_FALSE(knows_answers(run.snapshot));
}

TEST_CASE(
    "a reading is made class by class, keeps the one before until it is whole, and is what the classes' curves say") {
    Run run;
    AnswerReading reading;
    CHECK(reading.advance());  // of nothing
    run.sweep(10, {0, 0, 1, 1, 2, 0});
    reading.show(run.snapshot);
    CHECK(reading.advance());
    CHECK(reading.sweep() == nullptr);  // without probabilities there is nothing to read
    run.sweep(10, {0, 0, 1, 1, 2, 0}, {0.9F, 0.8F, 0.9F, 0.8F, 0.9F, 0.5F});
    reading.show(run.snapshot);
    int slices = 1;
    while (!reading.advance()) ++slices;
    CHECK(slices == 4);  // three classes, and what is said of all
    REQUIRE(reading.sweep() == run.snapshot.test_confusion.get());
    ClassCurves alone;
    CurveTracer().trace(*reading.sweep(), std::vector<std::uint16_t>{0, 0, 1, 1, 2, 2}, 2, alone);
    CHECK(reading.curves()[2].roc_area == alone.roc_area);
    CHECK(reading.means().recall == Approx((1.0 + 1.0 + 0.5) / 3.0));
    CHECK(reading.means().precision == Approx((2.0 / 3.0 + 1.0 + 1.0) / 3.0));
    CHECK(reading.means().f1 == Approx((0.8 + 1.0 + 2.0 / 3.0) / 3.0));
    CHECK(reading.calibration().accuracy == Approx(5.0 / 6.0));

    const auto first = run.snapshot.test_confusion;
    run.sweep(20, {0, 0, 1, 1, 2, 2}, std::vector(6, 0.9F));
    reading.show(run.snapshot);
    CHECK_FALSE(reading.advance());
    CHECK(reading.sweep() == first.get());
    const auto second = run.snapshot.test_confusion;
    run.sweep(30, {0, 0, 1, 1, 2, 2}, std::vector(6, 0.9F));
    reading.show(run.snapshot);  // what was begun comes to its end, or a busy run would never be read
    while (!reading.advance()) {
    }
    CHECK(reading.sweep() == second.get());
    CHECK(reading.calibration().accuracy == 1.0);
}
