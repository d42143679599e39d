// The pad: what the mouse draws on it, what is kept, and the same on the wall in the scene.
#include "tests/data/temp_folder.h"
#include "tests/panels/scene_stage.h"
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/workspaces.h"
#include "viz/view/own_pictures.h"

#include <imgui.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using test::ScriptedOptions;
using test::Stage;

namespace {

const OwnPictures& own(const Stage& stage) { return stage.controller().own_pictures(); }

struct PadStage : Stage {
    explicit PadStage(int width = 420, int height = 640, ScriptedOptions options = {})
        : Stage("pad", width, height, std::move(options)) {
        session.begin();
        session.advance(30);
        frames(4);
    }
    // With the button that is down, or the left one.
    void draw(std::vector<Vec2> shares, int button = 0) {
        const AnchorRect paper = anchor("pad.paper");
        const auto at = [&](Vec2 share) {
            point(paper.left + share.x * (paper.right - paper.left), paper.top + share.y * (paper.bottom - paper.top));
        };
        at(shares.front());
        hold(true, button);
        frame();
        for (const Vec2 share : shares) at(share);
        hold(false, button);
        frames(4);
    }
    const OwnPicture* probe() const { return std::get_if<OwnPicture>(&snapshot()->seen.probe.source); }
};

constexpr Vec2 kLeft{0.2F, 0.5F}, kRight{0.8F, 0.5F}, kTop{0.5F, 0.2F}, kBottom{0.5F, 0.8F};

}  // namespace

TEST_CASE("What the mouse draws on the pad is the probe, with its class beside it") {
    PadStage stage;
    CHECK(stage.written().find("Draw a digit here") == std::string::npos);  // painted
    CHECK_FALSE(stage.shows("pad.answer"));
    stage.draw({kLeft, kTop, kRight});
    REQUIRE(stage.probe());
    CHECK(*stage.probe()->pixels == *own(stage).prepared().pixels);
    CHECK(stage.shows("pad.answer"));
    CHECK(stage.watched().probe);
    const int best = stage.snapshot()->seen.probe.predicted();
    CHECK(stage.written().find(stage.snapshot()->run_info->data.class_names[static_cast<std::size_t>(best)]) !=
          std::string::npos);
}

TEST_CASE("A stroke is classified in the frame after it, while it is still being drawn") {
    PadStage stage;
    stage.point("pad.paper", 0.3F, 0.3F);
    stage.press(true);
    stage.frame();  // with the first ink
    CHECK_FALSE(stage.probe());
    stage.frame();  // with its class
    REQUIRE(stage.probe());
    CHECK_FALSE(stage.snapshot()->seen.probe.probabilities.empty());
    CHECK(stage.shows("pad.answer"));
    const std::uint64_t first = stage.probe()->id;
    stage.point("pad.paper", 0.7F, 0.8F);
    stage.frames(3);
    CHECK(stage.probe()->id != first);
    stage.press(false);
}

TEST_CASE("The right button erases, whatever the tool is, and the pen is held again afterwards") {
    PadStage stage;
    stage.draw({kLeft, kRight});
    const auto ink = [&] { return std::count(own(stage).pad().ink().begin(), own(stage).pad().ink().end(), 255); };
    const auto drawn = ink();
    CHECK(drawn > 0);
    stage.draw({kTop, kBottom}, 1);
    CHECK(ink() < drawn);
    CHECK_FALSE(own(stage).pen().erases);
    stage.click("pad.tool/1");
    CHECK(own(stage).pen().erases);
    stage.click("pad.tool/0");
    CHECK_FALSE(own(stage).pen().erases);
}

TEST_CASE("A stroke is taken back, and the pad cleared, by their buttons") {
    PadStage stage;
    stage.draw({kLeft, kRight});
    stage.draw({kTop, kBottom});
    stage.click("pad.undo");
    CHECK_FALSE(own(stage).pad().empty());
    stage.click("pad.clear");
    stage.point(2.0F, 2.0F);  // at nothing that has a tooltip
    CHECK(own(stage).pad().empty());
    CHECK(stage.written().find("Nothing is drawn") != std::string::npos);
    stage.click("pad.undo");
    CHECK_FALSE(own(stage).pad().empty());
}

TEST_CASE("The slider changes how wide the next stroke is") {
    PadStage stage;
    stage.click("pad.width", 0.98F);
    CHECK(own(stage).pen().width > 0.18F);
    stage.draw({kLeft, kRight});
    CHECK(own(stage).pad().strokes().back().pen.width > 0.18F);
}

TEST_CASE("A probe is kept, is looked at again by a click, and is named and let go of by a right one") {
    PadStage stage;
    stage.draw({kLeft, kRight});
    stage.click("pad.keep");
    stage.frames(2);
    REQUIRE(own(stage).kept().size() == 1);
    const std::uint64_t picture = own(stage).kept()[0].picture.id;
    stage.session.post(command::SetProbe{HeldPicture{Split::Test, 3}});
    stage.frames(3);
    CHECK_FALSE(stage.probe());
    stage.click("pad.kept/0");
    stage.frames(3);
    REQUIRE(stage.probe());
    CHECK(stage.probe()->id == picture);
    stage.click_right("pad.kept/0");
    REQUIRE(stage.shows("pad.name"));
    stage.click("pad.name");
    stage.type(" of mine");
    stage.click(5.0F, 5.0F);  // beside the menu
    CHECK_FALSE(stage.shows("pad.name"));
    stage.frames(3);
    CHECK(own(stage).kept()[0].name.find("of mine") != std::string::npos);
    stage.click_right("pad.kept/0");
    stage.click("pad.let go");
    stage.frames(2);
    CHECK(own(stage).kept().empty());
}

