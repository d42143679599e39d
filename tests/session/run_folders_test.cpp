// Which folders runs are given, and that no run is given another one's.
#include "engine/host/run_folders.h"

#include "engine/core/whole_file.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/plain_trainer.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace convscope {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    REQUIRE(write_whole_file(file, text).ok());
}

std::string content(const fs::path& file) { return read_whole_file(file, 1000).value(); }

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        names.push_back(fs::relative(entry.path(), folder).string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string folders_refusal(const RunFolderOptions& options) {
    const Result<RunFolders> folders = open_run_folders(options);
    return folders ? "" : folders.error().message;
}

// Another process that has claimed a folder until this ends.
class OtherProcess {
public:
    explicit OtherProcess(const fs::path& folder) {
        int ready[2];
        REQUIRE(pipe(ready) == 0);
        REQUIRE(pipe(end_) == 0);
        process_ = fork();
        if (process_ == 0) {
            close(end_[1]);
            const auto claimed = ClaimedFolder::claim(folder, ClaimedFolder::Existing::Take);
            char byte = claimed ? 'y' : 'n';
            if (write(ready[1], &byte, 1) == 1) static_cast<void>(read(end_[0], &byte, 1));  // until it is closed
            _exit(0);
        }
        char byte = 'n';
        CHECK(read(ready[0], &byte, 1) == 1);
        CHECK(byte == 'y');
        close(end_[0]);
        close(ready[0]);
        close(ready[1]);
    }
    ~OtherProcess() {
        close(end_[1]);
        waitpid(process_, nullptr, 0);
    }
    pid_t id() const { return process_; }

private:
    int end_[2] = {-1, -1};
    pid_t process_ = -1;
};

}  // namespace

TEST_CASE("A folder that holds a run is refused to another one, naming how to go on and a folder that is free") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    put(out / "last.pt", "the run");
    put(out / "recipe.toml", "its recipe");
    fs::create_directories(home.path() / "a-2");
    const auto before = names_in(home.path());
    for (const fs::path& given : {out, out / ""}) {
        const std::string said = folders_refusal({.out = given});
        CHECK_THAT(said, contains_text("--resume " + (out / "last.pt").string()));
        CHECK_THAT(said, contains_text("--out " + (home.path() / "a-3").string() + " "));
        CHECK_THAT(said, contains_text("--overwrite"));
    }
    CHECK_FALSE(folders_refusal({.out = out, .resume = home.path() / "elsewhere" / "last.pt"}).empty());
    CHECK(names_in(home.path()) == before);
    CHECK(content(out / "last.pt") == "the run");
}

TEST_CASE("Any file of a run is a run, and what is none is no hindrance") {
    const TempFolder home;
    for (const char* name :
         {"last.pt", "metrics.csv", "metrics.jsonl", "journal.jsonl", "recipe.toml", "epoch-0003.pt"}) {
        put(home.path() / name, "x");
        CHECK_THAT(folders_refusal({.out = home.path()}), contains_text(name));
        fs::remove(home.path() / name);
    }
    put(home.path() / "notes.txt", "mine");
    CHECK(folders_refusal({.out = home.path()}).empty());
}

TEST_CASE("A run goes on in its own folder from its last checkpoint, whatever the folder is called by") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    put(out / "last.pt", "the run");
    put(out / "epoch-0001.pt", "earlier");
    fs::create_directory_symlink(out, home.path() / "link");
    CHECK(folders_refusal({.out = out, .resume = out / "last.pt"}).empty());
    CHECK(folders_refusal({.out = home.path() / "link", .resume = out / "last.pt"}).empty());
    // From an earlier one the later would be lost.
    CHECK_THAT(folders_refusal({.out = out, .resume = out / "epoch-0001.pt"}), contains_text("last.pt"));
    fs::remove(out / "last.pt");
    CHECK(folders_refusal({.out = out, .resume = out / "epoch-0001.pt"}).empty());
}

