#include "viz/app/file_dialog.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

extern char** environ;

namespace convscope {
namespace {

using What = ui::ChooseFile::What;

constexpr const char* kPictures = "*.png *.jpg *.jpeg *.webp *.gif *.tif *.tiff *.bmp";
constexpr const char* kRuns = "*.pt *.pth";

std::string found_in(const std::string& path, std::string_view program) {
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        const std::string file = path.substr(begin, end - begin) + "/" + std::string(program);
        if (file.front() == '/' && access(file.c_str(), X_OK) == 0) return file;
        begin = end + 1;
    }
    return {};
}

// What shows the dialog; empty: nothing does.
std::vector<std::string> words_for(What what, const std::string& path) {
    const std::string title = what == What::Picture ? "A picture for the network" : "A saved run";
    const std::string kind = what == What::Picture ? "Pictures" : "Saved runs";
    const std::string files = what == What::Picture ? kPictures : kRuns;
    std::string zenity = found_in(path, "zenity");
    std::string kdialog = found_in(path, "kdialog");
    const char* desktop = std::getenv("XDG_CURRENT_DESKTOP");
    const bool kde = desktop != nullptr && std::string_view(desktop).find("KDE") != std::string_view::npos;
    if (!kdialog.empty() && (kde || zenity.empty()))
        return {std::move(kdialog), "--title", title, "--getopenfilename", ".", kind + " (" + files + ")"};
    if (zenity.empty()) return {};
    return {std::move(zenity), "--file-selection", "--title=" + title, "--file-filter=" + kind + " | " + files,
            "--file-filter=All files | *"};
}

// All that comes down a pipe, until its other end is closed.
std::string read_all(int pipe) {
    std::string text;
    std::array<char, 4096> some{};
    for (;;) {
        const ssize_t count = read(pipe, some.data(), some.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        text.append(some.data(), static_cast<std::size_t>(count));
    }
}

// What the program prints; empty where it says by its exit code that there is nothing.
Result<std::string> output_of(std::vector<std::string> words, std::atomic<int>& process) {
    std::array<int, 2> pipes{};
    if (pipe2(pipes.data(), O_CLOEXEC) != 0) return Error{ErrorCode::Failed, "There are too many open files"};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pipes[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failed = posix_spawn(&child, arguments[0], &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    close(pipes[1]);
    if (failed != 0) {
        close(pipes[0]);
        return Error{ErrorCode::Failed, "The dialog (" + words.front() + ") does not start"};
    }
    int none = 0;
    if (!process.compare_exchange_strong(none, child)) kill(child, SIGTERM);
    std::string text = read_all(pipes[0]);
    close(pipes[0]);
    int status = 0;
    // Until it is waited for, its number is nobody else's.
    siginfo_t ended{};
    while (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    int shown = child;
    process.compare_exchange_strong(shown, 0);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::string();
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

UiCommand use_of(What what, std::string file) {
    if (what == What::SavedRun) return ui::Post{command::Resume{std::move(file)}};
    return ui::UseFiles{{std::move(file)}};
}

}  // namespace

FileDialog::FileDialog(std::string path, Errands::Where where, std::function<void()> on_done)
    : path_(std::move(path)), errands_(where, std::move(on_done)) {}

FileDialog::~FileDialog() {
    const int shown = process_.exchange(-1);
    if (shown > 0) kill(shown, SIGTERM);
}

Result<void> FileDialog::ask(What what) {
    if (open_) return {};
    std::vector<std::string> words = words_for(what, path_);
    if (words.empty())
        return Error{ErrorCode::NotFound,
                     "No dialog to choose a file with is installed (zenity or kdialog): paste its path, or drop it on "
                     "the window"};
    open_ = true;
    errands_.send<std::string>([this, words = std::move(words)] { return output_of(words, process_); },
                               [this, what](Result<std::string> file) {
                                   open_ = false;
                                   if (!file)
                                       chosen_ = ui::Tell{event::Notice::Severity::Warning, file.error().message};
                                   else if (!file.value().empty())
                                       chosen_ = use_of(what, std::move(file).value());
                               });
    return {};
}

std::optional<UiCommand> FileDialog::take() {
    errands_.collect();
    return std::exchange(chosen_, std::nullopt);
}

}  // namespace convscope
