// Every panel in every state that a session can be in: it draws something, nothing throws, OpenGL has no complaint.
#include "tests/panels/stage.h"

#include "tests/support/catch.h"
#include "viz/app/panel_host.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace convscope;
using test::ScriptedOptions;
using test::Stage;

namespace {

struct State {
    const char* name;
    ScriptedOptions options;
    void (*prepare)(test::ScriptedSession&);
};

const State kStates[] = {
    {"no snapshot yet", {}, [](test::ScriptedSession&) {}},
    {"starting", {}, [](test::ScriptedSession& s) { s.publish_starting(); }},
    {"paused at fresh weights", {.paused = true}, [](test::ScriptedSession& s) { s.begin(); }},
    {"running",
     {},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(130);
     }},
    {"paused",
     {},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(40);
         s.post(command::Pause{});
     }},
    {"finished",
     {.epochs = 2, .iterations_per_epoch = 15},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(30);
     }},
    {"failed",
     {},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(12);
         s.fail("the loss is not a number since iteration 12");
     }},
    {"nothing captured",
     {.capture = false},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(5);
     }},
    {"measured on a validation set, under a schedule, pictures augmented",
     {.augment = true, .validation = true, .schedule = true},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(130);
     }},
    {"pictures in colour",
     {.channels = 3},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(5);
     }},
    {"a run that does not say where its pictures are",
     {.dataset = false},
     [](test::ScriptedSession& s) {
         s.begin();
         s.advance(5);
     }},
    {"captures full of NaN",
     {},
     [](test::ScriptedSession& s) {
         s.poison(true);
         s.begin();
         s.advance(20);
     }},
};

std::vector<PanelHost> make_hosts() {
    std::vector<PanelHost> hosts;
    for (const PanelKind& kind : panel_kinds()) hosts.emplace_back(kind);
    return hosts;
}

bool has_ink(const gfx::Image& image) {
    return std::any_of(image.pixels.begin(), image.pixels.end(),
                       [](std::uint8_t byte) { return byte > 140 && byte < 255; });
}

// Draws every panel by itself for a few frames.
void check_all_panels(Stage& stage, const PanelPlace& place) {
    for (PanelHost& host : make_hosts()) {
        INFO("panel " << std::string(host.id()));
        stage.show([&](FrameContext& context) { host.draw(context, place); });
        const gfx::Image image = stage.frames(4);
        CHECK_FALSE(host.failed());
        CHECK(has_ink(image));
    }
}

}  // namespace

TEST_CASE("every panel draws every state of a session") {
    for (const State& state : kStates) {
        DYNAMIC_SECTION(state.name) {
            Stage stage(state.options, 520, 420);
            state.prepare(stage.session);
            check_all_panels(stage, {"", 0.0F, 0.0F, 520.0F, 420.0F});
        }
    }
}

TEST_CASE("every panel draws in the light theme, with every way of colouring") {
    Stage stage(test::ScriptedOptions{}, 520, 420);
    stage.session.begin();
    stage.session.advance(60);
    stage.settings.theme = ThemeKind::Light;
    for (RangeMode mode : {RangeMode::PerMap, RangeMode::PerLayer, RangeMode::Fixed}) {
        stage.settings.activation_range = stage.settings.weight_range = mode;
        stage.settings.curve_log_scale = stage.settings.confusion_normalised = stage.settings.confusion_of_batches =
            mode == RangeMode::Fixed;
        check_all_panels(stage, {"", 0.0F, 0.0F, 520.0F, 420.0F});
    }
}

TEST_CASE("every panel draws in a corner too small for it") {
    Stage stage(test::ScriptedOptions{}, 200, 120);
    stage.session.begin();
    stage.session.advance(60);
    for (PanelHost& host : make_hosts()) {
        INFO("panel " << std::string(host.id()));
        stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 120.0F, 60.0F}); });
        stage.frames(3);
        CHECK_FALSE(host.failed());
    }
}

TEST_CASE("every panel follows the selection through all layers") {
    Stage stage(test::ScriptedOptions{}, 520, 420);
    stage.session.begin();
    stage.session.advance(10);
    auto hosts = make_hosts();
    for (std::int32_t layer = kInputLayer.index; layer < 9; ++layer) {
        stage.selection.select_layer(LayerId{layer});
        stage.selection.channel = layer % 3 - 1;
        for (PanelHost& host : hosts) {
            INFO("panel " << std::string(host.id()) << ", layer " << layer);
            stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 520.0F, 420.0F}); });
            stage.frames(2);
            CHECK_FALSE(host.failed());
        }
    }
}

TEST_CASE("panels ask only for tensors that the network has") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(3);
    auto hosts = make_hosts();
    const NetworkDescription network = test::wide_cnn_description();
    for (std::int32_t layer = 0; layer < 9; ++layer) {
        stage.selection.select_layer(LayerId{layer});
        stage.show([&](FrameContext& context) {
            for (PanelHost& host : hosts) host.draw(context, {"", 0.0F, 0.0F, 520.0F, 420.0F});
        });
        stage.frames(2);
        for (TensorKey key : stage.session.watched().tensors) {
            if (key.kind == TensorKind::Input) continue;
            REQUIRE(key.layer.index >= 0);
            REQUIRE(key.layer.index < 9);
            const LayerDescription& l = network.layers[static_cast<std::size_t>(key.layer.index)];
            if (key.kind != TensorKind::Activation) CHECK(l.has_weight());
        }
    }
}

TEST_CASE("in steady state no panel allocates in a frame") {
    for (const PanelKind& kind : panel_kinds()) {
        const std::unique_ptr<Panel> panel = kind.make();
        INFO(panel->id());
        Stage stage(panel->id(), 520, 420);
        stage.session.begin();
        stage.session.advance(30);
        stage.frames(20);
        CHECK(stage.allocations() == 0);
    }
}
