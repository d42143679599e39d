// The whole window as a picture: top bar, every workspace, status line, help page.
#include "viz/app/shell.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/workspaces.h"
#include "viz/widgets/controls.h"

// A window's scrolling is not to be had from outside it.
#include <imgui_internal.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace convscope;
using test::Stage;

TEST_CASE("every workspace draws at 1280x800 and says what it watches") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(130);
    Shell shell;
    Notices notices;
    bool complete = false;
    stage.show([&](FrameContext& context) {
        shell.draw(context, {.notices = notices});
        complete = context.lane.complete();
    });
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        stage.settings.workspace = workspace;
        stage.frames(5);
        CHECK_FALSE(stage.session.watched().empty());
        CHECK(complete);
    }
}

TEST_CASE("a seventh workspace has a tab that opens it, with a key or without") {
    std::vector<Workspace> seven(workspaces().begin(), workspaces().end());
    seven.push_back(seven.front());
    seven.back().id = "mine";
    seven.back().title = "Mine";
    seven.back().key = "";
    Stage stage;
    stage.session.begin();
    Shell shell(seven);
    Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
    stage.frames(2);
    stage.click("top.workspace.training");
    CHECK(stage.settings.workspace == 2);
    CHECK(stage.shows("top.workspace.mine"));
    CHECK(stage.anchor("top.workspace.mine").left >= stage.anchor("top.workspace.scene").right);
}

TEST_CASE("where there is not room for all panels, titles bring those behind another to the front") {
    Stage stage(test::ScriptedOptions{}, 700, 480);
    stage.session.begin();
    Shell shell;
    const Notices notices;
    stage.show([&](FrameContext& context) {
        shell.draw(context, {.notices = notices, .shown_panels = stage.controller().shown_panels()});
    });
    stage.frames(4);
    CHECK(stage.shows("feature-maps"));
    CHECK_FALSE(stage.shows("confusion"));
    stage.click("feature-maps.tab/confusion");
    stage.frames(4);
    CHECK_FALSE(stage.shows("feature-maps"));
    CHECK(stage.shows("confusion"));

    // More titles than fit are a list.
    stage.settings.workspace = find_workspace("all").value();
    stage.frames(4);
    const std::string stack = "confusion";  // as it was asked for
    CHECK_FALSE(stage.shows("diagnosis"));
    stage.click(stack + ".stack");
    stage.frames(4);
    stage.click(stack + ".tab/diagnosis");
    stage.frames(4);
    CHECK(stage.shows("diagnosis"));

    // So does whoever wants one to be seen.
    stage.send(ui::ShowPanel{"curves"});
    stage.frames(4);
    CHECK(stage.shows("curves"));
    CHECK_FALSE(stage.shows("diagnosis"));
}

TEST_CASE("where tabs leave the run no room, one opens the list of workspaces") {
    Stage stage(test::ScriptedOptions{}, 700, 480);
    stage.session.begin();
    Shell shell;
    const Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
    stage.frames(4);
    CHECK_FALSE(stage.shows("top.workspace.training"));
    stage.click("top.workspaces");
    stage.frames(4);
    stage.click("top.workspace.training");
    CHECK(stage.settings.workspace == find_workspace("training").value());
    stage.frames(4);
    CHECK_FALSE(stage.shows("top.workspace.training"));
}

TEST_CASE("something that is pointed at is outlined, until something else is", "[pixels]") {
    Stage stage;
    stage.session.begin();
    Shell shell;
    Notices notices;
    stage.show([&](FrameContext& context) {
        shell.draw(context, {.notices = notices, .highlighted = stage.controller().highlighted()});
    });
    const auto plain = stage.frames(4);
    stage.send(ui::Highlight{"control.run"});
    const auto outlined = stage.frames(2);
    const AnchorRect run = stage.anchor("control.run");
    const auto differs = [&](float x, float y) {
        const auto* a = plain.at(static_cast<int>(x), static_cast<int>(y));
        const auto* b = outlined.at(static_cast<int>(x), static_cast<int>(y));
        return !std::equal(a, a + 3, b);
    };
    CHECK(differs(run.x(), run.top - 3.0F));
    CHECK(differs(run.x(), run.bottom + 3.0F));
    CHECK_FALSE(differs(run.x(), run.bottom + 12.0F));
    stage.send(ui::Highlight{});
    CHECK(stage.frames(2).pixels == plain.pixels);
}

TEST_CASE("the help page and a notice change the picture and nothing else") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(10);
    Shell shell;
    Notices none;
    Notices some;
    some.add({event::Notice::Severity::Error, "the disk is full"}, 0.5);
    auto picture = [&](const Notices& notices, bool help) {
        stage.show([&](FrameContext& context) {
            shell.draw(context, {.notices = notices, .page = help ? Page::Help : Page::None});
        });
        return stage.frames(3).pixels;
    };
    const auto plain = picture(none, false);
    CHECK(picture(some, false) != plain);
    CHECK(picture(none, true) != plain);
}

