// Against worked examples of the literature and of the libraries that everybody compares with.
#include "engine/api/answer_quality.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

// Of several classes, with what each picture is given of them and what it is.
struct Answers {
    CountedConfusion counted;
    std::vector<std::uint16_t> truths;

    explicit Answers(int classes) { counted.matrix = ConfusionMatrix(classes); }
    void add(int truth, const std::vector<float>& probabilities) {
        const auto best = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
        counted.predicted.push_back(static_cast<std::uint16_t>(best));
        counted.probabilities.insert(counted.probabilities.end(), probabilities.begin(), probabilities.end());
        counted.matrix.add(truth, static_cast<int>(best));
        truths.push_back(static_cast<std::uint16_t>(truth));
    }
    // Of two classes, of which the first has that probability.
    void add_score(bool positive, float score) { add(positive ? 0 : 1, {score, 1.0F - score}); }
    void add_unanswered(int truth) {
        counted.predicted.push_back(CountedConfusion::kNoAnswer);
        counted.probabilities.insert(counted.probabilities.end(),
                                     static_cast<std::size_t>(counted.matrix.class_count()), std::nanf(""));
        counted.matrix.add(truth, -1);
        truths.push_back(static_cast<std::uint16_t>(truth));
    }
    ClassCurves curves(int label = 0) const {
        ClassCurves curves;
        CurveTracer().trace(counted, truths, label, curves);
        return curves;
    }
    Calibration calibration(int bins = Calibration::kBins) const {
        Calibration calibration;
        calibrate(counted, truths, calibration, bins);
        return calibration;
    }
};

// The 20 instances of figure 3 of Fawcett, "An introduction to ROC analysis" (2006).
Answers fawcett() {
    Answers answers(2);
    for (const float score : {0.9F, 0.8F, 0.6F, 0.55F, 0.54F, 0.51F, 0.4F, 0.38F, 0.34F, 0.3F})
        answers.add_score(true, score);
    for (const float score : {0.7F, 0.53F, 0.52F, 0.505F, 0.39F, 0.37F, 0.36F, 0.35F, 0.33F, 0.1F})
        answers.add_score(false, score);
    return answers;
}

}  // namespace

TEST_CASE("the ROC curve of Fawcett's twenty instances goes through his points, with an area of 0.68") {
    const ClassCurves curves = fawcett().curves();
    CHECK(curves.positives == 10);
    CHECK(curves.negatives == 10);
    CHECK(curves.roc_area == Approx(0.68));
    CHECK(curves.average_precision == Approx(0.7357475806));
    REQUIRE(curves.points.size() == 20);
    const auto at = [&](std::size_t i) { return std::pair(curves.points[i].false_alarms, curves.points[i].recall); };
    CHECK(at(0) == std::pair(0.0F, 0.1F));
    CHECK(at(1) == std::pair(0.0F, 0.2F));
    CHECK(at(2) == std::pair(0.1F, 0.2F));
    CHECK(at(5) == std::pair(0.1F, 0.5F));  // at 0.54, of which he says that it is the best
    CHECK(curves.points[5].threshold == 0.54F);
    CHECK(curves.points[5].precision == Approx(5.0 / 6.0));
    CHECK(at(19) == std::pair(1.0F, 1.0F));
}

TEST_CASE(
    "areas are those that scikit-learn documents, and those of pairs compared one by one where scores are equal") {
    Answers documented(2);  // roc_auc_score: 0.75; average_precision_score: 0.83
    documented.add_score(false, 0.1F);
    documented.add_score(false, 0.4F);
    documented.add_score(true, 0.35F);
    documented.add_score(true, 0.8F);
    CHECK(documented.curves().roc_area == Approx(0.75));
    CHECK(documented.curves().average_precision == Approx(5.0 / 6.0));
    CHECK(documented.curves(1).roc_area == Approx(0.75));  // of the other class against this one

    Answers ties(2);  // of six pairs two are in order, four equal
    for (const bool positive : {true, false, true, false}) ties.add_score(positive, 0.5F);
    ties.add_score(false, 0.2F);
    CHECK(ties.curves().roc_area == Approx(4.0 / 6.0));
    CHECK(ties.curves().average_precision == Approx(0.5));
    CHECK(ties.curves().points.size() == 2);
}

