// Which pictures of a folder are taken, of which class, in which order. No picture is opened: their files are empty.
#include "engine/data/image_listing.h"

#include "engine/data/open_dataset.h"

#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/few_descriptors.h"
#include "tests/support/ordinary_user.h"

#include <initializer_list>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

void make_files(const fs::path& folder, std::initializer_list<const char*> names) {
    for (const char* name : names) write_file(folder / name, Bytes{});
}

ImageListing listed(const fs::path& folder) {
    auto result = list_images(folder);
    UNSCOPED_INFO((result.ok() ? "listed" : result.error().message));
    REQUIRE(result.ok());
    return std::move(result).value();
}

std::string listing_refusal(const fs::path& folder) {
    const auto result = list_images(folder);
    REQUIRE_FALSE(result.ok());
    return result.error().message;
}

// "label path", the path from the folder on.
std::vector<std::string> texts(const std::vector<ListedImage>& images, const fs::path& folder) {
    std::vector<std::string> all;
    for (const ListedImage& image : images)
        all.push_back(std::to_string(image.label) + " " + image.path.lexically_relative(folder).string());
    return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("classes are in the order of their names as text, as torchvision's ImageFolder has them") {
    const TempFolder folder;
    for (int c = 11; c >= 0; --c) write_file(folder.path() / "test" / std::to_string(c) / "x.png", Bytes{});
    CHECK(listed(folder.path()).class_names == Texts{"0", "1", "10", "11", "2", "3", "4", "5", "6", "7", "8", "9"});
}

TEST_CASE("pictures in folders below a class are seen, in the order in which ImageFolder walks") {
    const TempFolder folder;
    make_files(folder.path() / "test",
               {"a/z.png", "a/b/2.png", "a/b/c/1.png", "a/b-c/3.png", "a/b.png", "b/only/here/1.png"});
    // sorted(os.walk("a")), then sorted(files): "a/b-c" goes before "a/b/c", as '-' goes before '/'.
    CHECK(texts(listed(folder.path()).test, folder.path() / "test") ==
          Texts{"0 a/b.png", "0 a/z.png", "0 a/b/2.png", "0 a/b-c/3.png", "0 a/b/c/1.png", "1 b/only/here/1.png"});
}

TEST_CASE("a folder with pictures to test with alone is a set without training pictures") {
    for (const char* test : {"test", "testing", "val", "validation", "Test"}) {
        const TempFolder folder;
        make_files(folder.path() / test, {"cat/1.png", "dog/1.png", "dog/2.png"});
        const ImageListing listing = listed(folder.path());
        CHECK(listing.train.empty());
        CHECK(texts(listing.test, folder.path() / test) == Texts{"0 cat/1.png", "1 dog/1.png", "1 dog/2.png"});
        CHECK_FALSE(listing.split_by_chance);
        CHECK(holds_image_folders(folder.path()));
    }
}

TEST_CASE("one picture per class is a set to test with") {
    const TempFolder folder;
    make_files(folder.path(), {"cat/1.png", "dog/1.png"});
    const ImageListing listing = listed(folder.path());
    CHECK(listing.train.empty());
    CHECK(listing.test.size() == 2);
    CHECK_FALSE(listing.split_by_chance);
}

TEST_CASE("a class may be called like a part of a set") {
    const TempFolder folder;
    make_files(folder.path(), {"car/1.png", "train/1.png", "train/2.png", "test/1.png"});
    const ImageListing listing = listed(folder.path());
    CHECK(listing.class_names == Texts{"car", "test", "train"});
    CHECK(listing.train.size() == 3);
    CHECK(listing.test.size() == 1);
    CHECK(listing.split_by_chance);
}

TEST_CASE("a part that was unpacked into a folder of its own name is found within") {
    const TempFolder folder;
    make_files(folder.path(), {"train/train/cat/1.png", "train/train/dog/1.png", "test/test/dog/1.png"});
    const ImageListing listing = listed(folder.path());
    CHECK(listing.class_names == Texts{"cat", "dog"});
    CHECK(listing.train.size() == 2);
    CHECK(texts(listing.test, folder.path()) == Texts{"1 test/test/dog/1.png"});
}

TEST_CASE("what systems and archives leave behind is as good as not there") {
    const TempFolder folder;
    make_files(folder.path(), {"__MACOSX/train/cat/._1.png", ".DS_Store", "Thumbs.db"});
    make_files(folder.path() / "train",
               {"__MACOSX/cat/1.png", "@eaDir/1.png", ".thumbnails/1.png", ".DS_Store", "cat/1.png", "cat/._1.png",
                "cat/Thumbs.db", "cat/desktop.ini", "cat/.ipynb_checkpoints/1.png", "dog/1.png"});
    make_files(folder.path() / "test", {"cat/1.png", "dog/1.png", "__MACOSX/bird/1.png"});
    const ImageListing listing = listed(folder.path());
    CHECK(listing.class_names == Texts{"cat", "dog"});
    CHECK(listing.train.size() == 2);
    CHECK(listing.test.size() == 2);
    CHECK(listing.skipped.count == 0);
}

TEST_CASE("files of other kinds are counted, and the first is named") {
    const TempFolder folder;
    make_files(folder.path(), {"train/notes.txt", "train/cat/1.png", "train/cat/IMG_1.HEIC", "train/cat/more/a.xcf",
                               "test/cat/1.png", "test/labels.csv", "elsewhere.txt"});
    fs::create_symlink("nowhere.png", folder.path() / "train/cat/gone.png");
    const ImageListing listing = listed(folder.path());
    CHECK(listing.skipped.count == 5);
    CHECK(listing.skipped.first == folder.path() / "train/notes.txt");
    CHECK(listing.train.size() == 1);
}

TEST_CASE("links are followed, but never in a circle") {
    const TempFolder folder;
    const TempFolder elsewhere;
    make_files(elsewhere.path(), {"1.png"});
    make_files(folder.path(), {"test/cat/2.png", "test/dog/3.png"});
    fs::create_directory_symlink(elsewhere.path(), folder.path() / "test/cat/linked");
    fs::create_directory_symlink(folder.path() / "test", folder.path() / "test/dog/up");
    const Texts found = texts(listed(folder.path()).test, folder.path() / "test");
    CHECK(std::count(found.begin(), found.end(), "0 cat/linked/1.png") == 1);
    CHECK(found.size() < 10);
}

TEST_CASE("names in several scripts survive, and what is no UTF-8 can be read") {
    const TempFolder folder;
    for (const char* name : {"ноль", "さん", "fünf", "caf\xE9", "new\nline"})
        write_file(folder.path() / "test" / name / "1.png", Bytes{});
    CHECK(listed(folder.path()).class_names == Texts{"caf\\xe9", "fünf", "new\\x0aline", "ноль", "さん"});
}

TEST_CASE("a class without pictures, or known to the tests only, is named") {
    const TempFolder folder;
    make_files(folder.path(), {"train/a/1.png", "test/a/1.png", "test/b/1.png"});
    CHECK_THAT(listing_refusal(folder.path()), contains_text((folder.path() / "test/b").string()));
    fs::create_directories(folder.path() / "train/b");
    CHECK_THAT(listing_refusal(folder.path()), contains_text((folder.path() / "train/b").string()));
}

TEST_CASE("a folder is meant as pictures per class as soon as it holds one, at any depth") {
    const TempFolder folder;
    CHECK_FALSE(holds_image_folders(folder.path()));
    CHECK_FALSE(holds_image_folders(folder.path() / "absent"));
    CHECK_THAT(listing_refusal(folder.path()), contains_text("no folder of pictures"));
    fs::create_directories(folder.path() / "a");
    make_files(folder.path(), {"at-the-top.png"});
    CHECK_FALSE(holds_image_folders(folder.path()));
    make_files(folder.path(), {"b/deep/1.png"});
    CHECK(holds_image_folders(folder.path()));
    const TempFolder split;
    make_files(split.path(), {"train/b/1.png"});
    CHECK(holds_image_folders(split.path()));
}

TEST_CASE("the folder that an archive was unpacked into is told from a class and from a part of a set") {
    const TempFolder folder;
    make_files(folder.path(), {"animals/cat/1.png", "animals/dog/1.png", "__MACOSX/x.png"});
    CHECK(wrapped_folder(folder.path()) == folder.path() / "animals");
    CHECK(wrapped_folder(folder.path() / "animals").empty());
    const TempFolder one_class;
    make_files(one_class.path(), {"cat/1.png"});
    CHECK(wrapped_folder(one_class.path()).empty());
    const TempFolder part;
    make_files(part.path(), {"test/cat/1.png"});
    CHECK(wrapped_folder(part.path()).empty());
}

TEST_CASE("a folder that may not be read is said to be that, not empty") {
    const TempFolder folder;
    make_files(folder.path(), {"train/cat/1.png", "train/dog/1.png", "train/dog/deep/2.png", "test/cat/1.png"});
    const auto open_to_all = static_cast<fs::perms>(0755);
    fs::permissions(folder.path(), open_to_all);
    for (const char* closed : {"train", "train/cat", "train/dog/deep", "test", "test/cat"})
        for (const fs::perms some : {fs::perms::none, static_cast<fs::perms>(0444)}) {
            const fs::path place = folder.path() / closed;
            fs::permissions(place, some);
            {
                const OrdinaryUser user;
                CAPTURE(closed);
                const std::string said = listing_refusal(folder.path());
                CHECK_THAT(said, contains_text(place.string() + ": cannot read (Permission denied)") &&
                                     contains_text("chmod"));
                REQUIRE(unreadable_folder(folder.path()).has_value() == (place != folder.path() / "train/dog/deep"));
                const auto opened = open_dataset(folder.path().string(), 0, {});
                REQUIRE_FALSE(opened.ok());
                CHECK(opened.error().message == said);
            }
            fs::permissions(place, open_to_all);
        }
}

TEST_CASE("a folder that cannot be opened for want of descriptors is said to be that, with how to allow more") {
    const TempFolder folder;
    make_files(folder.path(), {"cat/1.png", "dog/1.png"});
    std::string listed, opened;
    {
        const FewDescriptors none_left(0);  // nor for UBSan, which reads an object's type through a pipe of its own
        listed = list_images(folder.path()).error().message;
        opened = open_dataset(folder.path().string(), 0, {}).error().message;
    }
    CHECK_THAT(listed, contains_text("Too many open files") && contains_text("ulimit -n"));
    CHECK_THAT(opened, contains_text("ulimit -n"));
}
