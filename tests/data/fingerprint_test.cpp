#include "engine/data/fingerprint.h"

#include "engine/data/drawn_digits.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"

using namespace convscope;

TEST_CASE("two data sets of the same pictures have one fingerprint, others another") {
    const std::uint32_t toy = fingerprint(*make_toy_dataset(100, 20));
    CHECK(toy == fingerprint(*make_toy_dataset(100, 20)));
    CHECK(toy != fingerprint(*make_toy_dataset(101, 20)));
    CHECK(toy != fingerprint(*make_toy_dataset(100, 21)));
    CHECK(toy != fingerprint(*make_toy_dataset(100, 20, 32)));
    CHECK(fingerprint(*make_drawn_digits(1, 50, 10)) == fingerprint(*make_drawn_digits(1, 50, 10)));
    CHECK(fingerprint(*make_drawn_digits(1, 50, 10)) != fingerprint(*make_drawn_digits(2, 50, 10)));
}
