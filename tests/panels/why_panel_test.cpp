// Why this answer: what is asked, what is shown of it, and what a click does.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shortcuts.h"
#include "viz/app/workspaces.h"

#include <string>

using namespace convscope;
using convscope::test::Stage;
using enum ExplanationMethod;

namespace {

bool says(Stage& stage, const std::string& words) { return stage.written().find(words) != std::string::npos; }

// Likewise, which class, layer and patch are asked about.
ExplanationQuestion asked(const Stage& stage, ExplanationMethod method) {
    for (const ExplanationQuestion& question : stage.watched().explanations)
        if (question.method == method) return question;
    FAIL("nobody asks by " << row_of(method).name);
    return {};
}

void away(Stage& stage) {
    stage.point(1.0F, 1.0F);
    stage.frames(3);
}

}  // namespace

TEST_CASE("all methods are asked while the panel is open, and each map names its iteration and class") {
    Stage stage("why", 560, 520, {.paused = true});
    CHECK(says(stage, "The session is starting"));
    stage.session.begin();
    stage.frames(3);
    CHECK(stage.watched().explanations.size() == explanation_methods().size());
    CHECK(asked(stage, Saliency).class_index == ExplanationQuestion::kAnswer);
    const std::string written = stage.written();
    for (const ExplanationMethodRow& row : explanation_methods()) {
        INFO(row.title);
        CHECK(written.find(row.title) != std::string::npos);
        CHECK(stage.shows("why.map/" + std::to_string(static_cast<int>(row.method))));
    }
    CHECK(written.find(std::to_string(stage.snapshot()->seen.probe.predicted()) + " at 0") != std::string::npos);
    CHECK(written.find("Being worked out") == std::string::npos);
    stage.session.advance(1);
    stage.frames(3);
    CHECK(stage.lane.complete());
}

TEST_CASE("another class, layer or patch is another question") {
    Stage stage("why", 560, 520, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    stage.click("why.class");
    stage.frames(2);
    stage.click("why.class is/4");
    stage.frames(3);
    CHECK(asked(stage, Occlusion).class_index == 3);
    CHECK(asked(stage, GradCam).class_index == 3);
    away(stage);
    CHECK(says(stage, "3 at 0"));
    stage.click("why.layer");
    stage.frames(2);
    stage.click("why.layer is/0");
    stage.frames(3);
    CHECK(asked(stage, GradCam).layer == LayerId{0});
    CHECK(asked(stage, Saliency).layer == kInputLayer);
    const int patch = asked(stage, Occlusion).patch;
    stage.click("why.patch", 0.95F);
    stage.frames(3);
    CHECK(asked(stage, Occlusion).patch > patch);
    CHECK(asked(stage, Saliency).patch == ExplanationQuestion{}.patch);
}

TEST_CASE("a click shows one method alone, with what it shows and where it misleads, and asks for no other") {
    Stage stage("why", 420, 520, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    stage.click("why.map/2");
    away(stage);
    REQUIRE(stage.watched().explanations.size() == 1);
    CHECK(asked(stage, IntegratedGradients).class_index == ExplanationQuestion::kAnswer);
    const std::string written = stage.written();
    CHECK(written.find("on the way from a black picture") != std::string::npos);
    CHECK(written.find("Everything is against black") != std::string::npos);
    stage.click("why.map/2");
    away(stage);
    CHECK(stage.watched().explanations.size() == explanation_methods().size());
}

TEST_CASE("what a method shows is said under the mouse, and so are the value and the score") {
    Stage stage("why", 560, 520, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    stage.point("why.map/0");
    stage.frames(2);
    CHECK(says(stage, "row 1"));
    stage.point("why.title/4");
    stage.frames(2);
    CHECK(says(stage, "as coarse as the layer's maps"));
    stage.point("why.foot/2");
    stage.frames(2);
    CHECK(says(stage, "above that of a black picture"));
}

TEST_CASE("plain maps are other pictures than maps over the picture, and opacity counts over it alone", "[pixels]") {
    Stage stage("why", 560, 520, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    const auto over = stage.settle().pixels;
    stage.click("why.opacity", 0.95F);
    away(stage);
    const auto covered = stage.settle().pixels;
    CHECK(over != covered);
    stage.click("why.view/1");
    away(stage);
    const auto plain = stage.settle().pixels;
    CHECK(plain != covered);
    CHECK(plain != over);
}

TEST_CASE("nothing of the panel is cut off where it is narrow, at any size of type") {
    for (const float scale : {1.0F, 2.0F}) {
        const auto width = static_cast<int>(300.0F * scale);
        Stage stage("why", width, static_cast<int>(420.0F * scale), {.paused = true});
        stage.settings.font_scale = scale;
        stage.session.begin();
        stage.frames(4);
        for (const char* name : {"why.class", "why.view/0", "why.view/1", "why.layer", "why.patch", "why.opacity"}) {
            INFO(name << " at " << scale);
            REQUIRE(stage.shows(name));
            CHECK(stage.anchor(name).right <= static_cast<float>(width) + 1.0F);
        }
    }
}

TEST_CASE("Z opens the panel: over the scene, or in the workspace that has it") {
    Stage stage("why", 420, 420, {.paused = true});
    stage.session.begin();
    stage.frames(2);
    stage.send(ui::ShowPanel{"why"});
    CHECK(workspaces()[static_cast<std::size_t>(stage.settings.workspace)].id == "draw");
    stage.settings.workspace = find_workspace("scene").value();
    stage.send(ui::ShowPanel{"why"});
    CHECK(stage.settings.floating == std::vector<std::string>{"why"});
}

TEST_CASE("in steady state the panel allocates nothing") {
    Stage stage("why", 560, 520, {.paused = true});
    stage.session.begin();
    stage.frames(8);
    for (int i = 0; i < 10; ++i) {
        stage.frame();
        CHECK(stage.allocations() == 0);
    }
}
