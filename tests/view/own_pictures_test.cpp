#include "viz/view/own_pictures.h"

#include "engine/api/dataset.h"
#include "engine/api/run_folder.h"
#include "engine/core/whole_file.h"
#include "engine/formats/png_grid.h"
#include "engine/host/picture_tools.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace convscope;
using test::ScriptedSession;

namespace {

// Somebody draws; the session is turned by hand.
struct Easel {
    explicit Easel(test::ScriptedOptions options = {}, PictureTools tools = picture_tools())
        : session(std::move(options)) {
        own.set_up(std::move(tools), Errands::Where::AtOnce);
        session.begin();
        turn();
        turn();  // what lies in the run's folder has been read
    }
    // A frame's head, and the session's answer to what was posted before.
    void turn() {
        lane.begin_frame();
        own.advance();
    }
    void answer() {
        session.apply();
        turn();
    }
    // What the session is asked to look at.
    std::vector<OwnPicture> posted() const {
        std::vector<OwnPicture> pictures;
        for (const Command& command : session.commands())
            if (const auto* set = std::get_if<command::SetProbe>(&command))
                if (const auto* picture = std::get_if<OwnPicture>(&set->source)) pictures.push_back(*picture);
        return pictures;
    }
    void draw_seven() {
        own.begin_stroke({0.2F, 0.2F});
        own.go_on({0.8F, 0.2F});
        own.go_on({0.4F, 0.9F});
        turn();
        answer();
        answer();
    }
    const ProbeSource& probe() const { return lane.live()->seen.probe.source; }
    std::string told() {
        std::string words;
        for (const event::Notice& notice : lane.link.take_notices()) words += notice.text + "\n";
        return words;
    }

    ScriptedSession session;
    SteadyClock clock;
    Lane lane{session, clock};
    OwnPictures own{lane};
};

// Counts what it is asked; the picture says how much ink there was.
PictureTools counting_tools(int& prepared) {
    PictureTools tools;
    tools.prepare = [&prepared](const DrawnPicture& drawn, const Recipe&) -> Result<PreparedPicture> {
        ++prepared;
        const auto ink = std::count(drawn.pixels.begin(), drawn.pixels.end(), std::uint8_t{255});
        std::vector<std::uint8_t> pixels(784);
        pixels[0] = static_cast<std::uint8_t>(ink & 255);
        pixels[1] = static_cast<std::uint8_t>(ink >> 8 & 255);
        return PreparedPicture{std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels)), "counted", false};
    };
    return tools;
}

void write_png(const std::filesystem::path& file, const DrawnPicture& picture) {
    const std::span<const std::uint8_t> pixels(picture.pixels);
    const Result<PngPicture> png = png_grid({&pixels, 1}, 1, picture.height, picture.width);
    REQUIRE(png.ok());
    REQUIRE(write_whole_file(file, png.value().bytes));
}

}  // namespace

TEST_CASE("What is drawn is the probe, in the form of the data that the network learns from") {
    Easel easel;
    easel.draw_seven();
    REQUIRE(std::holds_alternative<OwnPicture>(easel.probe()));
    const auto& picture = std::get<OwnPicture>(easel.probe());
    CHECK(*picture.pixels == *easel.own.prepared().pixels);
    CHECK(easel.own.pad_is_probe());
    CHECK(easel.own.prepared().done.find("cut out and centred") != std::string::npos);
    // In MNIST's box: 20 of 28 pixels high.
    std::int64_t top = 28, bottom = -1;
    for (std::int64_t i = 0; i < 784; ++i)
        if ((*picture.pixels)[static_cast<std::size_t>(i)] > 100) {
            top = std::min(top, i / 28);
            bottom = std::max(bottom, i / 28);
        }
    CHECK(bottom - top + 1 >= 19);
    CHECK(bottom - top + 1 <= 21);
}

TEST_CASE("A digit that is drawn and the same picture in a file give the same bytes") {
    const TempFolder folder;
    Easel easel;
    easel.draw_seven();
    const auto drawn = std::get<OwnPicture>(easel.probe());
    const std::filesystem::path file = folder.path() / "seven.png";
    write_png(file, easel.own.pad().picture(DrawingPad::kMargin));
    easel.own.use_file(file);
    easel.turn();
    easel.answer();
    const auto& read = std::get<OwnPicture>(easel.probe());
    CHECK(*read.pixels == *drawn.pixels);
    CHECK(read.id == drawn.id);
    CHECK_FALSE(easel.own.pad_is_probe());
    REQUIRE(easel.own.kept().size() == 1);
    CHECK(easel.own.kept()[0].name == "seven");
}

