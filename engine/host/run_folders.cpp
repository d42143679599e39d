#include "engine/host/run_folders.h"

#include "engine/core/log.h"
#include "engine/core/plain_file.h"
#include "engine/core/whole_file.h"
#include "engine/formats/run_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace convscope {
namespace {

namespace fs = std::filesystem;

// The files of a run, by their names, those that were set aside among them.
bool is_of_a_run(const std::string& whole_name) {
    const std::string name = whole_name.substr(0, whole_name.find(".old"));
    if (name.starts_with("epoch-") && name.ends_with(".pt")) return true;
    for (const char* known : {kLastCheckpoint, kBeginning, kLanes, kStates, "metrics.csv", "metrics.jsonl",
                              RunLog::kJournal, "recipe.toml", "tensorboard", kProbes})
        if (name == known) return true;
    return false;
}

// None where there is no such folder. An error where it cannot be read: nobody knows then what would be lost.
Result<std::vector<std::string>> run_files(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code problem;
    for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem))
        if (std::string name = entry->path().filename().string(); is_of_a_run(name)) names.push_back(std::move(name));
    if (problem && problem != std::errc::no_such_file_or_directory && problem != std::errc::not_a_directory)
        return file_problem(folder, "read", problem.value());
    // What says most clearly that there is a run comes first.
    std::sort(names.begin(), names.end());
    std::stable_partition(names.begin(), names.end(), [](const auto& name) { return name == kLastCheckpoint; });
    return names;
}

// Whether a run may be there, as far as can be told.
bool may_hold_run(const fs::path& folder) {
    const Result<std::vector<std::string>> there = run_files(folder);
    return !there || !there.value().empty();
}

