// Folders of pictures per class, in both layouts, and what is said about those that are wrong.
#include "engine/data/image_folder.h"

#include "tests/data/temp_folder.h"
#include "tests/data/test_image.h"
#include "tests/support/catch.h"

#include <set>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// What most of them are anyway.
constexpr PictureFormat kSmall{1, 4, 4, {}};

std::shared_ptr<const Dataset> opened(const fs::path& folder, const PictureFormat& wanted = kSmall) {
    auto result = open_image_folder(folder, wanted);
    UNSCOPED_INFO((result.ok() ? "opened" : result.error().message));
    REQUIRE(result.ok());
    return std::move(result).value();
}

std::string folder_refusal(const fs::path& folder) {
    const auto result = open_image_folder(folder, kSmall);
    REQUIRE_FALSE(result.ok());
    return result.error().message;
}

void write_grey(const fs::path& path, std::uint8_t value, int side = 4) {
    write_image(path, side, side, 1, Pixel{value});
}

// The first pixels of all images of a split; every picture here is of one colour.
std::multiset<int> values(const Dataset& data, Split split) {
    std::multiset<int> found;
    for (std::int64_t i = 0; i < data.size(split); ++i) found.insert(data.image(split, i)[0]);
    return found;
}

}  // namespace

TEST_CASE("folders for training and testing are read class by class, in the order of their names") {
    for (const auto& [train, test] : {std::pair{"train", "test"}, {"training", "testing"}, {"train", "val"}}) {
        const TempFolder folder;
        const fs::path animals = folder.path() / "animals";
        write_grey(animals / train / "zebra" / "2.png", 30);
        write_grey(animals / train / "ant" / "b.png", 20);
        write_grey(animals / train / "ant" / "a.bmp", 10);
        write_grey(animals / test / "zebra" / "1.png", 40);
        const auto data = opened(animals);
        CHECK(data->info().name == "animals");
        CHECK(data->info().source == animals.string());
        CHECK(data->info().class_names == std::vector<std::string>{"ant", "zebra"});
        REQUIRE(data->size(Split::Train) == 3);
        REQUIRE(data->size(Split::Test) == 1);
        for (std::int64_t i = 0; i < 3; ++i) CHECK(data->image(Split::Train, i)[0] == 10 * (i + 1));
        CHECK(data->label(Split::Train, 1) == 0);
        CHECK(data->label(Split::Train, 2) == 1);
        CHECK(data->label(Split::Test, 0) == 1);
        CHECK(data->image(Split::Test, 0)[0] == 40);
    }
}

TEST_CASE("without a folder for testing about a sixth of the pictures is taken, always the same ones") {
    const TempFolder folder;
    for (int i = 0; i < 120; ++i)
        write_grey(folder.path() / (i % 2 ? "odd" : "even") / ("picture" + std::to_string(i) + ".png"),
                   static_cast<std::uint8_t>(i), 2);
    const auto data = opened(folder.path());
    CHECK(data->size(Split::Train) + data->size(Split::Test) == 120);
    CHECK(data->size(Split::Test) >= 8);
    CHECK(data->size(Split::Test) <= 35);
    const std::multiset<int> tested = values(*data, Split::Test);
    for (const int value : values(*data, Split::Train)) CHECK(tested.count(value) == 0);
    CHECK(values(*opened(folder.path()), Split::Test) == tested);

    write_grey(folder.path() / "even" / "one more.png", 200, 2);  // moves nobody else
    std::multiset<int> grown = values(*opened(folder.path()), Split::Test);
    grown.erase(200);
    CHECK(grown == tested);
}

TEST_CASE("two pictures are enough for one to train on and one to test with") {
    const TempFolder folder;
    for (const char* name : {"a.png", "b.png"}) write_grey(folder.path() / "only" / name, 1);
    CHECK(opened(folder.path())->size(Split::Train) == 1);
    CHECK(opened(folder.path())->size(Split::Test) == 1);
    CHECK(opened(folder.path())->info().split_by_chance);
    fs::remove(folder.path() / "only" / "b.png");
    CHECK(opened(folder.path())->size(Split::Train) == 0);
    CHECK(opened(folder.path())->size(Split::Test) == 1);
}