TEST_CASE("Of strokes that come while a picture is on its way only the newest follows") {
    int prepared = 0;
    Easel easel({}, counting_tools(prepared));
    easel.own.begin_stroke({0.1F, 0.1F});
    for (int i = 1; i <= 50; ++i) {
        easel.own.go_on({0.1F + 0.015F * static_cast<float>(i), 0.5F});
        if (i % 10 == 0) easel.turn();  // frames; the session has answered none of them
    }
    CHECK(easel.posted().size() == 1);
    CHECK(prepared < 10);
    easel.answer();
    easel.answer();
    const std::vector<OwnPicture> posted = easel.posted();
    REQUIRE(posted.size() == 2);
    CHECK(posted.back().id == own_picture(easel.own.prepared().pixels).id);
    easel.answer();
    CHECK(easel.posted().size() == 2);  // nothing new was drawn
}

TEST_CASE("As it is drawn, a digit stays where it stands on the pad") {
    Easel easel;
    easel.own.show_as_drawn(true);
    easel.own.begin_stroke({0.1F, 0.1F});
    easel.turn();
    easel.answer();
    const std::vector<std::uint8_t> pixels = *std::get<OwnPicture>(easel.probe()).pixels;
    const auto brightest = std::max_element(pixels.begin(), pixels.end()) - pixels.begin();
    CHECK(brightest / 28 >= 2);
    CHECK(brightest / 28 <= 3);
    CHECK(brightest % 28 >= 2);
    CHECK(brightest % 28 <= 3);
    easel.own.show_as_drawn(false);
    easel.turn();
    easel.answer();
    CHECK(*std::get<OwnPicture>(easel.probe()).pixels != pixels);  // a dot, as large as a digit
}

TEST_CASE("The pad stays the probe over a reset, and lets go when another picture is chosen") {
    Easel easel;
    easel.draw_seven();
    const auto drawn = std::get<OwnPicture>(easel.probe());
    easel.lane.link.post(command::Reset{7, {}});
    easel.answer();
    easel.answer();
    REQUIRE(std::holds_alternative<OwnPicture>(easel.probe()));
    CHECK(std::get<OwnPicture>(easel.probe()).id == drawn.id);
    CHECK(easel.own.pad_is_probe());
    easel.lane.link.post(command::SetProbe{HeldPicture{Split::Test, 3}});
    easel.turn();
    CHECK_FALSE(easel.own.pad_is_probe());
    easel.answer();
    CHECK(std::holds_alternative<HeldPicture>(easel.probe()));
    easel.own.use_pad();
    easel.answer();
    CHECK(std::get<OwnPicture>(easel.probe()).id == drawn.id);
}

TEST_CASE("A pad that is cleared is an empty picture, and one on which nothing was ever drawn changes nothing") {
    Easel easel;
    easel.answer();
    CHECK(easel.posted().empty());
    easel.draw_seven();
    easel.own.clear();
    easel.answer();
    easel.answer();
    CHECK(easel.own.prepared().blank);
    const auto& pixels = *std::get<OwnPicture>(easel.probe()).pixels;
    CHECK(std::all_of(pixels.begin(), pixels.end(), [](int pixel) { return pixel == 0; }));
    easel.own.undo();
    easel.answer();
    easel.answer();
    CHECK_FALSE(easel.own.prepared().blank);
}

TEST_CASE("A colour network sees grey strokes in each of its channels") {
    Easel easel({.channels = 3});
    easel.draw_seven();
    const auto& pixels = *std::get<OwnPicture>(easel.probe()).pixels;
    const std::size_t plane = pixels.size() / 3;
    CHECK(std::equal(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(plane),
                     pixels.begin() + static_cast<std::ptrdiff_t>(plane)));
    CHECK(std::equal(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(plane),
                     pixels.begin() + static_cast<std::ptrdiff_t>(2 * plane)));
    CHECK(*std::max_element(pixels.begin(), pixels.end()) > 200);
}