bool is_same(const fs::path& a, const fs::path& b) {
    std::error_code one_is_missing;
    return fs::equivalent(a, b, one_is_missing);
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

// `folder` itself, or with -2, -3, ... behind it.
fs::path free_folder(const fs::path& folder) {
    fs::path whole = folder.lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();  // ended in a slash
    if (whole.filename() == "." || whole.filename() == ".." || whole.filename().empty())
        whole = fs::absolute(folder).lexically_normal().parent_path();
    fs::path free = whole;
    std::error_code unknown;
    for (int i = 2; fs::exists(fs::symlink_status(free, unknown)); ++i) free = whole.string() + "-" + std::to_string(i);
    return free;
}

// Where a folder is or would be, links followed, without a slash at its end.
fs::path whole_place(const fs::path& folder) {
    std::error_code unknown;
    const fs::path whole = fs::weakly_canonical(fs::absolute(folder, unknown), unknown);
    return whole.has_filename() ? whole : whole.parent_path();
}

// Whether another process holds it.
bool is_held(const fs::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened && ::flock(opened.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

// The run that a folder would lie within as one of its files; empty: none.
fs::path run_around(const fs::path& folder) {
    for (fs::path at = whole_place(folder); at.has_relative_path(); at = at.parent_path())
        if (is_of_a_run(at.filename().string()) && may_hold_run(at.parent_path())) return at.parent_path();
    return {};
}

// The process that holds the system's lock on a folder, as /proc has it: "1: FLOCK ADVISORY WRITE 4711 00:2f:1234 0
// EOF".
std::string holder_of(int folder) {
    struct stat status {};
    if (::fstat(folder, &status) != 0) return "another process";
    char wanted[64];
    std::snprintf(wanted, sizeof wanted, " %02x:%02x:%llu ", major(status.st_dev), minor(status.st_dev),
                  static_cast<unsigned long long>(status.st_ino));
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        if (line.find("FLOCK") == std::string::npos || line.find("->") != std::string::npos) continue;
        const std::size_t place = line.find(wanted);
        if (place == std::string::npos) continue;
        return "process " + line.substr(line.rfind(' ', place - 1) + 1, place - line.rfind(' ', place - 1) - 1);
    }
    return "another process";
}

// Says where they are now.
Result<fs::path> move_aside(const fs::path& folder, const std::vector<std::string>& names) {
    std::error_code problem;
    fs::path old;
    int i = 1;
    do old = folder / ("old-" + std::to_string(i++));
    while (fs::exists(old, problem));
    fs::create_directory(old, problem);
    for (const std::string& name : names)
        if (!problem) fs::rename(folder / name, old / name, problem);
    if (problem)
        return Error{ErrorCode::Io, folder.string() + ": the run that is there cannot be moved to " + old.string() +
                                        " (" + problem.message() + "); choose another folder with --out"};
    return old;
}

Error holds_a_run(const fs::path& out, const std::string& file) {
    const std::string go_on =
        file == kLastCheckpoint ? "--resume " + (out / file).string() + " goes on with it, " : std::string();
    return Error{ErrorCode::InvalidArgument, out.string() + ": holds a run already (" + file + "); " + go_on +
                                                 "--out " + free_folder(out).string() +
                                                 " is free, and --overwrite moves the run that is there aside"};
}

// "another folder", "a link to a file", "a pipe".
std::string what_lies_at(const fs::path& path) {
    const std::string kind = kind_at(path);
    if (kind == "a folder") return "another folder";
    if (kind != "a link") return kind;
    std::error_code unknown;
    switch (fs::status(path, unknown).type()) {
        case fs::file_type::directory:
            return "a link to another folder";
        case fs::file_type::regular:
            return "a link to a file";
        case fs::file_type::not_found:
            return "a link that leads nowhere";
        default:
            return "a link to what is no folder";
    }
}

// The folders of a session's runs, of any thread. What their files are written to is looked at before they are: other
// people move, remove and replace folders.
class Claims : public std::enable_shared_from_this<Claims> {
public:
    Claims() = default;
    explicit Claims(ClaimedFolder out) : out_(Kept{out.path(), out.path(), std::move(out)}) {}
    Claims(const Claims&) = delete;
    Claims& operator=(const Claims&) = delete;
    // The newest first: folders that the first one made for all of them are empty only then.
    ~Claims() {
        while (!runs_.empty()) runs_.pop_back();
    }

    // The folder of a run's own; not claimed, where it could not be made: that is tried again when it is written to.
    fs::path keep(const fs::path& folder, std::optional<ClaimedFolder> claimed) {
        std::lock_guard lock(mutex_);
        runs_.push_back(Kept{folder, folder, std::move(claimed)});
        return folder / kLastCheckpoint;
    }

    // RunFolderUse::hold.
    std::shared_ptr<HeldRunFolder> hold(const fs::path& folder) {
        std::lock_guard lock(mutex_);
        Kept* const kept = of(folder);
        if (!kept) return nullptr;
        std::shared_ptr<HeldRunFolder> held = kept->held.lock();
        if (held) return held;
        held.reset(new HeldRunFolder, [claims = weak_from_this(), folder = kept->first](const HeldRunFolder* last) {
            delete last;
            if (const auto still = claims.lock()) still->let_go(folder);
        });
        kept->held = held;
        return held;
    }

    // RunFolderUse::adopt. One that is kept already is the same one.
    Result<AdoptedFolder> adopt(const fs::path& folder) {
        std::shared_ptr<HeldRunFolder> held_out;  // let go of without the lock
        std::unique_lock lock(mutex_);
        std::error_code missing;
        if (!fs::is_directory(folder, missing))
            return Error{ErrorCode::NotFound, folder.string() + ": is not there any more"};
        Kept* kept = at(folder);
        if (kept) held_out = kept->held.lock();
        const bool is_claimed = kept && kept->claim && kept->claim->is_there() && !kept->let_go;
        if (!is_claimed) {
            if (kept) kept->claim.reset();
            Result<ClaimedFolder> claimed = ClaimedFolder::claim(folder, ClaimedFolder::Existing::Take);
            if (!claimed.ok()) return claimed.error();
            if (!kept) kept = &runs_.emplace_back(Kept{folder, folder, std::nullopt});
            kept->claim.emplace(std::move(claimed).value());
            kept->elsewhere = !out_ || kept != &*out_;
            kept->let_go = false;
        }
        const fs::path first = kept->first;
        lock.unlock();
        return AdoptedFolder{first, hold(first)};
    }

    // RunFolderUse::find.
    Result<RunFolder> find(const fs::path& folder) {
        // Let go of without the lock, as whoever does so last takes it.
        std::shared_ptr<HeldRunFolder> held_out;
        std::shared_ptr<HeldRunFolder> held;
        std::lock_guard lock(mutex_);
        RunFolder found;
        Kept* const kept = of(folder);
        if (!kept) return Error{ErrorCode::Io, folder.string() + ": is kept for its run no longer"};
        if (out_) {  // of all others too
            held_out = out_->held.lock();
            if (Result<void> claimed = claim(*out_, out_->now, held_out.get(), found.notice); !claimed)
                return claimed.error();
        }
        held = kept->held.lock();
        const bool is_within = out_ && kept != &*out_ && !kept->elsewhere;
        const fs::path wanted = is_within ? out_->now / kept->now.filename() : kept->now;
        if (Result<void> claimed = claim(*kept, wanted, held.get(), found.notice); !claimed) return claimed.error();
        found.path = kept->now;
        return found;
    }

private:
    struct Kept {
        fs::path first;  // as the run was given it
        fs::path now;
        std::optional<ClaimedFolder> claim;
        std::weak_ptr<HeldRunFolder> held = {};
        bool let_go = false;
        bool elsewhere = false;  // it was found there, and stays
    };
    static Result<void> claim(Kept& kept, const fs::path& wanted, HeldRunFolder* held, std::string& notice);

    // By the name that it was given, or has now; null: of no run, or of none any more.
    Kept* of(const fs::path& folder) {
        for (const auto& name : {&Kept::first, &Kept::now}) {
            if (out_ && (*out_).*name == folder) return &*out_;
            for (Kept& run : runs_)
                if (run.*name == folder) return &run;
        }
        return nullptr;
    }

    // With mutex_. Whatever it was called; null where none of them is there.
    Kept* at(const fs::path& folder) {
        if (out_ && is_same(out_->now, folder)) return &*out_;
        for (Kept& run : runs_)
            if (is_same(run.now, folder)) return &run;
        return nullptr;
    }

    // Nothing of its run is written any more. The folder that all others are in is looked at still.
    void let_go(const fs::path& first) {
        std::lock_guard lock(mutex_);
        std::erase_if(runs_, [&](const Kept& run) {
            const bool over = run.first == first && run.held.expired();
            if (over && run.claim && !run.claim->made().empty())
                around_.made.insert(around_.made.end(), run.claim->made().begin(), std::prev(run.claim->made().end()));
            return over;
        });
        if (!out_ || out_->first != first || !out_->held.expired()) return;
        out_->let_go = true;
        if (out_->claim) out_->claim->unlock();
    }

    // Folders that were made around those of runs that are over: gone with the last run, if nothing is in them.
    struct Around {
        std::vector<fs::path> made;
        ~Around() {
            for (auto path = made.rbegin(); path != made.rend(); ++path) ::rmdir(path->c_str());
        }
    };

    std::mutex mutex_;
    Around around_;            // outlives the claims below
    std::optional<Kept> out_;  // the folder that all others are in, and of the first run; none: each has one of its own
    std::list<Kept> runs_;
};

// Claims what lies at `wanted`, unless that is what is kept.
Result<void> Claims::claim(Kept& kept, const fs::path& wanted, HeldRunFolder* held, std::string& notice) {
    if (kept.claim && kept.claim->path() == wanted && kept.claim->is_there()) return {};
    constexpr int kTries = 100;  // against other processes that look for a free one just now
    for (int i = 1;; ++i) {
        const std::string taken = what_lies_at(wanted);
        const fs::path place = taken.empty() ? wanted : free_folder(wanted);
        Result<ClaimedFolder> claimed = ClaimedFolder::claim(place, ClaimedFolder::Existing::Refuse);
        if (!claimed && i < kTries && *kind_at(place) != '\0') continue;
        if (!claimed) return claimed.error();
        std::string said;
        if (!taken.empty())
            said = wanted.string() + ": " + taken + " lies there now, which is left as it is; the run goes on in " +
                   place.string();
        else if (kept.claim && kept.claim->path() == wanted)
            said = wanted.string() +
                   ": was moved or removed while the run goes on; it is made again, and the run is kept there from now "
                   "on";
        if (!said.empty()) notice += (notice.empty() ? "" : "; ") + said;
        kept.claim.emplace(std::move(claimed).value());
        if (kept.let_go) kept.claim->unlock();
        if (held && kept.now != place) held->moves.post(place);
        kept.now = place;
        return {};
    }
}

}  // namespace

// ---- a folder of one's own -----------------------------------------------------------------------------------------

Result<ClaimedFolder> ClaimedFolder::claim(const fs::path& folder, Existing existing) {
    ClaimedFolder claimed;
    claimed.path_ = folder;
    std::error_code problem;
    std::vector<fs::path> missing;
    for (fs::path at = folder; !at.empty() && !fs::exists(at, problem); at = at.parent_path()) missing.push_back(at);
    std::reverse(missing.begin(), missing.end());
    bool made = false;
    for (const fs::path& path : missing) {
        made = fs::create_directory(path, problem);  // false where somebody else was faster
        if (problem) {
            const std::string taken = what_lies_at(path);
            const std::string why = taken.empty() ? problem.message() : taken + " lies there";
            return Error{ErrorCode::Io,
                         path.string() + ": the folder cannot be made (" + why + "); choose another one with --out"};
        }
        if (made) claimed.made_.push_back(path);
    }
    if (!made && existing == Existing::Refuse)
        return Error{ErrorCode::InvalidArgument, folder.string() + ": is there already"};
    claimed.lock_ = Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!claimed.lock_)
        return Error{ErrorCode::Io, folder.string() + ": cannot be a run's folder (" +
                                        std::generic_category().message(errno) + "); choose another one with --out"};
    if (::flock(claimed.lock_.get(), LOCK_EX | LOCK_NB) == 0) return claimed;
    if (errno != EWOULDBLOCK) {
        log::write(log::Level::Info, folder.string() + ": cannot be kept from other processes (" +
                                         std::generic_category().message(errno) + ")");
        return claimed;
    }
    return Error{ErrorCode::InvalidArgument, folder.string() + ": " + holder_of(claimed.lock_.get()) +
                                                 " writes to it; wait until that ends, or choose another folder with "
                                                 "--out, such as " +
                                                 free_folder(folder).string()};
}

