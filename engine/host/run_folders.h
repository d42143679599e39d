// Where a session's runs are kept: a run is a folder with its last checkpoint and its log, and belongs to one process.
#pragma once

#include "engine/api/recipe.h"
#include "engine/api/run_folder.h"
#include "engine/core/plain_file.h"
#include "engine/core/result.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace convscope {

inline constexpr const char* kLastCheckpoint = "last.pt";  // in the run's folder

// A folder that this process writes to and no other: the system's lock on it, which ends with the process however that
// ends. Regret: where a file system cannot lock folders (NFS), nobody is kept out, and the log says so at level Info.
class ClaimedFolder {
public:
    enum class Existing : std::uint8_t { Refuse, Take };

    // Makes it if need be. A folder that another process holds is refused, naming that process.
    static Result<ClaimedFolder> claim(const std::filesystem::path& folder, Existing existing);
    ClaimedFolder(ClaimedFolder&& other) noexcept = default;
    ClaimedFolder& operator=(ClaimedFolder&&) = delete;
    // What was made for it and has stayed empty is removed again.
    ~ClaimedFolder();

    const std::filesystem::path& path() const { return path_; }
    // False once its path leads to another folder or to none.
    bool is_there() const;
    // Other processes may write to it from now on; whether it is there can still be told.
    const std::vector<std::filesystem::path>& made() const { return made_; }  // from the outermost on
    void unlock() const;

private:
    ClaimedFolder() = default;

    std::filesystem::path path_;
    Descriptor lock_;
    std::vector<std::filesystem::path> made_;  // outermost first
};

struct RunFolderOptions {
    std::filesystem::path out = {};     // the first run's folder; empty: each run has one of its own where
                                        // `--resume latest` looks, $XDG_STATE_HOME/convscope/runs/<recipe>-<when>
    std::filesystem::path resume = {};  // the file of the saved run that goes on; empty: a new run
    bool overwrite = false;             // a run that is in `out` makes room
};

struct RunFolders {
    // SessionOptions::save_to: the checkpoint of each run that a session begins, one folder a run. The first run's is
    // `out`, those of the runs that take its place are run-2, run-3 and so on within it. Each folder is claimed for as
    // long as somebody holds it, or until this ends where nobody ever did; one that stays empty is gone with it. Empty
    // when not even the home folder is known.
    std::function<std::filesystem::path(const Recipe&)> checkpoint = {};
    // SessionOptions::folders, of those that `checkpoint` gave. One that was moved or removed meanwhile is made and
    // claimed again; where something else lies in its place the run goes on in a free folder beside that.
    RunFolderUse use = {};
    std::filesystem::path resume = {};  // where the file to resume lies now
    std::string notice = {};            // where a run was moved to; empty: none was
};

// Decides where runs go before anything is written. A run's files are never touched by another run: an `out` that holds
// a run is refused, naming what goes on with it and the next free folder, unless the very run is resumed there from its
// last checkpoint, or it is to be overwritten; then its files are moved to `out`/old-1, old-2, ..., none is deleted.
Result<RunFolders> open_run_folders(const RunFolderOptions& options);

// An error when what a command writes (a dump, a picture) would take the place of a run's own file, or of one of those
// that this command reads; empty names among them are none. `out` is the folder of the run that is about to begin; it
// and those of the runs that follow it need not be there yet. Empty: none.
Result<void> spare_files(const std::filesystem::path& file, const std::vector<std::string>& read,
                         const std::filesystem::path& out = {});

}  // namespace convscope
