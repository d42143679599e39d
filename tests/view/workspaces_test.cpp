#include "viz/app/workspaces.h"

#include "tests/support/catch.h"
#include "viz/panels/panel.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

using namespace convscope;

namespace {

struct Screen {
    float width;
    float height;
};

}  // namespace

TEST_CASE("a workspace covers its area, without overlap, in whole pixels") {
    const Screen screen = GENERATE(Screen{1280, 736}, Screen{3840, 2090}, Screen{1441, 833}, Screen{640, 336});
    const float gap = GENERATE(0.0F, 8.0F, 16.0F);
    for (const Workspace& workspace : workspaces()) {
        INFO(std::string(workspace.id));
        std::vector<PanelPlace> places;
        place_panels(workspace.layout, 8.0F, 48.0F, screen.width, screen.height, gap, {}, places);
        // Each place grown by half a gap on all sides tiles the area grown likewise: the areas add up, none overlap.
        double area = 0.0;
        for (const PanelPlace& a : places) {
            CHECK(a.width > 0.0F);
            CHECK(a.height > 0.0F);
            CHECK(a.x == std::round(a.x));
            CHECK(a.y == std::round(a.y));
            CHECK(a.x >= 8.0F);
            CHECK(a.y >= 48.0F);
            CHECK(a.x + a.width <= 8.0F + screen.width);
            CHECK(a.y + a.height <= 48.0F + screen.height);
            area += static_cast<double>(a.width + gap) * static_cast<double>(a.height + gap);
            for (const PanelPlace& b : places) {
                if (&a == &b) continue;
                const bool apart = a.x + a.width + gap <= b.x || b.x + b.width + gap <= a.x ||
                                   a.y + a.height + gap <= b.y || b.y + b.height + gap <= a.y;
                CHECK(apart);
            }
        }
        CHECK(area == Approx(static_cast<double>(screen.width + gap) * static_cast<double>(screen.height + gap)));
    }
}

TEST_CASE("at 1280x800 no panel is smaller than can be read") {
    for (const Workspace& workspace : workspaces()) {
        std::vector<PanelPlace> places;
        place_panels(workspace.layout, 8.0F, 48.0F, 1264.0F, 728.0F, 8.0F, kSmallestPanel, places);
        for (const PanelPlace& place : places) {
            INFO(std::string(workspace.id) << ": " << std::string(place.panel));
            CHECK(place.width >= 280.0F);
            CHECK(place.height >= (workspace.id == "all" ? 170.0F : 220.0F));  // where they scroll
            CHECK((place.stack == 0 || workspace.id == "all"));                // too many to be side by side
        }
    }
}

TEST_CASE("larger type or a smaller window shows fewer panels, none of them smaller than can be read, and loses none") {
    const Screen screen = GENERATE(Screen{1280, 800}, Screen{1920, 1080}, Screen{800, 600});
    const float scale = GENERATE(1.0F, 1.25F, 1.5F, 2.0F, 3.0F);
    CAPTURE(screen.width, scale);
    const float gap = 8.0F * scale;
    const float width = screen.width - 2.0F * gap;
    const float height = screen.height - 94.0F * scale - 2.0F * gap;
    const SmallestPlace smallest{kSmallestPanel.width * scale, kSmallestPanel.height * scale};
    for (const Workspace& workspace : workspaces()) {
        INFO(std::string(workspace.id));
        std::vector<PanelPlace> all;
        std::vector<PanelPlace> places;
        place_panels(workspace.layout, gap, gap, width, height, gap, {}, all);
        place_panels(workspace.layout, gap, gap, width, height, gap, smallest, places);
        REQUIRE(places.size() == all.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            const PanelPlace& place = places[i];
            CHECK(place.panel == all[i].panel);
            CHECK(place.width >= std::min(std::floor(smallest.width), width));
            CHECK(place.height >= std::min(std::floor(smallest.height), height));
            CHECK(place.x + place.width <= gap + width);
            CHECK(place.y + place.height <= gap + height);
            for (const PanelPlace& other : places) {
                const bool together = place.stack != 0 && place.stack == other.stack;
                const bool same = place.x == other.x && place.y == other.y && place.width == other.width &&
                                  place.height == other.height;
                const bool apart = place.x + place.width + gap <= other.x || other.x + other.width + gap <= place.x ||
                                   place.y + place.height + gap <= other.y || other.y + other.height + gap <= place.y;
                CHECK((&place == &other || together ? same : apart));
            }
        }
    }
}

TEST_CASE("those that have no place of their own stand behind each other, the last ones of the arrangement") {
    std::vector<PanelPlace> places;
    const Workspace& overview = workspaces()[0];
    place_panels(overview.layout, 0.0F, 0.0F, 1248.0F, 580.0F, 16.0F, {560.0F, 340.0F}, places);
    REQUIRE(places.size() == 6);
    CHECK(places[0].stack != 0);  // control, and the probe behind it
    CHECK(places[1].stack == places[0].stack);
    for (std::size_t i = 2; i < 6; ++i) CHECK(places[i].stack == places[2].stack);
    CHECK(places[2].stack != places[0].stack);
    CHECK(places[0].width == 560.0F);
    CHECK(places[2].x == 576.0F);
}

TEST_CASE("workspaces name panels that there are, and one shows every one that is no backdrop") {
    std::set<std::string_view> known;
    std::set<std::string_view> backdrops;
    for (const PanelKind& kind : panel_kinds()) {
        const std::unique_ptr<Panel> panel = kind.make();
        if (panel->is_backdrop()) backdrops.insert(panel->id());
        CHECK_FALSE(panel->title().empty());
        CHECK(panel->help().size() > 80);
        CHECK(known.insert(panel->id()).second);
    }
    CHECK(known.size() == 17);
    CHECK(backdrops.size() == 1);
    std::set<std::string_view> shown;
    bool all_shown = false;
    for (const Workspace& workspace : workspaces()) {
        std::vector<PanelPlace> places;
        place_panels(workspace.layout, 0.0F, 0.0F, 1000.0F, 1000.0F, 0.0F, {}, places);
        shown.clear();
        for (const PanelPlace& place : places) {
            INFO(std::string(workspace.id) << ": " << std::string(place.panel));
            CHECK(known.count(place.panel) == 1);
            CHECK(shown.insert(place.panel).second);
        }
        if (workspace.id == "all") all_shown = shown.size() + backdrops.size() == known.size();
    }
    CHECK(all_shown);
}

TEST_CASE("every panel but the scene can float over it") {
    for (const PanelKind& kind : panel_kinds()) CHECK((kind.floating.width > 0.0F) == !kind.make()->is_backdrop());
}

TEST_CASE("a workspace is found by its name, and a wrong name is answered with the right ones") {
    CHECK(find_workspace("overview").value() == 0);
    CHECK(find_workspace("all").value() == 3);
    CHECK(find_workspace("data").value() == 4);
    const auto wrong = find_workspace("Overviews");
    REQUIRE_FALSE(wrong);
    CHECK_THAT(wrong.error().message, contains_text("Overviews") && contains_text("features, training, all, data"));
}