TEST_CASE("every picture is brought to the size and the channels that the recipe takes") {
    const TempFolder folder;
    write_image(folder.path() / "train/a/1.png", 6, 4, 1, Pixel{50});
    write_image(folder.path() / "train/a/2.png", 12, 9, 3, Pixel{50, 50, 50});
    write_image(folder.path() / "test/a/1.png", 300, 200, 1, Pixel{60});
    write_image(folder.path() / "test/a/2.png", 6, 4, 3, Pixel{70, 80, 90});
    const auto grey = opened(folder.path(), {1, 4, 6, {}});
    CHECK(grey->info().channels == 1);
    CHECK(grey->info().height == 4);
    CHECK(grey->info().width == 6);
    CHECK(grey->image(Split::Train, 1).size() == 24);
    CHECK(grey->image(Split::Test, 0)[23] == 60);
    CHECK(grey->image(Split::Test, 1)[0] == 78);  // 0.299 red, 0.587 green, 0.114 blue
    CHECK(grey->info().prepared == "3 of 4 pictures: made grey, resized");

    const auto colour = opened(folder.path(), {3, 4, 6, {}});
    CHECK(colour->info().channels == 3);
    const auto first = colour->image(Split::Train, 0);
    CHECK(Bytes(first.begin(), first.end()) == Bytes(72, 50));
    const auto last = colour->image(Split::Test, 1);
    REQUIRE(last.size() == 72);
    CHECK(last[0] == 70);
    CHECK(last[24] == 80);
    CHECK(last[71] == 90);
    CHECK_FALSE(open_image_folder(folder.path(), {2, 4, 6, {}}).ok());
    CHECK_FALSE(open_image_folder(folder.path(), {1, 1 << 20, 1 << 20, {}}).ok());  // 4 TiB
}

TEST_CASE("what is there and cannot be read is left out, counted, and named once") {
    const TempFolder folder;
    for (const char* name : {"1.png", "2.png", "3.png", "4.png"}) write_grey(folder.path() / "train/a" / name, 7);
    write_grey(folder.path() / "train/b/1.png", 8);
    write_grey(folder.path() / "test/a/1.png", 9);
    CHECK(opened(folder.path())->info().notice.empty());
    for (const char* name : {"1.png", "3.png"}) write_file(folder.path() / "train/a" / name, Bytes{1, 2, 3});
    const auto damaged = opened(folder.path());
    CHECK(damaged->size(Split::Train) == 3);
    CHECK(damaged->label(Split::Train, 1) == 0);
    CHECK(damaged->label(Split::Train, 2) == 1);
    CHECK(damaged->image(Split::Train, 2)[0] == 8);
    CHECK(damaged->image(Split::Test, 0)[0] == 9);
    CHECK_THAT(damaged->info().notice,
               contains_text("2 of 6 files of '" + folder.path().string() + "' were skipped: 2 unreadable (first: '" +
                             (folder.path() / "train/a/1.png").string() + "'"));
    write_file(folder.path() / "train/a/5.heic", Bytes{1, 2, 3});
    const std::string both = opened(folder.path())->info().notice;
    CHECK_THAT(both, contains_text("3 of 7 files"));
    CHECK_THAT(both, contains_text("1 of other kinds than"));
    CHECK_THAT(both, contains_text("5.heic"));
}

TEST_CASE("a class of which no picture can be read is named, with what is wrong with the first") {
    const TempFolder folder;
    write_grey(folder.path() / "train/a/1.png", 1);
    write_grey(folder.path() / "test/a/1.png", 2);
    for (const char* name : {"1.png", "2.png"}) write_file(folder.path() / "train/b" / name, Bytes{1, 2, 3});
    CHECK_THAT(folder_refusal(folder.path()), contains_text("class 'b'"));
    CHECK_THAT(folder_refusal(folder.path()), contains_text((folder.path() / "train/b/1.png").string()));
    write_grey(folder.path() / "train/b/1.png", 1);
    write_file(folder.path() / "test/a/1.png", Bytes{1, 2, 3});
    CHECK_THAT(folder_refusal(folder.path()), contains_text("no picture to test with"));
}