TEST_CASE("A run that is to be overwritten is moved aside, and all of it is there") {
    const TempFolder home;
    put(home.path() / "last.pt", "first");
    put(home.path() / "epoch-0001.pt", "epoch");
    put(home.path() / "tensorboard" / "events", "events");
    put(home.path() / "notes.txt", "mine");
    {
        const auto folders = open_run_folders({.out = home.path(), .overwrite = true});
        REQUIRE(folders.ok());
        CHECK_THAT(folders.value().notice, contains_text((home.path() / "old-1").string()));
        CHECK(folders.value().checkpoint(plain_recipe()) == home.path() / "last.pt");
    }
    CHECK(names_in(home.path()) == std::vector<std::string>{"notes.txt", "old-1", "old-1/epoch-0001.pt",
                                                            "old-1/last.pt", "old-1/tensorboard",
                                                            "old-1/tensorboard/events"});
    put(home.path() / "last.pt", "second");
    put(home.path() / "epoch-0002.pt", "epoch");
    const auto folders =
        open_run_folders({.out = home.path(), .resume = home.path() / "epoch-0002.pt", .overwrite = true});
    REQUIRE(folders.ok());
    CHECK(folders.value().resume == home.path() / "old-2" / "epoch-0002.pt");
    CHECK(content(home.path() / "old-1" / "last.pt") == "first");
    CHECK(content(home.path() / "old-2" / "last.pt") == "second");
}

TEST_CASE("A second process in a folder is told which one writes to it, until that is gone") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    {
        const OtherProcess other(out);
        CHECK_THAT(folders_refusal({.out = out}),
                   contains_text("process " + std::to_string(other.id()) + " writes to it"));
        CHECK_THAT(folders_refusal({.out = out, .overwrite = true}), contains_text("writes to it"));
    }
    CHECK(folders_refusal({.out = out}).empty());
}

TEST_CASE("A folder that nothing can be written to is refused before anything is trained") {
    CHECK_THAT(folders_refusal({.out = "/proc/self/task"}), contains_text("/proc/self/task/last.pt: cannot write"));
    const TempFolder home;
    fs::create_directory(home.path() / "last.pt");
    CHECK_THAT(folders_refusal({.out = home.path()}), contains_text("last.pt: is no plain file but a folder"));
    CHECK(names_in(home.path()) == std::vector<std::string>{"last.pt"});
}

TEST_CASE("A folder that was made for a run and stayed empty is gone with it, and nothing that was there before") {
    const TempFolder home;
    const fs::path out = home.path() / "deep" / "a";
    fs::create_directories(home.path() / "there");
    {
        const auto folders = open_run_folders({.out = out});
        REQUIRE(folders.ok());
        CHECK(folders.value().checkpoint(plain_recipe()) == out / "last.pt");
        CHECK(folders.value().checkpoint(plain_recipe()) == out / "run-2" / "last.pt");
        CHECK(folders_refusal({.out = home.path() / "there"}).empty());
    }
    CHECK(names_in(home.path()) == std::vector<std::string>{"there"});
}

TEST_CASE("Runs in a given folder are numbered past those that are there") {
    const TempFolder home;
    fs::create_directories(home.path() / "run-2");
    const auto folders = open_run_folders({.out = home.path()});
    REQUIRE(folders.ok());
    CHECK(folders.value().checkpoint(plain_recipe()) == home.path() / "last.pt");
    CHECK(folders.value().checkpoint(plain_recipe()) == home.path() / "run-3" / "last.pt");
    CHECK(folders.value().checkpoint(plain_recipe()) == home.path() / "run-4" / "last.pt");
    CHECK_THAT(folders_refusal({.out = home.path() / "run-3"}), contains_text("writes to it"));
}

