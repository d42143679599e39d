#include "viz/app/settings_file.h"

#include "tests/support/catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// A folder of this test's own, gone with it.
struct Folder {
    fs::path path = fs::temp_directory_path() / ("convscope-settings-" + std::to_string(::getpid()));
    Folder() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
};

std::string text_of(const fs::path& file) {
    std::ifstream stream(file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// Every member differs from its default.
Settings unusual() {
    Settings s;
    s.theme = ThemeKind::Light;
    s.font_scale = 1.375F;
    s.workspace = 2;
    s.window_width = 1911;
    s.window_height = 1033;
    s.activation_colormap = Colormap::Magma;
    s.weight_colormap = Colormap::Grey;
    s.activation_range = RangeMode::Fixed;
    s.weight_range = RangeMode::PerMap;
    s.fixed_minimum = -0.1F;
    s.fixed_maximum = 1e-3F;
    s.weight_limit = 0.25F;
    s.curve_smoothing = 0.93F;
    s.curve_log_scale = true;
    s.twin_view = TwinView::Difference;
    s.confusion_normalised = true;
    s.confusion_of_batches = true;
    s.breakpoints = {{.kind = BreakpointKind::UnitDies, .on = false},
                     {.kind = BreakpointKind::GradientNorm,
                      .crossing = Crossing::Outside,
                      .value = 0.1 + 0.2,
                      .upper = 1e30,
                      .of = "block1.conv2"},
                     {.kind = BreakpointKind::FirstPrediction, .of = "a \"top\" \\ shoe, ü"}};
    s.places = {{"curves", {0.25F, 0.0F, 0.5F, 0.375F}}, {"feature-maps", {0.0F, 0.125F, 1.0F, 0.5F}}};
    s.recent = {"/data/a \"7\".png", "/runs/größe/last.pt"};
    s.bookmarks[0] = CameraBookmark{};
    s.bookmarks[7] = {.x = -12.5F, .y = 0.1F, .z = 1e4F, .distance = 3e-3F, .yaw = -3.1F, .pitch = 0.7F};
    return s;
}

}  // namespace

TEST_CASE("breakpoints are kept as they are written, none of them too, and wrong ones are told and left") {
    const auto read = [](const char* line) { return parse_settings(line, "settings.toml").value(); };
    CHECK(print_settings(Settings{}).find("breakpoints = [\"loss is no number\"]\n") != std::string::npos);
    CHECK(read("breakpoints = []").settings.breakpoints.empty());
    CHECK(read("").settings.breakpoints == usual_breakpoints());
    for (const char* wrong : {"breakpoints = [\"loss = 1\"]", "breakpoints = \"unit dies\"", "breakpoints = [3]"}) {
        const LoadedSettings loaded = read(wrong);
        CHECK(loaded.settings.breakpoints == usual_breakpoints());
        REQUIRE(loaded.complaints.size() == 1);
        CHECK_THAT(loaded.complaints[0], contains_text("settings.toml: breakpoints must be a list"));
    }
}

TEST_CASE("a session begins with the breakpoints that are kept, and with the usual ones where none can be read") {
    const Folder folder;
    const fs::path file = folder.path / "settings.toml";
    CHECK(kept_breakpoints(file) == usual_breakpoints());
    Settings settings;
    settings.breakpoints = {{.kind = BreakpointKind::UnitDies}};
    REQUIRE(save_settings(settings, file).ok());
    CHECK(kept_breakpoints(file) == settings.breakpoints);
    std::ofstream(file) << "no = [toml";
    CHECK(kept_breakpoints(file) == usual_breakpoints());
    CHECK(fs::exists(file));  // it is load_settings() that sets it aside
}

TEST_CASE("settings come back as they were written") {
    const Settings settings = GENERATE(Settings{}, unusual());
    const LoadedSettings loaded = parse_settings(print_settings(settings), "settings.toml").value();
    CHECK(loaded.complaints.empty());
    CHECK(loaded.settings == settings);
    CHECK_THAT(print_settings(unusual()), contains_text("curve_smoothing = 0.93\n"));
}

TEST_CASE("settings survive the way through a file in a folder that is made for it") {
    const Folder folder;
    const fs::path file = folder.path / "new" / "convscope" / "settings.toml";
    REQUIRE(save_settings(unusual(), file));
    const LoadedSettings loaded = load_settings(file);
    CHECK(loaded.complaints.empty());
    CHECK(loaded.settings == unusual());
}

TEST_CASE("a missing file means the defaults, without a word") {
    const LoadedSettings loaded = load_settings("/nonexistent/convscope/settings.toml");
    CHECK(loaded.complaints.empty());
    CHECK(loaded.settings == Settings{});
}

TEST_CASE("a bad value falls back alone and is named") {
    const LoadedSettings loaded =
        parse_settings(
            "theme = 'purple'\nfont_scale = 99\nwindow_width = 'wide'\ncurve_log_scale = 1\nworkspace = 'attic'\n"
            "curve_smoothing = nan\nconfusion_normalised = true\nunknown_key = 3\n",
            "s.toml")
            .value();
    Settings wanted;
    wanted.confusion_normalised = true;
    CHECK(loaded.settings == wanted);
    REQUIRE(loaded.complaints.size() == 6);
    CHECK_THAT(loaded.complaints[0], contains_text("s.toml: theme must be one of dark, light"));
    CHECK_THAT(loaded.complaints[1], contains_text("font_scale must be a number from 0.75 to 3"));
}

TEST_CASE(
    "a file full of what is not understood is complained of in a few sentences, and of panels only some are kept") {
    std::string wrong, many;
    for (int i = 0; i < 3000; ++i) {
        wrong += "scene_" + std::to_string(i) + " = 1\n";
        many += "scene_" + std::to_string(i) + " = true\n";
    }
    const LoadedSettings loaded = parse_settings(wrong, "s.toml").value();
    REQUIRE(loaded.complaints.size() == 9);
    CHECK(loaded.complaints.back() == "s.toml: 2992 more values are not understood; their defaults are used");
    CHECK(parse_settings(many, "s.toml").value().settings.floating.size() == 64);
}

TEST_CASE("what is no file is set aside as one is, and a pipe is waited for by nobody") {
    const Folder folder;
    const fs::path file = folder.path / "settings.toml";
    fs::create_directory(file);
    CHECK_THAT(load_settings(file).complaints.at(0), contains_text("is no plain file but a folder"));
    CHECK(fs::is_directory(file.string() + ".broken"));
    REQUIRE(mkfifo(file.c_str(), 0600) == 0);
    CHECK_THAT(load_settings(file).complaints.at(0), contains_text("is no plain file but a pipe"));
    REQUIRE(save_settings(unusual(), file));
    CHECK(load_settings(file).settings == unusual());
}

TEST_CASE("a window larger than any screen is not remembered") {
    const LoadedSettings loaded = parse_settings("window_width = 16384\nwindow_height = 4320\n", "s.toml").value();
    CHECK(loaded.settings.window_width == Settings{}.window_width);
    CHECK(loaded.settings.window_height == 4320);
    REQUIRE(loaded.complaints.size() == 1);
    CHECK_THAT(loaded.complaints[0], contains_text("window_width must be a number from 320 to 7680"));
}

TEST_CASE("a bookmark that is no place falls back to none, alone, and is named") {
    const char* wrong = GENERATE("3", "'here'", "[]", "[1, 2, 3, 4, 5]", "[1, 2, 3, 4, 5, 6, 7]", "[1, 2, 3, 0, 5, 6]",
                                 "[1, 2, 3, -1.0, 5, 6]", "[nan, 2, 3, 4, 5, 6]", "[1, inf, 3, 4, 5, 6]",
                                 "[1, 2, 3, 4, 5, 'six']", "[1, 2, 3, 1e300, 5, 6]", "[[1], 2, 3, 4, 5, 6]");
    const LoadedSettings loaded =
        parse_settings("bookmark_3 = " + std::string(wrong) + "\nbookmark_4 = [1, 2.5, 3, 4, 5, 6]\n", "s.toml")
            .value();
    Settings wanted;
    wanted.bookmarks[4] = {.x = 1.0F, .y = 2.5F, .z = 3.0F, .distance = 4.0F, .yaw = 5.0F, .pitch = 6.0F};
    CHECK(loaded.settings == wanted);
    REQUIRE(loaded.complaints.size() == 1);
    CHECK_THAT(loaded.complaints[0], contains_text("s.toml: bookmark_3 must be six numbers"));
}

TEST_CASE("a fixed range that is upside down is not taken") {
    const LoadedSettings loaded = parse_settings("fixed_minimum = 2.0\nfixed_maximum = 1.0\n", "s.toml").value();
    CHECK(loaded.settings == Settings{});
    CHECK(loaded.complaints.size() == 1);
}

TEST_CASE("a settings file that cannot be read is set aside with a word, and nothing of it is lost") {
    const Folder folder;
    const fs::path file = folder.path / "settings.toml";
    std::string nested = "a";
    while (nested.size() < 64'000) nested += ".a";
    const std::string broken =
        GENERATE_REF(as<std::string>(), "theme = 'light'\n= = =\n", "theme = '\xFF'\n", std::string(100'000, '#'),
                     nested + " = 1\n", "a = " + std::string(30'000, '[') + std::string(30'000, ']') + "\n");
    std::ofstream(file) << broken;
    const LoadedSettings loaded = load_settings(file);
    CHECK(loaded.settings == Settings{});
    REQUIRE(loaded.complaints.size() == 1);
    CHECK_THAT(loaded.complaints[0], contains_text(file.string() + ":") &&
                                         contains_text("All settings are at their defaults, and their file is " +
                                                       file.string() + ".broken now: "));
    CHECK_FALSE(fs::exists(file));
    CHECK(text_of(file.string() + ".broken") == broken);

    std::ofstream(file) << "= = =\n";
    CHECK_THAT(load_settings(file).complaints.at(0),
               contains_text(file.string() + ":1:") && contains_text(".broken-2"));
    CHECK(text_of(file.string() + ".broken") == broken);
    CHECK(load_settings(file).complaints.empty());
}

TEST_CASE("a file that cannot be written is reported, and the old one is untouched") {
    const Folder folder;
    const fs::path file = folder.path / "settings.toml";
    REQUIRE(save_settings(unusual(), file));
    const std::string before = text_of(file);
    const fs::path below_a_file = file / "deeper" / "settings.toml";
    const auto refused = save_settings(Settings{}, below_a_file);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, contains_text(below_a_file.string()) && contains_text("settings are not kept"));
    CHECK(text_of(file) == before);
    const auto full = save_settings(Settings{}, "/dev/full/settings.toml");
    CHECK_FALSE(full);
}

TEST_CASE("a place over the scene that is none is told and left, others are kept") {
    for (const char* wrong :
         {"[0.1, 0.2, 0.3]", "[0.1, 0.2, 0.3, 4]", "[0.1, 0.2, 0, 0.4]", "true", "[-0.1, 0, 1, 1]"}) {
        const LoadedSettings loaded =
            parse_settings("place_curves = " + std::string(wrong) + "\nplace_probe = [0, 0.5, 0.25, 0.5]\n", "s.toml")
                .value();
        CAPTURE(wrong);
        REQUIRE(loaded.complaints.size() == 1);
        CHECK_THAT(loaded.complaints[0], contains_text("place_curves"));
        CHECK(loaded.settings.places == std::vector<KeptPlace>{{"probe", {0.0F, 0.5F, 0.25F, 0.5F}}});
    }
}