bool ClaimedFolder::is_there() const {
    struct stat here {};
    struct stat there {};
    return lock_ && ::fstat(lock_.get(), &here) == 0 && ::stat(path_.c_str(), &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

void ClaimedFolder::unlock() const { ::flock(lock_.get(), LOCK_UN); }

ClaimedFolder::~ClaimedFolder() {
    if (!is_there()) return;
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) ::rmdir(path->c_str());  // only an empty one
}

// ---- runs' folders -------------------------------------------------------------------------------------------------

namespace {

// Without a folder of the user's choice.
std::function<fs::path(const Recipe&)> default_folders(std::shared_ptr<Claims> claims) {
    return [claims = std::move(claims)](const Recipe& recipe) -> fs::path {
        constexpr int kTries = 100;  // against other processes that begin in the same second
        Result<fs::path> folder = default_run_folder(recipe.name, std::time(nullptr));
        for (int i = 0; i < kTries && folder; ++i) {
            Result<ClaimedFolder> claimed = ClaimedFolder::claim(folder.value(), ClaimedFolder::Existing::Refuse);
            if (claimed) return claims->keep(folder.value(), std::move(claimed).value());
            std::error_code unknown;
            if (!fs::exists(folder.value(), unknown)) break;  // nor can it be saved to, which says why
            folder = default_run_folder(recipe.name, std::time(nullptr));
        }
        return folder ? claims->keep(folder.value(), std::nullopt) : fs::path();
    };
}

std::function<fs::path(const Recipe&)> folders_within(const fs::path& out, std::shared_ptr<Claims> claims) {
    return [out, claims = std::move(claims), number = std::make_shared<int>(0)](const Recipe&) -> fs::path {
        if (++*number == 1) return out / kLastCheckpoint;
        for (;; ++*number) {
            const fs::path folder = out / ("run-" + std::to_string(*number));
            Result<ClaimedFolder> claimed = ClaimedFolder::claim(folder, ClaimedFolder::Existing::Refuse);
            if (claimed) return claims->keep(folder, std::move(claimed).value());
            std::error_code unknown;
            if (!fs::exists(folder, unknown)) return claims->keep(folder, std::nullopt);  // saving says why
        }
    };
}

RunFolderUse use_of(const std::shared_ptr<Claims>& claims) {
    return {.find = [claims](const fs::path& folder) { return claims->find(folder); },
            .hold = [claims](const fs::path& folder) { return claims->hold(folder); },
            .adopt = [claims](const fs::path& folder) { return claims->adopt(folder); }};
}

}  // namespace

Result<RunFolders> open_run_folders(const RunFolderOptions& options) {
    RunFolders folders{.checkpoint = {}, .use = {}, .resume = options.resume, .notice = {}};
    if (options.out.empty()) {
        const auto claims = std::make_shared<Claims>();
        folders.checkpoint = default_folders(claims);
        folders.use = use_of(claims);
        return folders;
    }
    const fs::path out = folder_of(options.out / kLastCheckpoint);  // without a slash at its end
    if (const fs::path around = run_around(out); !around.empty())
        return Error{ErrorCode::InvalidArgument, out.string() + ": is within the files of the run in " +
                                                     around.string() + "; choose another folder with --out"};
    Result<ClaimedFolder> claimed = ClaimedFolder::claim(out, ClaimedFolder::Existing::Take);
    if (!claimed) return claimed.error();
    if (const Result<void> can_be = try_whole_file(out / kLastCheckpoint); !can_be)  // now, not after training
        return Error{can_be.error().code, can_be.error().message + "; choose another folder with --out"};
    const Result<std::vector<std::string>> found = run_files(out);
    if (!found) return found.error();
    const std::vector<std::string>& there = found.value();
    const bool own = !options.resume.empty() && is_same(folder_of(options.resume), out);
    // Any other file of its own is older than the last one, which would be lost.
    const bool goes_on =
        own && (there.empty() || there.front() != kLastCheckpoint || is_same(options.resume, out / kLastCheckpoint));
    if (!there.empty() && !goes_on && !options.overwrite) return holds_a_run(out, there.front());
    if (!there.empty() && !goes_on) {
        const Result<fs::path> old = move_aside(out, there);
        if (!old) return old.error();
        folders.notice = out.string() + ": the run that was there is in " + old.value().string() + " now";
        if (own && is_of_a_run(options.resume.filename().string()))
            folders.resume = old.value() / options.resume.filename();
    }
    const auto claims = std::make_shared<Claims>(std::move(claimed).value());
    folders.checkpoint = folders_within(out, claims);
    folders.use = use_of(claims);
    return folders;
}

Result<void> spare_files(const fs::path& file, const std::vector<std::string>& read, const fs::path& out) {
    for (const std::string& one : read)
        if (!one.empty() && is_same(file, one))
            return Error{ErrorCode::InvalidArgument,
                         file.string() + ": is read by this command, and would be replaced; name another one"};
    const fs::path folder = whole_place(folder_of(file));  // there yet or not
    const bool later = folder.filename().string().starts_with("run-") && folder.parent_path() == whole_place(out);
    const bool own = !out.empty() && (folder == whole_place(out) || later);
    const auto is_in = [&](const fs::path& run) {
        return Error{ErrorCode::InvalidArgument,
                     file.string() + ": is a file of the run in " + run.string() + "; name another one"};
    };
    // One that a run will write is its own already.
    if (is_of_a_run(file.filename().string()) && (own || may_hold_run(folder) || is_held(folder)))
        return is_in(folder_of(file));
    if (const fs::path around = run_around(folder); !around.empty()) return is_in(around);
    return {};
}

}  // namespace convscope