TEST_CASE("What a command writes takes the place of no run's file, and of none that it reads") {
    const TempFolder folder;
    const std::string picture = (folder.path() / "1.png").string();
    put(picture, "a picture");
    put(folder.path() / "a" / "last.pt", "a run");
    const Result<void> of_run = spare_files(folder.path() / "a" / "last.pt", {});
    REQUIRE_FALSE(of_run.ok());
    CHECK_THAT(of_run.error().message, contains_text("is a file of the run in " + (folder.path() / "a").string()));
    const Result<void> of_input = spare_files(folder.path() / "a" / ".." / "1.png", {"", picture});
    REQUIRE_FALSE(of_input.ok());
    CHECK_THAT(of_input.error().message, contains_text("1.png: is read by this command, and would be replaced"));
    const Result<void> of_later =
        spare_files(folder.path() / "new" / "run-2" / "metrics.csv", {}, folder.path() / "new");
    REQUIRE_FALSE(of_later.ok());
    CHECK_THAT(of_later.error().message, contains_text("is a file of the run in"));
    CHECK(spare_files(folder.path() / "new" / "mine" / "metrics.csv", {}, folder.path() / "new").ok());
    CHECK(spare_files(picture, {""}).ok());
    CHECK(spare_files(folder.path() / "b" / "last.pt", {picture}).ok());
}

TEST_CASE("What a run will write is its own before it is there, and nothing is put among its files") {
    const TempFolder home;
    const fs::path run = home.path() / "a";
    {
        const auto begun = open_run_folders({.out = run});  // and has written nothing yet
        REQUIRE(begun.ok());
        CHECK_FALSE(spare_files(run / "last.pt", {}).ok());
        CHECK(spare_files(run / "mine.pt", {}).ok());
    }
    put(run / "recipe.toml", "a run");
    for (const char* name : {"last.pt", "beginning.pt", "metrics.csv", "probes.jsonl", "epoch-0003.pt"})
        CHECK_FALSE(spare_files(run / name, {}).ok());
    CHECK_FALSE(spare_files(run / "tensorboard" / "mine.pt", {}).ok());
    CHECK_THAT(folders_refusal({.out = run / "tensorboard"}), contains_text("within the files of the run in"));
    CHECK_THAT(folders_refusal({.out = run / "tensorboard" / "b"}), contains_text("choose another folder with --out"));
    CHECK(folders_refusal({.out = home.path() / "tensorboard"}).empty());
    fs::create_symlink(home.path() / "nowhere", home.path() / "link");
    CHECK_THAT(folders_refusal({.out = home.path() / "link"}), contains_text("a link that leads nowhere"));
}

TEST_CASE("However many runs a session begins, it holds the folders of those open that are written to, and no others") {
    const TempFolder home;
    const auto folders = open_run_folders({.out = home.path()});
    REQUIRE(folders.ok());
    const auto open_files = [] {
        return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
    };
    const auto before = open_files();
    std::shared_ptr<HeldRunFolder> held;
    for (int i = 0; i < 200; ++i) {
        const fs::path folder = folders.value().checkpoint(plain_recipe()).parent_path();
        held = folders.value().use.hold(folder);
        REQUIRE(held);
    }
    CHECK(open_files() < before + 3);
}

TEST_CASE("A folder is other processes' once its run's last write is done, and another run has taken its place") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    const auto folders = open_run_folders({.out = out});
    REQUIRE(folders.ok());
    const auto begin = [&] { return folders.value().checkpoint(plain_recipe()).parent_path(); };
    const auto hold = [&](const fs::path& folder) { return folders.value().use.hold(folder); };
    const auto is_locked = [](const fs::path& folder) {
        return !ClaimedFolder::claim(folder, ClaimedFolder::Existing::Take).ok();
    };
    auto first = hold(begin());
    auto writer = hold(out);
    CHECK(writer == first);
    put(out / "last.pt", "a run");
    const fs::path second = begin();
    auto second_run = hold(second);
    first.reset();
    CHECK(is_locked(out));  // its file is being written
    writer.reset();
    CHECK_FALSE(is_locked(out));
    CHECK(is_locked(second));
    const fs::path third = begin();
    const auto third_run = hold(third);
    put(second / "last.pt", "another");
    second_run.reset();
    CHECK_FALSE(is_locked(second));
    CHECK(hold(second) == nullptr);
    CHECK_FALSE(folders.value().use.find(second).ok());
    CHECK(is_locked(third));
    // What all of them are in is looked at still.
    fs::rename(out, home.path() / "moved");
    put(out / "notes.txt", "mine");
    const auto found = folders.value().use.find(third);
    REQUIRE(found.ok());
    CHECK(found.value().path == home.path() / "a-2" / "run-3");
    CHECK(names_in(out) == std::vector<std::string>{"notes.txt"});
    std::vector<fs::path> moves;
    CHECK(third_run->moves.drain(moves));
    CHECK(moves == std::vector<fs::path>{home.path() / "a-2" / "run-3"});
    CHECK(folders.value().use.find(home.path() / "a-2" / "run-3").value().path == home.path() / "a-2" / "run-3");
}

