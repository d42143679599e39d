#include "viz/view/anchors.h"

#include "tests/support/catch.h"

using namespace convscope;

TEST_CASE("an anchor is found by its scopes, its name and its index, in the frame that it was noted in") {
    Anchors anchors;
    anchors.note("top", {1.0F, 2.0F, 3.0F, 4.0F});
    {
        const Anchors::Scope editor(anchors, "editor");
        anchors.note("", {0.0F, 0.0F, 9.0F, 9.0F});
        anchors.note("train", {5.0F, 5.0F, 7.0F, 9.0F});
        for (int row = 0; row < 3; ++row) {
            const Anchors::Scope scope(anchors, row);
            anchors.note("remove", {0.0F, static_cast<float>(row), 2.0F, static_cast<float>(row) + 1.0F});
        }
        anchors.note("kind", {0.0F, 0.0F, 1.0F, 1.0F}, 12);
    }
    anchors.note("after", {});
    CHECK(anchors.find("top") == AnchorRect{1.0F, 2.0F, 3.0F, 4.0F});
    CHECK(anchors.find("editor")->x() == 4.5F);
    CHECK(anchors.find("editor.train")->x() == 6.0F);
    CHECK(anchors.find("editor.train")->y() == 7.0F);
    CHECK(anchors.find("editor.remove/2")->top == 2.0F);
    CHECK(anchors.find("editor.kind/12"));
    CHECK(anchors.find("after"));
    CHECK_FALSE(anchors.find("train"));
    CHECK_FALSE(anchors.find("editor.remove/3"));
    CHECK(anchors.size() == 8);
    CHECK(anchors.name(2) == "editor.train");
    anchors.begin_frame();
    CHECK(anchors.size() == 0);
    CHECK_FALSE(anchors.find("top"));
}

TEST_CASE("of two anchors of one name the one that was drawn last is found") {
    Anchors anchors;
    anchors.note("a", {0.0F, 0.0F, 1.0F, 1.0F});
    anchors.note("a", {2.0F, 2.0F, 3.0F, 3.0F});
    CHECK(anchors.find("a")->left == 2.0F);
}
