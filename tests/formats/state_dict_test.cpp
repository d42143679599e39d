#include "engine/formats/state_dict.h"

#include "tests/support/catch.h"

using namespace convscope;

namespace {

using Shapes = std::vector<WantedTensor>;

const Shapes kWanted{
    {"conv1.weight", {10, 1, 5, 5}}, {"conv1.bias", {10}}, {"fc.weight", {10, 1440}}, {"fc.bias", {10}}};

StateDict found(const Shapes& shapes) {
    StateDict dict;
    for (const WantedTensor& tensor : shapes) dict.push_back({tensor.name, DType::Float32, tensor.shape, {}});
    return dict;
}

PickleValue tensor(float value) {
    const auto* bytes = reinterpret_cast<const char*>(&value);
    return {StoredTensor{DType::Float32, {}, {}, 0, std::make_shared<const std::string>(bytes, sizeof value)}};
}

}  // namespace

TEST_CASE("Names and shapes as wanted match by name, in any order") {
    const StateDictMatch match = match_state_dict(kWanted, found({kWanted[3], kWanted[0], kWanted[2], kWanted[1]}));
    CHECK(match.kind == StateDictMatch::Kind::ByName);
    CHECK(match.places == std::vector<std::size_t>{1, 3, 2, 0});
    CHECK(match.problems.empty());
}

TEST_CASE("Other names with the same shapes in order are offered as a mapping") {
    const StateDictMatch match = match_state_dict(
        kWanted, found({{"0.weight", {10, 1, 5, 5}}, {"0.bias", {10}}, {"fc.weight", {10, 1440}}, {"fc.b", {10}}}));
    CHECK(match.kind == StateDictMatch::Kind::ByOrder);
    CHECK(match.places == std::vector<std::size_t>{0, 1, 2, 3});
    REQUIRE(match.mapping.size() == 4);
    CHECK(match.mapping[0] == std::pair<std::string, std::string>{"conv1.weight", "0.weight"});
    CHECK(match.mapping[3] == std::pair<std::string, std::string>{"fc.bias", "fc.b"});
    CHECK(match.problems.empty());
}

TEST_CASE("What is missing, extra and of another shape is said in a sentence each") {
    const StateDictMatch match = match_state_dict(
        kWanted,
        found({{"conv1.weight", {20, 1, 5, 5}}, {"conv1.bias", {10}}, {"fc.weight", {10, 1440}}, {"head", {}}}));
    CHECK(match.kind == StateDictMatch::Kind::None);
    CHECK(match.places.empty());
    REQUIRE(match.problems.size() == 3);
    CHECK(match.problems[0] == "'conv1.weight' has the shape 20x1x5x5, but the network's is 10x1x5x5");
    CHECK(match.problems[1] == "'fc.bias' (10) is missing");
    CHECK(match.problems[2] == "'head' (scalar) is extra: the network has no tensor of that name");
}

TEST_CASE("An order that contradicts the names that both know is not offered") {
    const Shapes wanted{{"a", {4}}, {"b", {4}}, {"c", {4}}};
    CHECK(match_state_dict(wanted, found({{"b", {4}}, {"a", {4}}, {"z", {4}}})).kind == StateDictMatch::Kind::None);
    CHECK(match_state_dict(wanted, found({{"a", {4}}, {"y", {4}}, {"z", {4}}})).kind == StateDictMatch::Kind::ByOrder);
    CHECK(match_state_dict(wanted, found({{"x", {4}}, {"y", {4}}})).kind == StateDictMatch::Kind::None);
    CHECK(match_state_dict(wanted, {}).problems.size() == 3);
}

TEST_CASE("Batch-norm's counts are dropped where that is asked for, and nothing else is") {
    const PickleValue value{PickleValue::Dict{
        {"bn.num_batches_tracked", tensor(3)}, {"bn.weight", tensor(1)}, {"my_num_batches_tracked", tensor(2)}}};
    const auto kept = find_state_dict(value, "w.pth");
    const auto dropped = find_state_dict(value, "w.pth", {}, BatchCounts::Drop);
    REQUIRE(kept.ok());
    REQUIRE(dropped.ok());
    CHECK(kept.value().size() == 3);
    REQUIRE(dropped.value().size() == 2);
    CHECK(dropped.value()[0].name == "bn.weight");
    CHECK(dropped.value()[0].values == std::vector<float>{1});
}

TEST_CASE("A prefix that only some names have is part of them") {
    const PickleValue value{PickleValue::Dict{{"module.a", tensor(1)}, {"b", tensor(2)}}};
    const auto dict = find_state_dict(value, "w.pth");
    REQUIRE(dict.ok());
    CHECK(dict.value()[0].name == "module.a");
}

TEST_CASE("A network whose layers are called as wrappers are is not unwrapped in vain") {
    const PickleValue value{PickleValue::Dict{{"model", tensor(1)}, {"net", tensor(2)}}};
    const auto dict = find_state_dict(value, "w.pth");
    REQUIRE(dict.ok());
    CHECK(dict.value().size() == 2);
}