TEST_CASE("While another picture is the probe the pad says so, and brings its own back") {
    PadStage stage;
    stage.draw({kLeft, kRight});
    stage.lane.link.post(command::SetProbe{HeldPicture{Split::Test, 3}});
    stage.frames(3);
    CHECK_FALSE(stage.shows("pad.answer"));
    stage.click("pad.look");
    stage.frames(3);
    CHECK(stage.probe());
    CHECK(stage.shows("pad.answer"));
}

TEST_CASE("The probe's panel goes to what is on the pad, and to the pad where nothing is") {
    Stage stage("probe", 420, 500);
    stage.session.begin();
    stage.frames(4);
    stage.settings.workspace = find_workspace("overview").value();
    stage.click("probe.source/3");
    CHECK(stage.settings.workspace == workspace_with("pad", 0).value());
    stage.send(ui::DrawOnPad{{0.5F, 0.5F}, true});
    stage.frames(2);
    stage.click("probe.source/0");
    stage.frames(2);
    CHECK(std::holds_alternative<HeldPicture>(stage.snapshot()->seen.probe.source));
    stage.click("probe.source/3");
    stage.frames(3);
    CHECK(std::holds_alternative<OwnPicture>(stage.snapshot()->seen.probe.source));
}

TEST_CASE("A file that is dropped on the window and is no picture is told, and nothing else happens") {
    const TempFolder folder;
    const std::filesystem::path file = folder.path() / "letter.png";
    const std::string text = "dear network";
    write_file(file, std::vector<std::uint8_t>(text.begin(), text.end()));
    PadStage stage;
    stage.take_notices();
    stage.send(ui::UseFiles{{file.string()}});  // what the window's callback sends
    stage.frames(3);
    const std::vector<event::Notice> notices = stage.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].text.find("letter.png") != std::string::npos);
    CHECK_FALSE(stage.probe());
}

TEST_CASE("Everything on the pad's panel is within it, narrow, low, and in twice the type") {
    for (const float scale : {1.0F, 2.0F})
        for (const auto& [width, height] : std::vector<std::pair<int, int>>{{300, 560}, {300, 330}, {560, 330}}) {
            INFO(width << " x " << height << " times " << scale);
            PadStage stage(static_cast<int>(static_cast<float>(width) * scale),
                           static_cast<int>(static_cast<float>(height) * scale));
            stage.film->spec.scale = scale;
            stage.frames(4);
            stage.draw({kLeft, kRight});
            for (const char* name : {"pad.tool/1", "pad.width", "pad.clear", "pad.paper", "pad.seen", "pad.classes",
                                     "pad.form/1", "pad.keep"}) {
                INFO(name);
                const AnchorRect rect = stage.anchor(name);
                CHECK(rect.left >= 0.0F);
                CHECK(rect.right <= static_cast<float>(width) * scale);
                CHECK(rect.right - rect.left >= 16.0F);
            }
            CHECK(stage.anchor("pad.paper").right - stage.anchor("pad.paper").left >= 96.0F * scale);
        }
}

TEST_CASE("A pad with a drawing and a full tray allocates nothing in a frame") {
    PadStage stage;
    stage.draw({kLeft, kTop, kRight});
    for (std::int64_t i = 0; i < 8; ++i) {
        stage.session.post(command::SetProbe{HeldPicture{Split::Test, i}});
        stage.frames(3);
        stage.send(ui::KeepProbe{});
    }
    stage.frames(20);
    CHECK(own(stage).kept().size() == 8);
    CHECK(stage.allocations() == 0);
}

TEST_CASE("With the pad open one draws on the picture's wall in the scene, and the camera stands still") {
    test::SceneStage stage;
    stage.select(kInputLayer);
    stage.focus();
    const CameraPose before = stage.goal();
    const auto drag = [&](SurfaceCell from, SurfaceCell to) {
        const Vec2 begin = stage.place_of(kInputLayer, from), end = stage.place_of(kInputLayer, to);
        stage.point(begin.x, begin.y);
        stage.press(true);
        stage.frame();
        stage.point(end.x, end.y);
        stage.press(false);
        stage.frames(4);
    };
    stage.send(ui::FloatPanel{"pad", true});
    stage.frame();
    drag({0, 5, 8}, {0, 22, 8});
    CHECK(test::same_pose(stage.goal(), before));
    REQUIRE(std::holds_alternative<OwnPicture>(stage.snapshot()->seen.probe.source));
    const auto& pixels = *std::get<OwnPicture>(stage.snapshot()->seen.probe.source).pixels;
    for (std::size_t row = 6; row < 22; ++row) CHECK(pixels[28 * row + 8] > 100);  // where it was drawn
    CHECK(pixels[28 * 14 + 20] == 0);
    CHECK(own(stage).as_drawn());

    stage.send(ui::FloatPanel{"pad", false});
    stage.frame();
    drag({0, 5, 20}, {0, 22, 20});
    CHECK_FALSE(test::same_pose(stage.goal(), before));
    CHECK((*std::get<OwnPicture>(stage.snapshot()->seen.probe.source).pixels)[28 * 14 + 20] == 0);
}
