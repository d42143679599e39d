#include "engine/core/types.h"

#include "engine/api/tensor_capture.h"
#include "engine/api/watch_set.h"
#include "tests/support/catch.h"

using namespace convscope;

TEST_CASE("a shape counts its elements and is written with crosses") {
    CHECK(Shape{20, 10, 3, 3}.element_count() == 1800);
    CHECK(Shape{20, 10, 3, 3}.to_string() == "20x10x3x3");
    CHECK(Shape{500}.to_string() == "500");
    CHECK(Shape{10, 0, 5}.element_count() == 0);
}

TEST_CASE("a shape of no dimensions has no elements") {
    CHECK(Shape{}.element_count() == 0);
    CHECK(Shape{}.to_string() == "scalar");
}

TEST_CASE("a dimension past the end is 1, so that a vector reads as a map") {
    const Shape vector{500};
    CHECK(vector[0] == 500);
    CHECK(vector[1] == 1);
    CHECK(vector[3] == 1);
}

TEST_CASE("a shape has four dimensions at most, and says so") {
    Shape shape{1, 2, 3, 4};
    CHECK_THROWS_AS(shape.push_back(5), std::length_error);
    CHECK(shape == Shape{1, 2, 3, 4});
}

TEST_CASE("shapes of different rank differ") {
    CHECK(Shape{5} != Shape{5, 1});
    CHECK(Shape{5, 1} == Shape{5, 1});
}

TEST_CASE("planes are maps of activations, slices of kernels, and whole matrices and vectors") {
    const auto planes = [](Shape shape) {
        TensorCapture capture;
        capture.shape = shape;
        return std::vector<std::int64_t>{capture.plane_count(), capture.plane_height(), capture.plane_width()};
    };
    CHECK(planes({10, 24, 20}) == std::vector<std::int64_t>{10, 24, 20});
    CHECK(planes({20, 10, 3, 5}) == std::vector<std::int64_t>{200, 3, 5});
    CHECK(planes({500, 2000}) == std::vector<std::int64_t>{1, 500, 2000});
    CHECK(planes({500}) == std::vector<std::int64_t>{1, 1, 500});
    CHECK(planes({})[2] == 0);
}

TEST_CASE("a watch set holds each tensor once, in order, however often it is asked for") {
    WatchSet set;
    CHECK(set.empty());
    const TensorKey late{TensorKind::Weight, LayerId{3}};
    const TensorKey early{TensorKind::Activation, LayerId{5}};
    for (int i = 0; i < 3; ++i) {
        set.add(late);
        set.add(early);
    }
    CHECK(set.tensors == std::vector<TensorKey>{early, late});
    CHECK(set.contains(late));
    CHECK_FALSE(set.contains({TensorKind::Weight, LayerId{4}}));
    CHECK_FALSE(set.empty());
}