TEST_CASE("A folder that an earlier process has left is held where it lies, as long as its run is a lane") {
    const TempFolder home;
    const fs::path left = home.path() / "left";
    put(left / "last.pt", "a run");
    const auto is_locked = [](const fs::path& folder) {
        return !ClaimedFolder::claim(folder, ClaimedFolder::Existing::Take).ok();
    };
    const auto folders = open_run_folders({.out = home.path() / "a"});
    REQUIRE(folders.ok());
    const RunFolderUse& use = folders.value().use;
    CHECK(use.adopt(home.path() / "missing").error().code == ErrorCode::NotFound);
    CHECK_FALSE(fs::exists(home.path() / "missing"));
    {
        const OtherProcess other(left);
        CHECK(use.adopt(left).error().message.find(std::to_string(other.id())) != std::string::npos);
    }
    Result<AdoptedFolder> adopted = use.adopt(left);
    REQUIRE(adopted.ok());
    REQUIRE(adopted.value().held);
    CHECK(is_locked(left));
    CHECK(use.find(adopted.value().path).value().path == left);  // not within the first run's
    CHECK(use.adopt(home.path() / "a" / ".." / "left").value().held == adopted.value().held);
    adopted.value().held.reset();
    CHECK_FALSE(is_locked(left));
    CHECK(content(left / "last.pt") == "a run");
}

TEST_CASE("The first run's own folder is held again when its run, which another has replaced, is a lane") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    const auto folders = open_run_folders({.out = out});
    REQUIRE(folders.ok());
    const RunFolderUse& use = folders.value().use;
    auto first = use.hold(folders.value().checkpoint(plain_recipe()).parent_path());
    const auto second = use.hold(folders.value().checkpoint(plain_recipe()).parent_path());
    put(out / "last.pt", "a run");
    first.reset();
    CHECK(ClaimedFolder::claim(out, ClaimedFolder::Existing::Take).ok());
    const Result<AdoptedFolder> again = use.adopt(out);
    REQUIRE(again.ok());
    CHECK(again.value().path == out);
    CHECK_FALSE(ClaimedFolder::claim(out, ClaimedFolder::Existing::Take).ok());
}

TEST_CASE("What takes the place of a run's folder is called what it is") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    const auto folders = open_run_folders({.out = out});
    REQUIRE(folders.ok());
    fs::remove(out);
    std::string kind;
    SECTION("a folder") {
        fs::create_directory(out);
        kind = "another folder";
    }
    SECTION("a file") {
        put(out, "a note");
        kind = "a file";
    }
    SECTION("a pipe") {
        REQUIRE(mkfifo(out.c_str(), 0600) == 0);
        kind = "a pipe";
    }
    SECTION("a link to nowhere") {
        fs::create_symlink(home.path() / "nowhere", out);
        kind = "a link that leads nowhere";
    }
    SECTION("a link to a file") {
        put(home.path() / "note", "a note");
        fs::create_symlink(home.path() / "note", out);
        kind = "a link to a file";
    }
    SECTION("a link to a folder") {
        fs::create_directory(home.path() / "other");
        fs::create_symlink(home.path() / "other", out);
        kind = "a link to another folder";
    }
    const auto found = folders.value().use.find(out);
    REQUIRE(found.ok());
    CHECK(found.value().notice == out.string() + ": " + kind +
                                      " lies there now, which is left as it is; the run goes " + "on in " +
                                      out.string() + "-2");
    CHECK(found.value().path == out.string() + "-2");
    CHECK_FALSE(fs::exists(home.path() / "nowhere"));
}

