#include "engine/api/snapshot.h"

#include "tests/support/catch.h"

#include <limits>

using namespace convscope;

namespace {

std::shared_ptr<const TensorCapture> capture_of(TensorKey key) {
    auto capture = std::make_shared<TensorCapture>();
    capture->key = key;
    return capture;
}

}  // namespace

TEST_CASE("a snapshot finds each of its captures by its key and no other") {
    Snapshot snapshot;
    const TensorKey input{TensorKind::Input, kInputLayer};
    const TensorKey maps{TensorKind::Activation, LayerId{2}};
    const TensorKey weights{TensorKind::Weight, LayerId{0}};
    CHECK(snapshot.find(input) == nullptr);
    for (TensorKey key : {input, maps, weights}) snapshot.seen.captures.push_back(capture_of(key));
    for (const auto& capture : snapshot.seen.captures) CHECK(snapshot.find(capture->key) == capture.get());
    CHECK(snapshot.find({TensorKind::Activation, LayerId{1}}) == nullptr);
    CHECK(snapshot.find({TensorKind::Weight, LayerId{2}}) == nullptr);
    CHECK(snapshot.find({TensorKind::WeightUpdate, LayerId{9}}) == nullptr);
}

TEST_CASE("a recycled snapshot keeps nothing alive") {
    Snapshot snapshot;
    auto info = std::make_shared<RunInfo>();
    auto capture = capture_of({TensorKind::Bias, LayerId{0}});
    auto confusion = std::make_shared<CountedConfusion>();
    snapshot.run_info = info;
    snapshot.seen.captures.push_back(capture);
    snapshot.test_confusion = confusion;
    snapshot.batch_confusion = confusion;
    snapshot.failure = "failed";
    snapshot.recycle();
    CHECK(info.use_count() == 1);
    CHECK(capture.use_count() == 1);
    CHECK(confusion.use_count() == 1);
    CHECK(snapshot.failure.empty());
}

TEST_CASE("the probe's prediction is its most probable class, the first of equals, and none of what is no number") {
    ProbeState probe;
    CHECK(probe.predicted() == -1);
    probe.probabilities = {0.1F, std::numeric_limits<float>::quiet_NaN(), 0.4F};
    CHECK(probe.predicted() == -1);
    probe.probabilities = {0.1F, 0.4F, 0.1F, 0.4F};
    CHECK(probe.predicted() == 1);
}
