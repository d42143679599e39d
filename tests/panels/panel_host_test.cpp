// A panel that throws harms nobody but itself.
#include "viz/app/panel_host.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"

#include "engine/core/log.h"

#include <imgui.h>

#include <stdexcept>

using namespace convscope;
using test::Stage;

namespace {

// Leaves everything open that ImGui knows how to open, and throws.
class Thrower final : public Panel {
public:
    explicit Thrower(int& draws) : draws_(draws) {}
    std::string_view id() const override { return "thrower"; }
    std::string_view title() const override { return "Thrower"; }
    std::string_view help() const override { return "Throws."; }
    void draw(FrameContext& context) override {
        ++draws_;
        ImGui::PushFont(context.fonts.small);
        ImGui::PushID("outer");
        ImGui::PushStyleColor(ImGuiCol_Text, 0xFFFFFFFFU);
        ImGui::PushStyleVar(ImGuiStyleVar_Alpha, 0.5F);
        ImGui::BeginGroup();
        ImGui::BeginDisabled();
        ImGui::BeginChild("child", {100.0F, 100.0F}, true);
        ImGui::PushFont(context.fonts.title);
        ImGui::PushID(7);
        if (ImGui::BeginTable("table", 2)) {
            ImGui::TableNextColumn();
            ImGui::TextUnformatted("cell");
        }
        ImGui::PushStyleColor(ImGuiCol_Button, 0xFF00FF00U);
        ImGui::BeginTooltip();
        ImGui::TextUnformatted("tooltip");
        throw std::runtime_error("no such layer");
    }

private:
    int& draws_;
};

class Quiet final : public Panel {
public:
    explicit Quiet(int& draws) : draws_(draws) {}
    std::string_view id() const override { return "quiet"; }
    std::string_view title() const override { return "Quiet"; }
    std::string_view help() const override { return "Draws a word."; }
    void draw(FrameContext& context) override {
        ++draws_;
        font = ImGui::GetFont();
        alpha = ImGui::GetStyle().Alpha;
        body = context.fonts.body;
        ImGui::TextUnformatted("well");
    }
    ImFont* font = nullptr;
    ImFont* body = nullptr;
    float alpha = 0.0F;

private:
    int& draws_;
};

}  // namespace

TEST_CASE("a panel that throws shows why, is not drawn again, and leaves ImGui as it was") {
    log::set_minimum_level(log::Level::Error);
    static std::string logged;
    log::set_sink([](log::Level, std::string_view text) { logged = text; });
    Stage stage;
    stage.session.begin();
    int thrown = 0;
    int drawn = 0;
    auto quiet_panel = std::make_unique<Quiet>(drawn);
    Quiet& quiet = *quiet_panel;
    PanelHost first(std::make_unique<Thrower>(thrown));
    PanelHost second(std::move(quiet_panel));
    stage.show([&](FrameContext& context) {
        first.draw(context, {"thrower", 0.0F, 0.0F, 400.0F, 300.0F});
        second.draw(context, {"quiet", 400.0F, 0.0F, 400.0F, 300.0F});
    });
    for (int i = 0; i < 5; ++i) {
        stage.frame();
        CHECK(quiet.font == quiet.body);
        CHECK(quiet.alpha == 1.0F);
    }
    CHECK(first.failed());
    CHECK(thrown == 1);
    CHECK_FALSE(second.failed());
    CHECK(drawn == 5);
    CHECK(logged == "panel thrower: no such layer");
    log::set_sink(nullptr);
    log::set_minimum_level(log::Level::Warning);
}