TEST_CASE("A run's folder that is moved or removed while it is claimed is made again, claimed, and that is said once") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    const auto folders = open_run_folders({.out = out / ""});
    REQUIRE(folders.ok());
    CHECK(folders.value().checkpoint(plain_recipe()) == out / "last.pt");
    put(out / "last.pt", "the run");
    CHECK(folders.value().use.find(out).value().path == out);
    CHECK(folders.value().use.find(out).value().notice.empty());
    SECTION("moved") { fs::rename(out, home.path() / "b"); }
    SECTION("removed") { fs::remove_all(out); }
    const auto found = folders.value().use.find(out);
    REQUIRE(found.ok());
    CHECK(found.value().path == out);
    CHECK_THAT(found.value().notice, contains_text("was moved or removed"));
    CHECK(folders.value().use.find(out).value().notice.empty());
    CHECK_THAT(folders_refusal({.out = out}), contains_text("writes to it"));
    if (fs::exists(home.path() / "b")) CHECK(content(home.path() / "b" / "last.pt") == "the run");
}

TEST_CASE("A run whose place another folder has taken goes on beside it, and all of its runs with it") {
    const TempFolder home;
    const fs::path out = home.path() / "a";
    const fs::path other = home.path() / "other";
    put(other / "last.pt", "another's");
    put(other / "run-2" / "last.pt", "another's second");
    const auto before = names_in(other);
    {
        const auto folders = open_run_folders({.out = out});
        REQUIRE(folders.ok());
        static_cast<void>(folders.value().checkpoint(plain_recipe()));
        const fs::path second = folders.value().checkpoint(plain_recipe()).parent_path();
        CHECK(second == out / "run-2");
        fs::rename(out, home.path() / "moved");
        SECTION("moved there") { fs::rename(other, out); }
        SECTION("copied there") { fs::copy(other, out, fs::copy_options::recursive); }
        SECTION("linked there") { fs::create_directory_symlink(other, out); }
        const auto nested = folders.value().use.find(second);
        REQUIRE(nested.ok());
        CHECK(nested.value().path == home.path() / "a-2" / "run-2");
        CHECK_THAT(nested.value().notice, contains_text("another folder lies there now, which is"));
        CHECK(folders.value().use.find(out).value().path == home.path() / "a-2");
        CHECK(folders.value().use.find(out).value().notice.empty());
        CHECK(folders.value().use.find(second).value().path == home.path() / "a-2" / "run-2");
        CHECK_THAT(folders_refusal({.out = home.path() / "a-2"}), contains_text("writes to it"));
    }
    CHECK(names_in(out) == before);
    CHECK(content(out / "last.pt") == "another's");
    CHECK_FALSE(fs::exists(home.path() / "a-2"));  // stayed empty
}

TEST_CASE("Without a folder each run has one of its own that is named after its recipe, however soon it follows") {
    const TempFolder home;
    const char* before = std::getenv("XDG_STATE_HOME");
    const std::string kept = before ? before : "";
    setenv("XDG_STATE_HOME", home.path().c_str(), 1);
    {
        const auto mine = open_run_folders({});
        const auto anothers = open_run_folders({});
        Recipe other = plain_recipe();
        other.name = "other";
        const fs::path first = mine.value().checkpoint(plain_recipe());
        const fs::path second = mine.value().checkpoint(plain_recipe());
        const fs::path beside = anothers.value().checkpoint(plain_recipe());
        const fs::path third = mine.value().checkpoint(other);
        CHECK(first.parent_path() != second.parent_path());
        CHECK(beside.parent_path() != first.parent_path());
        CHECK(beside.parent_path() != second.parent_path());
        for (const fs::path& path : {first, second, third}) {
            CHECK(path.filename() == "last.pt");
            CHECK(path.parent_path().parent_path() == home.path() / "convscope" / "runs");
        }
        CHECK(second.parent_path().filename().string().starts_with("plain-"));
        CHECK(third.parent_path().filename().string().starts_with("other-"));
    }
    before ? setenv("XDG_STATE_HOME", kept.c_str(), 1) : unsetenv("XDG_STATE_HOME");
    for (const std::string& name : names_in(home.path())) CHECK_FALSE(name.starts_with("convscope/runs/"));
}

}  // namespace convscope