TEST_CASE("at 1280x800 all keys are on their page without scrolling") {
    Stage stage;
    stage.session.begin();
    Shell shell;
    const Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices, .page = Page::Help}); });
    stage.frames(4);
    int columns = 0;
    for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
        if (!window->WasActive || !std::string_view(window->Name).starts_with("##help page/")) continue;
        INFO(window->Name);
        CHECK(window->ScrollMax.y == 0.0F);
        ++columns;
    }
    CHECK(columns == 4);  // three, and the page
}

TEST_CASE("a text that is too long for its room ends in an ellipsis, between two characters") {
    Stage stage;
    stage.session.begin();
    stage.show([](FrameContext&) {
        const std::string text = "the loss is no number: \xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6\xC3\xBC";
        const float whole = ImGui::CalcTextSize(text.c_str()).x;
        CHECK(shortened(text, whole) == text);
        for (float width = 0.0F; width < whole; width += 1.0F) {
            const std::string cut = shortened(text, width);
            REQUIRE(cut.ends_with("..."));
            const std::string kept = cut.substr(0, cut.size() - 3);
            CHECK(text.starts_with(kept));
            CHECK((kept.size() == text.size() || (static_cast<unsigned char>(text[kept.size()]) & 0xC0U) != 0x80U));
            if (!kept.empty()) CHECK(ImGui::CalcTextSize(cut.c_str()).x <= width);
        }
    });
    stage.frames(1);
}

TEST_CASE("the recipe's page shows its sections, without a scrollbar at 1280x800, and says when there are none yet") {
    Stage stage;
    stage.session.begin();
    Shell shell;
    Notices notices;
    std::vector<RecipeSection> sections = recipe_sections("name = \"mine\"\n[[layer]]\nkind = \"conv2d\"");
    sections[0].rows.emplace_back("description", std::string(200, 'x') + " and more");
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices, .page = Page::Recipe}); });
    const auto empty = stage.frames(3).pixels;
    stage.show([&](FrameContext& context) {
        shell.draw(context, {.notices = notices, .page = Page::Recipe, .recipe = sections});
    });
    CHECK(stage.frames(3).pixels != empty);
    for (int i = 0; i < 12; ++i) sections.insert(sections.end(), {"layer", {{"a", "1"}, {"b", "2"}, {"c", "3"}}});
    stage.frames(3);
    for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows)
        if (window->WasActive && std::string_view(window->Name).starts_with("##recipe page/"))
            CHECK(window->ScrollMax.y == 0.0F);
}

namespace {

// The window with the editor open, on tools that refuse more than 99 channels and remember what was saved.
struct EditorDesk {
    EditorDesk() {
        tools.plan = [](const Recipe& recipe) -> Result<NetworkDescription> {
            if (recipe.layers[0].output_size > 99) return Error{ErrorCode::InvalidArgument, "too many channels"};
            return test::wide_cnn_description();
        };
        tools.save = [this](const Recipe& recipe, const std::filesystem::path& path) {
            saved = recipe;
            saved_to = path.string();
            return Result<void>();
        };
        stage.session.begin();
        stage.send(ui::TogglePage{Page::Editor});
        stage.show([this](FrameContext& context) {
            shell.draw(context, {.notices = notices, .page = stage.controller().page(), .recipe_tools = &tools});
        });
        stage.frames(3);
    }
    std::vector<command::Reset> resets() const {
        std::vector<command::Reset> found;
        for (const Command& command : stage.session.commands())
            if (const auto* reset = std::get_if<command::Reset>(&command)) found.push_back(*reset);
        return found;
    }

    Stage stage{test::ScriptedOptions{.seed = 5, .paused = true}};
    Shell shell;
    Notices notices;
    RecipeTools tools;
    Recipe saved;
    std::string saved_to;
};

}  // namespace

TEST_CASE("a network with a layer less is trained with the run's seed, and the page closes") {
    EditorDesk desk;
    desk.stage.click("editor.remove/1");
    CHECK(desk.resets().empty());
    desk.stage.click("editor.train");
    const auto resets = desk.resets();
    REQUIRE(resets.size() == 1);
    CHECK(resets[0].seed == 5);
    REQUIRE(resets[0].recipe);
    REQUIRE(resets[0].recipe->layers.size() == test::wide_cnn_recipe().layers.size() - 1);
    CHECK(resets[0].recipe->name == "wide-cnn-edited");
    CHECK(resets[0].recipe->layers[0].name == "conv1");
    CHECK(resets[0].recipe->layers[1].name == "pool1");
    CHECK(desk.stage.controller().page() == Page::None);
}

TEST_CASE("a size is checked as it is typed, and a network that cannot be built is not trained") {
    EditorDesk desk;
    desk.stage.click("editor.channels/0");
    desk.stage.type("777");
    desk.stage.frames(2);
    desk.stage.click("editor.train");
    CHECK(desk.resets().empty());
    desk.stage.click("editor.forget");  // as in the run
    desk.stage.click("editor.train");
    REQUIRE(desk.resets().size() == 1);
    CHECK(desk.resets()[0].recipe->layers == test::wide_cnn_recipe().layers);
}