TEST_CASE("A file that is no picture, or is not there, is told in a sentence and changes nothing") {
    const TempFolder folder;
    Easel easel;
    easel.draw_seven();
    const std::vector<OwnPicture> before = easel.posted();
    for (const char* name : {"notes.txt", "gone.png"}) {
        const std::filesystem::path file = folder.path() / name;
        if (std::string(name) == "notes.txt") REQUIRE(write_whole_file(file, "buy milk"));
        easel.told();
        easel.own.use_file(file);
        CHECK(easel.own.reading());
        easel.turn();
        CHECK(easel.told().find(name) != std::string::npos);
        CHECK_FALSE(easel.own.reading());
    }
    CHECK(easel.posted().size() == before.size());
    CHECK(easel.own.pad_is_probe());
    CHECK(easel.own.kept().empty());
}

TEST_CASE("Any probe but one of a minibatch can be kept, once, named, and made the probe again") {
    Easel easel;
    easel.own.keep_probe();
    REQUIRE(easel.own.kept().size() == 1);
    CHECK(easel.own.kept()[0].name == "Test 0");
    easel.draw_seven();
    easel.own.keep_probe();
    REQUIRE(easel.own.kept().size() == 2);
    CHECK(easel.own.kept_capture().shape == Shape{2, 28, 28});
    easel.told();
    easel.own.keep_probe();
    CHECK(easel.told().find("kept already") != std::string::npos);
    const std::uint64_t first = easel.own.kept()[0].picture.id;
    easel.own.rename_kept(first, "a zero");
    CHECK(easel.own.kept()[0].name == "a zero");
    easel.own.use_kept(first);
    easel.answer();
    CHECK(std::get<OwnPicture>(easel.probe()).id == first);
    CHECK_FALSE(easel.own.pad_is_probe());
    easel.own.remove_kept(first);
    CHECK(easel.own.kept().size() == 1);
    CHECK(easel.own.kept_capture().shape == Shape{1, 28, 28});
    easel.lane.link.post(command::SetProbe{BatchSample{}});
    easel.answer();
    easel.told();
    easel.own.keep_probe();
    CHECK(easel.told().find("minibatch") != std::string::npos);
    CHECK(easel.own.kept().size() == 1);
}

TEST_CASE("The tray is saved with the run, and is there again when that is resumed") {
    const TempFolder folder;
    const test::ScriptedOptions run{.checkpoint = (folder.path() / "last.pt").string()};
    std::uint64_t picture = 0;
    {
        Easel easel(run);
        CHECK(easel.own.saves_tray());
        CHECK_FALSE(std::filesystem::exists(folder.path() / kProbes));  // nothing is kept
        easel.draw_seven();
        easel.own.keep_probe();
        picture = easel.own.kept()[0].picture.id;
        easel.own.rename_kept(picture, "my seven");
    }
    Easel again(run);
    REQUIRE(again.own.kept().size() == 1);
    CHECK(again.own.kept()[0].name == "my seven");
    again.own.use_kept(picture);
    again.answer();
    CHECK(std::get<OwnPicture>(again.probe()).id == picture);
    again.own.remove_kept(picture);
    CHECK(Easel(run).own.kept().empty());
}

TEST_CASE("A tray that cannot be read stays as it is, and nothing is lost") {
    const TempFolder folder;
    const std::filesystem::path file = folder.path() / kProbes;
    REQUIRE(write_whole_file(file, "not a tray\n"));
    Easel easel({.checkpoint = (folder.path() / "last.pt").string()});
    CHECK(easel.told().find(file.string() + ": line 1") != std::string::npos);
    CHECK_FALSE(easel.own.saves_tray());
    easel.own.keep_probe();
    easel.turn();
    CHECK(easel.own.kept().size() == 1);
    CHECK(read_whole_file(file, 1000).value() == "not a tray\n");
}

TEST_CASE("A tray that cannot be written is told, and stays in the window") {
    Easel easel({.checkpoint = "/proc/nowhere/last.pt"});
    easel.told();
    easel.own.keep_probe();
    easel.turn();
    CHECK(easel.own.kept().size() == 1);
    CHECK(easel.told().find("/proc/nowhere") != std::string::npos);
}

TEST_CASE("A path is taken as file managers and shells hand it over") {
    CHECK(path_of("/home/ada/my digit.png") == "/home/ada/my digit.png");
    CHECK(path_of("  '/home/ada/my digit.png'\n") == "/home/ada/my digit.png");
    CHECK(path_of("\"4.png\"") == "4.png");
    CHECK(path_of("file:///home/ada/my%20digit%C3%A4.png") == "/home/ada/my digitä.png");
    CHECK(path_of("file:///100%.png") == "/100%.png");
    CHECK(path_of("/100%20.png") == "/100%20.png");
    CHECK(path_of("").empty());
}
