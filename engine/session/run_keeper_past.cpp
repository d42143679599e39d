// What is kept of a run's past on disk, and removed there: on the writer's thread.
#include "engine/core/log.h"
#include "engine/core/machine_memory.h"
#include "engine/session/line_changes.h"
#include "engine/session/run_keeper.h"

#include <exception>
#include <utility>

namespace convscope {
namespace {

// The newest two.
void add_saved(std::string& lines, const std::string& line) {
    if (lines.ends_with(line)) return;
    if (const std::size_t end = lines.find('\n'); end + 1 < lines.size()) lines.erase(0, end + 1);
    lines += line;
}

}  // namespace

void RunKeeper::keep_past(RunState state, const std::filesystem::path& file) {
    constexpr std::size_t kHistory = std::size_t{1} << 20;  // bytes, at most
    const std::size_t bytes = kHistory + byte_count(*state.training);
    writer_.post({.file = file.string(),
                  .spare = true,
                  .bytes = bytes,
                  .write = [this, file, own = file_.parent_path(), folder = folder_,
                            state = std::move(state)](const BackgroundWriter::Try& attempt) {
                      const TimePoint begin = options_.clock->now();
                      std::string problem;
                      try {
                          const Result<std::filesystem::path> now = find_folder(own, attempt.last);
                          const Result<void> written =
                              now ? options_.files.past.write(state, now.value() / kStates / file.filename())
                                  : Result<void>(now.error());
                          if (!written) problem = written.error().message;
                      } catch (const std::exception& error) {  // no memory for the file's bytes
                          problem = file.string() + ": " + sentence_of(error);
                      }
                      past_seconds_.store(seconds_between(begin, options_.clock->now()), std::memory_order_relaxed);
                      if (problem.empty()) return true;
                      log::write(log::Level::Info, problem);
                      if (!attempt.last && !past_told_.exchange(true))
                          publisher_.notify(event::Notice::Severity::Info, problem);
                      return true;  // another one will come
                  }});
}

void RunKeeper::keep_changes(const RunToKeep& run) {
    if (!run.furthest && !run.trainer.is_whole()) return;
    const Before writer = changes_writer(run, run.furthest ? run.furthest : run.trainer.state());
    if (!writer) return;
    writer_.post({.file = (file_.parent_path() / kStates / "changes").string(),
                  .write = [write = writer](const BackgroundWriter::Try& attempt) {
                      static_cast<void>(write(attempt.last));
                      return true;
                  }});
}

// They come to the disk before the state that they lead to does, and lead to the one before as well. Without them
// nobody goes back in another session, and the run is saved all the same.
RunKeeper::Before RunKeeper::changes_writer(const RunToKeep& run, std::shared_ptr<const TrainingState> state) {
    if (!options_.files.past.write_changes || !run.line.has_disk_states()) return {};
    return [this, own = file_.parent_path(), folder = folder_, text = changes_text(run.line), state = std::move(state),
            before = saved_before_](bool last) {
        add_saved(*before, leads_to(*state));
        const Result<std::filesystem::path> now = find_folder(own, last);
        const Result<void> written =
            now ? options_.files.past.write_changes(text + *before, now.value()) : Result<void>(now.error());
        if (!written) log::write(log::Level::Info, written.error().message);
        return std::string();
    };
}

void RunKeeper::goes_on_from(const TrainingState& state) { add_saved(*saved_before_, leads_to(state)); }

void RunKeeper::remove_past(const std::filesystem::path& file) {
    writer_.post({.file = file.string(), .write = [this, file](const BackgroundWriter::Try&) {
                      options_.files.past.remove(file);
                      return true;
                  }});
}

void RunKeeper::remove_past_of(const std::filesystem::path& folder) {
    writer_.post({.file = (folder / kStates).string(), .write = [this, folder](const BackgroundWriter::Try&) {
                      options_.files.past.remove_all(folder);
                      return true;
                  }});
}

}  // namespace convscope
