#include "engine/core/result.h"

#include "tests/support/catch.h"

#include <memory>
#include <string>

using namespace convscope;

TEST_CASE("a result is its value or its error") {
    const Result<std::string> good = std::string("text");
    CHECK(good.ok());
    CHECK(good);
    CHECK(good.value() == "text");

    const Result<std::string> bad = Error{ErrorCode::NotFound, "no such file"};
    CHECK_FALSE(bad.ok());
    CHECK_FALSE(bad);
    CHECK(bad.error().code == ErrorCode::NotFound);
    CHECK(bad.error().message == "no such file");
}

TEST_CASE("a result of what can only be moved gives it away") {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    const std::unique_ptr<int> taken = std::move(result).value();
    CHECK(*taken == 7);
}

TEST_CASE("reading the value of a failed result throws") {
    const Result<int> bad = Error{ErrorCode::Failed, "broken"};
    CHECK_THROWS_AS(bad.value(), std::bad_variant_access);
}

TEST_CASE("a result without a value succeeds by default") {
    CHECK(Result<void>().ok());
    const Result<void> bad = Error{ErrorCode::Io, "disk full"};
    CHECK_FALSE(bad);
    CHECK(bad.error().message == "disk full");
}
