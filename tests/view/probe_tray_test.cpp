#include "viz/view/probe_tray.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <string>

using namespace convscope;

namespace {

KeptProbe probe(const std::string& name, std::uint8_t first, const Shape& shape = {1, 2, 3}) {
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.element_count()), 9);
    pixels.front() = first;
    return {name, shape, own_picture(std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels)))};
}

}  // namespace

TEST_CASE("Equal pixels are one picture wherever they come from, other pixels another one") {
    CHECK(probe("a", 1).picture.id == probe("b", 1).picture.id);
    CHECK(probe("a", 1).picture.id != probe("a", 2).picture.id);
}

TEST_CASE("A picture is kept once, and as many as there is room for") {
    ProbeTray tray;
    CHECK(tray.add(probe("one", 1)));
    CHECK_FALSE(tray.add(probe("the same", 1)));
    for (std::size_t i = 1; i < ProbeTray::kMost; ++i)
        CHECK(tray.add(probe("another", static_cast<std::uint8_t>(i + 1))));
    CHECK_FALSE(tray.add(probe("one too many", 0)));
    CHECK(tray.probes().size() == ProbeTray::kMost);
    tray.remove(probe("", 1).picture.id);
    CHECK(tray.find(probe("", 1).picture.id) == nullptr);
    CHECK(tray.add(probe("there is room again", 0)));
}

TEST_CASE("A name is one line, and never cut off within a character") {
    ProbeTray tray;
    tray.add(probe("first\nsecond", 1));
    CHECK(tray.probes()[0].name == "first second");
    const std::uint64_t picture = tray.probes()[0].picture.id;
    std::string long_name(ProbeTray::kLongestName - 1, 'x');
    tray.rename(picture, long_name + "äöü");
    CHECK(tray.probes()[0].name == long_name);
    tray.rename(picture, "");
    CHECK(tray.probes()[0].name.empty());
}

TEST_CASE("What is kept comes back from its text bit for bit, colour and names included") {
    const std::vector<KeptProbe> all{probe("my \"4\", täglich", 0), probe("", 255), probe("rot", 7, {3, 4, 2})};
    const std::string text = probes_as_text(all);
    const Result<std::vector<KeptProbe>> read = probes_from_text(text, "probes.jsonl");
    REQUIRE(read.ok());
    REQUIRE(read.value().size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(read.value()[i].name == all[i].name);
        CHECK(read.value()[i].shape == all[i].shape);
        CHECK(*read.value()[i].picture.pixels == *all[i].picture.pixels);
        CHECK(read.value()[i].picture.id == all[i].picture.id);
    }
    CHECK(probes_from_text("", "probes.jsonl").value().empty());
}

TEST_CASE("A file that was cut off or changed is refused in a sentence that names the line") {
    const std::string good = probes_as_text(std::vector<KeptProbe>{probe("one", 1)});
    const auto refused = [](const std::string& text) {
        const Result<std::vector<KeptProbe>> read = probes_from_text(text, "runs/probes.jsonl");
        return read.ok() ? std::string() : read.error().message;
    };
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = good;
        changed.replace(changed.find(from), from.size(), to);
        return good + changed;
    };
    for (std::size_t cut = 1; cut + 1 < good.size(); ++cut) CHECK_FALSE(refused(good.substr(0, cut)).empty());
    CHECK(refused(with("\"height\":2", "\"height\":3")).find("line 2") != std::string::npos);
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"\"height\":2", "\"height\":-2"},
                                                          {"\"height\":2", "\"height\":2.5"},
                                                          {"\"height\":2", "\"height\":4611686018427387904"},
                                                          {"\"channels\":1", "\"channels\":0"},
                                                          {"\"name\":\"one\"", "\"name\":1"},
                                                          {"01", "0g"},
                                                          {"{", "["}})
        CHECK(refused(with(from, to)).find("runs/probes.jsonl: line 2") == 0);
    CHECK_FALSE(refused("\n").empty());
    std::string many;
    for (std::size_t i = 0; i <= ProbeTray::kMost; ++i) many += good;
    CHECK(refused(many).find("too many") != std::string::npos);
}
