#include "viz/app/file_dialog.h"

#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>
#include <semaphore>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using What = ui::ChooseFile::What;

namespace {

// A program of that name in the folder, which runs these lines of the shell.
void install(const std::filesystem::path& folder, const char* name, const std::string& lines) {
    const std::filesystem::path file = folder / name;
    std::ofstream(file) << "#!/bin/sh\n" << lines << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
}

}  // namespace

TEST_CASE("What is chosen in the system's dialog is used: a picture as the probe, a saved run is resumed") {
    const TempFolder folder;
    install(folder.path(), "zenity", "echo /data/seven.png");
    FileDialog dialog(folder.path().string(), Errands::Where::AtOnce, {});
    REQUIRE(dialog.ask(What::Picture).ok());
    const auto picture = dialog.take();
    REQUIRE(picture);
    CHECK(std::get<ui::UseFiles>(*picture).files == std::vector<std::string>{"/data/seven.png"});
    CHECK_FALSE(dialog.take());

    install(folder.path(), "zenity", "echo \"/runs/it's one/last.pt\"");
    REQUIRE(dialog.ask(What::SavedRun).ok());
    const auto run = dialog.take();
    REQUIRE(run);
    const auto* post = std::get_if<ui::Post>(&*run);
    REQUIRE(post);
    CHECK(std::get<command::Resume>(post->command).path == "/runs/it's one/last.pt");
}

TEST_CASE("A dialog that is cancelled uses nothing, and may be asked for again") {
    const TempFolder folder;
    install(folder.path(), "kdialog", "exit 1");
    FileDialog dialog(folder.path().string(), Errands::Where::AtOnce, {});
    for (int i = 0; i < 2; ++i) {
        REQUIRE(dialog.ask(What::Picture).ok());
        CHECK_FALSE(dialog.take());
    }
}

TEST_CASE("Without such a program the sentence says what to do instead") {
    const TempFolder folder;
    FileDialog dialog(folder.path().string(), Errands::Where::AtOnce, {});
    const Result<void> asked = dialog.ask(What::SavedRun);
    REQUIRE_FALSE(asked.ok());
    CHECK(asked.error().code == ErrorCode::NotFound);
    CHECK_THAT(asked.error().message, contains_text("drop it on the window"));
}

TEST_CASE("A dialog that is open does not keep the program from ending") {
    const TempFolder folder;
    const std::string mark = (folder.path() / "open").string();
    install(folder.path(), "zenity", "mkfifo " + mark + " && exec cat " + mark);  // nobody ever writes there
    {
        FileDialog dialog(folder.path().string(), Errands::Where::Thread, {});
        REQUIRE(dialog.ask(What::Picture).ok());
        while (!std::filesystem::exists(mark)) {
        }
        CHECK_FALSE(dialog.take());
    }
    CHECK(std::filesystem::exists(mark));
}
