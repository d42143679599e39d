#include "engine/api/confusion_matrix.h"

#include "tests/support/catch.h"

#include <cmath>

using namespace convscope;

TEST_CASE("a confusion matrix counts by truth and prediction") {
    ConfusionMatrix matrix(3);
    matrix.add(0, 0, 5);
    matrix.add(0, 2);
    matrix.add(1, 2, 3);
    matrix.add(2, 2, 4);
    CHECK(matrix.at(0, 2) == 1);
    CHECK(matrix.at(2, 0) == 0);
    CHECK(matrix.total() == 13);
    CHECK(matrix.correct() == 9);
    CHECK(matrix.row_total(0) == 6);
    CHECK(matrix.column_total(2) == 8);
    CHECK(matrix.accuracy() == Approx(9.0 / 13.0));
    CHECK(matrix.recall(0) == Approx(5.0 / 6.0));
    CHECK(matrix.precision(2) == Approx(0.5));
}

TEST_CASE("shares of nothing are not a number") {
    ConfusionMatrix matrix(2);
    CHECK(std::isnan(matrix.accuracy()));
    matrix.add(0, 0);
    CHECK(std::isnan(matrix.recall(1)));
    CHECK(std::isnan(matrix.precision(1)));
    CHECK(matrix.recall(0) == 1.0);
}

TEST_CASE("a cleared matrix keeps its classes and loses its counts") {
    ConfusionMatrix matrix(2);
    matrix.add(1, 0, 7);
    matrix.clear();
    CHECK(matrix == ConfusionMatrix(2));
}

TEST_CASE("what has no answer is of no class, and not right") {
    ConfusionMatrix matrix(2);
    matrix.add(0, 0, 3);
    matrix.add(1, -1, 2);
    CHECK(matrix.unanswered() == 2);
    CHECK(matrix.total() == 5);
    CHECK(matrix.row_total(1) == 2);
    CHECK(matrix.column_total(0) == 3);
    CHECK(matrix.accuracy() == Approx(0.6));
    CHECK(matrix.recall(1) == 0.0);
    CHECK(matrix.precision(0) == 1.0);
    matrix.add(1, -1, -2);
    CHECK(matrix.unanswered() == 0);
    matrix.add(1, -1);
    matrix.clear();
    CHECK(matrix == ConfusionMatrix(2));
}