TEST_CASE("of one class alone there is no ROC area, and without a picture of the class no average precision") {
    Answers alone(3);
    alone.add(0, {0.5F, 0.25F, 0.25F});
    CHECK(std::isnan(alone.curves(0).roc_area));
    CHECK(alone.curves(0).average_precision == 1.0);
    CHECK(std::isnan(alone.curves(1).roc_area));
    CHECK(std::isnan(alone.curves(1).average_precision));
    const Answers none(3);
    CHECK(none.curves().points.empty());
    CHECK(std::isnan(none.curves().roc_area));
    CHECK(std::isnan(none.calibration().expected_error));
}

TEST_CASE("a picture without an answer is called a class last of all, and is of no bin") {
    Answers answers(2);
    answers.add_score(true, 0.9F);
    answers.add_score(false, 0.3F);
    answers.add_unanswered(0);
    const ClassCurves curves = answers.curves();
    CHECK(curves.roc_area == 0.5);  // one of the two pairs is in order
    CHECK(curves.points.back().recall == 1.0F);
    CHECK(answers.calibration().pictures == 2);
    CHECK(answers.calibration().accuracy == 1.0);
}

TEST_CASE("a curve of a hundred thousand pictures has as many points as can be told apart, and the area of all") {
    Answers many(2);
    double others_below = 0.0, in_order = 0.0, positives = 0.0;
    for (int i = 0; i < 100'000; ++i) {
        const bool positive = i * 79 % 1000 < i / 100;  // the more often, the higher the score
        many.add_score(positive, static_cast<float>(i) / 100'000.0F);
        (positive ? positives : others_below) += 1.0;
        if (positive) in_order += others_below;
    }
    const ClassCurves curves = many.curves();
    CHECK(curves.points.size() < std::size_t{3 * 512});
    CHECK(curves.roc_area > 0.8);
    CHECK(curves.roc_area == Approx(in_order / (positives * others_below)).epsilon(1e-9));
}

TEST_CASE("the calibration error is the one that torchmetrics documents, and that of Guo et al.'s fifteen bins") {
    Answers documented(3);  // MulticlassCalibrationError of 3 bins: 0.2000, with the max norm 0.2333
    documented.add(0, {0.25F, 0.20F, 0.55F});
    documented.add(1, {0.55F, 0.05F, 0.40F});
    documented.add(2, {0.10F, 0.30F, 0.60F});
    documented.add(0, {0.90F, 0.05F, 0.05F});
    CHECK(documented.calibration(3).expected_error == Approx(0.2));
    CHECK(documented.calibration(3).largest_error == Approx(0.7 / 3.0));
    const Calibration fine = documented.calibration();
    CHECK(fine.expected_error == Approx((0.55 + 0.55 + 0.4 + 0.1) / 4.0));
    CHECK(fine.largest_error == Approx(0.55));
    CHECK(fine.mean_confidence == Approx(0.65));
    CHECK(fine.accuracy == 0.5);
    REQUIRE(fine.bins.size() == 15);
    CHECK(fine.bins[8].pictures == 2);  // from 8/15 = 0.533 to 9/15 = 0.6
    CHECK(fine.bins[8].accuracy == 0.0);
    CHECK(fine.bins[8].confidence == Approx(0.55));
}

TEST_CASE(
    "answers that are right as often as they say have no calibration error, and sure ones belong to the last bin") {
    Answers honest(2);
    for (int i = 0; i < 4; ++i) honest.add_score(i < 3, 0.75F);
    honest.add_score(true, 1.0F);
    CHECK(honest.calibration().expected_error == Approx(0.0).margin(1e-12));
    CHECK(honest.calibration().bins.back().pictures == 1);
}
