// The system's dialog to choose a file: zenity or kdialog, whichever is installed, as a process of its own. Nobody
// waits for it but a thread of its own. UI thread.
#pragma once

#include "engine/core/result.h"
#include "viz/view/errands.h"
#include "viz/view/ui_command.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace convscope {

class FileDialog {
public:
    // `path`: folders to look for the programs in, as in $PATH. `on_done` is called on the other thread.
    FileDialog(std::string path, Errands::Where where, std::function<void()> on_done);
    // Closes what is open.
    ~FileDialog();

    // NotFound, with what to do instead, where there is neither program. Nothing while one is open.
    Result<void> ask(ui::ChooseFile::What what);
    // What has been chosen since, as what uses it; nothing where somebody thought better of it.
    std::optional<UiCommand> take();

private:
    std::string path_;
    std::atomic<int> process_{0};  // that shows it; 0: none, -1: none is to begin any more
    bool open_ = false;
    std::optional<UiCommand> chosen_;
    Errands errands_;  // first to end
};

}  // namespace convscope