TEST_CASE("an edited network is saved as a recipe that is called like its file") {
    EditorDesk desk;
    desk.stage.click("editor.add.conv2d");  // below the last layer
    desk.stage.click("editor.path");
    desk.stage.type("nets/mine.toml");
    desk.stage.click("editor.save");
    CHECK(desk.saved_to == "nets/mine.toml");
    CHECK(desk.saved.name == "mine");
    REQUIRE(desk.saved.layers.size() == test::wide_cnn_recipe().layers.size() + 1);
    CHECK(desk.saved.layers.back().kind == LayerKind::Conv2d);
    CHECK(desk.resets().empty());
}

TEST_CASE("a network's layers are renamed, wired and moved, and every edit is taken back") {
    EditorDesk desk;
    const std::vector<LayerSpec> layers = test::wide_cnn_recipe().layers;
    const auto draft = [&desk] {  // as it is saved
        desk.stage.click("editor.path");
        desk.stage.type("n.toml");
        desk.stage.click("editor.save");
        return desk.saved.layers;
    };
    desk.stage.click("editor.choose/0");
    desk.stage.click("editor.name/0");
    desk.stage.type("edges");
    CHECK(draft()[0].name == "edges");
    desk.stage.click("editor.choose/1");
    desk.stage.click("editor.input/1");
    desk.stage.type("edges");
    CHECK(draft()[1].inputs == std::vector<std::string>{"edges"});
    desk.stage.click("editor.down/1");
    CHECK(draft()[2].inputs == std::vector<std::string>{"edges"});
    desk.stage.click("editor.undo");
    CHECK(draft()[1].inputs == std::vector<std::string>{"edges"});
    desk.stage.click("editor.undo");  // all of what was typed in the field
    CHECK(draft()[1].inputs.empty());
    desk.stage.click("editor.undo");
    CHECK(draft() == layers);
}

TEST_CASE("a recipe is saved with the rate and the batch size that are in effect") {
    EditorDesk desk;
    desk.stage.session.post(command::SetLearningRate{0.0625});
    desk.stage.session.post(command::SetBatchSize{17});
    desk.stage.frames(2);
    desk.stage.click("editor.path");
    desk.stage.type("n.toml");
    desk.stage.click("editor.save");
    CHECK(desk.saved.optimizer.learning_rate == 0.0625);
    CHECK(desk.saved.batch_size == 17);
}

TEST_CASE("every page is closed by the button in its corner") {
    for (const auto& [page, name] :
         {std::pair{Page::Help, "help"}, std::pair{Page::Recipe, "recipe"}, std::pair{Page::Editor, "editor"},
          std::pair{Page::Breakpoints, "breakpoints"}, std::pair{Page::Places, "places"}}) {
        EditorDesk desk;
        CAPTURE(name);
        desk.stage.send(ui::ClosePage{});
        desk.stage.send(ui::TogglePage{page});
        desk.stage.frames(3);
        desk.stage.click(std::string(name) + ".close");
        CHECK(desk.stage.controller().page() == Page::None);
    }
}

TEST_CASE("a window far too small, or before the first snapshot, is drawn without harm") {
    Stage stage(test::ScriptedOptions{}, 320, 240);
    Shell shell;
    Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices, .page = Page::Help}); });
    stage.frames(2);
    stage.session.begin();
    stage.session.advance(3);
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
    stage.frames(3);
}

TEST_CASE("at 1280x800 the control, performance and probe panels need no scrolling where not every panel is shown") {
    const bool scheduled = GENERATE(false, true);  // with the row about the schedule, and without
    Stage stage({.validation = scheduled, .schedule = scheduled});
    stage.session.begin();
    stage.session.advance(130);
    Shell shell;
    Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
    const auto check_panels = [&] {
        int found = 0;
        for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
            const std::string_view name = window->Name;
            if (!window->WasActive || !name.starts_with("##panel-") || name.find("/content_") == name.npos ||
                std::count(name.begin(), name.end(), '/') > 1)
                continue;
            const bool one = name.find("control") != name.npos || name.find("performance") != name.npos ||
                             name.find("probe") != name.npos;
            if (!one || workspaces()[static_cast<std::size_t>(stage.settings.workspace)].id == "all") continue;
            INFO(workspaces()[static_cast<std::size_t>(stage.settings.workspace)].id << ": " << name);
            CHECK(window->ScrollMax.y == 0.0F);
            ++found;
        }
        return found;
    };
    int found = 0;
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        stage.settings.workspace = workspace;
        stage.frames(4);
        found += check_panels();
    }
    CHECK(found == 10);                     // control in two of them, the probe in seven, performance in one
    for (const int section : {0, 1, 2, 3})  // the buttons for what is shown below
    {
        stage.settings.workspace = 0;
        const auto before = stage.frames(4).pixels;
        stage.click("control.section/" + std::to_string(section));
        stage.frames(2);
        if (section > 0) CHECK(stage.frame().pixels != before);
        check_panels();
    }
    CHECK(stage.session.commands().empty());  // nothing else was hit
}
