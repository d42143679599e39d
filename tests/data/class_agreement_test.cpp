// Labels of a data set in a network's order, by the names of the classes.
#include "engine/data/class_agreement.h"

#include "tests/support/catch.h"

#include <array>

using namespace convscope;

namespace {

using Names = std::vector<std::string>;

// One test picture of each class, in the order of the classes.
class OneOfEach final : public Dataset {
public:
    explicit OneOfEach(Names names) {
        info_.name = "mine";
        info_.train_count = 0;
        info_.test_count = static_cast<std::int64_t>(names.size());
        info_.height = info_.width = 1;
        info_.class_names = std::move(names);
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t index) const override { return static_cast<int>(index); }
    std::span<const std::uint8_t> image(Split, std::int64_t) const override { return pixels_; }

private:
    DatasetInfo info_;
    std::array<std::uint8_t, 1> pixels_{7};
};

Result<AgreedData> agreed(const Names& data, const Names& network, std::int64_t class_count) {
    return with_classes_of(std::make_shared<OneOfEach>(data), network, class_count);
}

std::vector<int> labels(const Result<AgreedData>& result) {
    REQUIRE(result.ok());
    std::vector<int> found;
    const Dataset& data = *result.value().data;
    for (std::int64_t i = 0; i < data.size(Split::Test); ++i) found.push_back(data.label(Split::Test, i));
    return found;
}

}  // namespace

TEST_CASE("classes of the same names in another order are taken by their names, without a word") {
    const auto result = agreed({"0", "1", "10", "2"}, {"0", "1", "2", "10"}, 4);
    CHECK(labels(result) == std::vector<int>{0, 1, 3, 2});
    CHECK(result.value().data->info().class_names == Names{"0", "1", "2", "10"});
    CHECK(result.value().notice.empty());
    CHECK(result.value().data->image(Split::Test, 0)[0] == 7);
}

TEST_CASE("some of the network's classes are enough to be evaluated") {
    const auto result = agreed({"dog"}, {"ant", "cat", "dog"}, 3);
    CHECK(labels(result) == std::vector<int>{2});
    CHECK(result.value().data->info().class_names.size() == 3);
}

TEST_CASE("as many classes of other names are taken in their order, and that is said") {
    const auto result = agreed({"0", "1", "2"}, {"ant", "cat", "dog"}, 3);
    CHECK(labels(result) == std::vector<int>{0, 1, 2});
    CHECK(result.value().data->info().class_names == Names{"ant", "cat", "dog"});
    for (const char* part : {"mine", "'0', '1', '2'", "'ant', 'cat', 'dog'"})
        CHECK_THAT(result.value().notice, contains_text(part));
    CHECK_FALSE(agreed({"ant", "kitten", "dog"}, {"ant", "cat", "dog"}, 3).value().notice.empty());
}

TEST_CASE("classes of which there is no telling which is which are refused by name") {
    const auto result = agreed({"dog", "wolf"}, {"cat", "dog"}, 2);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, contains_text("a class that the network was not trained on: 'wolf'"));
    CHECK_THAT(agreed({"a", "b", "c", "d", "e"}, {"v", "w"}, 2).error().message,
               contains_text("classes that the network was not trained on: 'a', 'b', 'c', ...; its own are 'v', 'w'"));
}

TEST_CASE("a network without names takes the data's, or the digits that they name") {
    CHECK(labels(agreed({"cat", "dog"}, {}, 2)) == std::vector<int>{0, 1});
    CHECK(agreed({"cat", "dog"}, {}, 2).value().data->info().class_names == Names{"cat", "dog"});
    const auto some = agreed({"3", "7"}, {}, 10);
    CHECK(labels(some) == std::vector<int>{3, 7});
    CHECK(some.value().data->info().class_names.size() == 10);
    // Of twelve it may be 2 or 10 that comes third; that the numbers differ is said by check_fit().
    CHECK(labels(agreed({"3", "7"}, {}, 12)) == std::vector<int>{0, 1});
    CHECK(agreed({"cat", "dog"}, {}, 10).value().data->info().class_names.size() == 2);
}
