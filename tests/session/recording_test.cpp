// What a session tells its log, and the folders that a recorder makes of it.
#include "engine/api/dataset.h"
#include "engine/host/run_folders.h"
#include "engine/host/run_recorder.h"
#include "tests/data/temp_folder.h"
#include "tests/formats/full_disk.h"
#include "tests/session/session_under_test.h"
#include "tests/support/manual_clock.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace convscope {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<PlainScript> even_epochs_of_ten() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 100;
    return script;
}

// Keeps in words what a session's log is told.
struct Heard {
    std::mutex mutex;
    std::vector<std::string> words;  // guarded by mutex

    std::function<std::optional<event::Notice>(RunLogEntry)> log() {
        return [this](const RunLogEntry& entry) -> std::optional<event::Notice> {
            if (std::holds_alternative<JournalEntry>(entry)) return std::nullopt;  // tests/journal
            std::ostringstream word;
            if (std::holds_alternative<event::RunStarted>(entry)) word << "run";
            if (const auto* metrics = std::get_if<IterationMetrics>(&entry)) word << metrics->iteration;
            if (const auto* measured = std::get_if<EvaluationMetrics>(&entry))
                word << "measured " << measured->iteration;
            if (const auto* change = std::get_if<event::Changed>(&entry)) word << change->what;
            if (const auto* first = std::get_if<FirstMinibatch>(&entry))
                word << "pictures of " << first->sheet->count();
            if (const auto* weights = std::get_if<MeasuredWeights>(&entry))
                for (const auto& capture : weights->captures) {
                    const bool right = capture->values.front() == plain_value(capture->key, capture->iteration);
                    word << (capture->key.kind == TensorKind::Weight ? "w" : "b") << capture->key.layer.index << " of "
                         << capture->iteration << (right ? " " : " wrong ");
                }
            std::lock_guard lock(mutex);
            words.push_back(word.str());
            return std::nullopt;
        };
    }
    std::vector<std::string> all() {
        std::lock_guard lock(mutex);
        return words;
    }
};

std::vector<std::string> lines_of(const fs::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

// The first column of a table.
std::vector<std::string> iterations_of(const fs::path& run) {
    std::vector<std::string> numbers;
    for (const std::string& line : lines_of(run / "metrics.csv")) numbers.push_back(line.substr(0, line.find(',')));
    if (!numbers.empty()) numbers.erase(numbers.begin());
    return numbers;
}

std::vector<std::string> numbers(std::int64_t first, std::int64_t last) {
    std::vector<std::string> all;
    for (std::int64_t i = first; i <= last; ++i) all.push_back(std::to_string(i));
    return all;
}

// Where a session's runs go that begins in `out`, for which the test stands in.
std::function<fs::path(const Recipe&)> run_checkpoints(const fs::path& out, const fs::path& resume = {}) {
    return open_run_folders({.out = out, .resume = resume}).value().checkpoint;
}

// For a recorder that writes as soon as it can.
std::shared_ptr<const Clock> hurried() { return std::make_shared<ManualClock>(ManualClock::Moves::ToWhatIsWaitedFor); }

std::function<std::optional<event::Notice>(RunLogEntry)> recorded(
    std::int64_t log_every = 1, std::shared_ptr<const Clock> clock = std::make_shared<SteadyClock>()) {
    return [recorder = std::make_shared<RunRecorder>(log_every, RunRecorder::kMostRows, RunFolderUse{}, clock)](
               RunLogEntry entry) { return recorder->add(std::move(entry)); };
}

// What is drawn of it waits: the recorder's thread, which makes a picture of it as a log begins, stands still.
class StuckDataset final : public Dataset {
public:
    explicit StuckDataset(Gate& gate) : gate_(gate) {}
    const DatasetInfo& info() const override { return info_; }
    std::span<const std::uint8_t> image(Split, std::int64_t) const override {
        gate_.wait();
        return pixels_;
    }
    int label(Split, std::int64_t) const override { return 0; }

private:
    Gate& gate_;
    DatasetInfo info_;
    std::vector<std::uint8_t> pixels_ = std::vector<std::uint8_t>(16);
};

}  // namespace

TEST_CASE("The log is told everything once, in the order in which it happened, with the weights that were measured") {
    Heard heard;
    SessionUnderTest run(
        {.script = even_epochs_of_ten(), .save_to = [](const Recipe&) { return "last.pt"; }, .log = heard.log()});
    run.apply(command::SetLearningRate{0.5});
    run.step(kEpoch);
    run.step(1);
    run.apply(command::Reset{.seed = 2});
    std::vector<std::string> wanted{"run", "learning rate 0.01 -> 0.5"};
    for (const std::string& number : numbers(1, kEpoch)) wanted.push_back(number);
    wanted.insert(wanted.begin() + 3, "pictures of 10");  // the minibatch that the run began with
    wanted.insert(wanted.end(), {"measured 10", "w0 of 10 w2 of 10 b0 of 10 b2 of 10 ", "11", "run"});
    CHECK(heard.all() == wanted);
}

TEST_CASE("Of a resumed run the log is told that it is one, and what it has brought with it") {
    auto script = even_epochs_of_ten();
    {
        SessionUnderTest run({.script = script});
        run.step(kEpoch + 1);
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    Heard heard;
    SessionUnderTest again({.script = script, .resume = "a.pt", .log = heard.log()});
    again.step(1);
    CHECK(heard.all() == std::vector<std::string>{"run", "resumed from a.pt", "12"});
}

TEST_CASE("Weights that a resumed run has measured before are not news to its log when they are measured again") {
    auto script = even_epochs_of_ten();
    {
        SessionUnderTest run({.script = script});
        run.step(kEpoch);
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    Heard heard;
    SessionUnderTest again(
        {.script = script, .resume = "a.pt", .save_to = [](const Recipe&) { return "last.pt"; }, .log = heard.log()});
    again.apply(command::Evaluate{});
    again.step(1);
    CHECK(again.evaluations().size() == 1);
    CHECK(heard.all() == std::vector<std::string>{"run", "resumed from a.pt", "11"});
}

TEST_CASE("A run that is resumed where its log is goes on with it, without what happened after it was saved") {
    const TempFolder home;
    auto script = even_epochs_of_ten();
    {
        SessionUnderTest run({.script = script, .save_to = run_checkpoints(home.path()), .log = recorded()});
        run.step(kEpoch + 3);
        run.apply(command::Save{"early.pt"});
        run.wait_for_saves(1);
        run.step(kEpoch);
    }
    {
        SessionUnderTest again({.script = script,
                                .resume = "early.pt",
                                .save_to = run_checkpoints(home.path(), home.path() / "early.pt"),
                                .log = recorded()});
        again.step(4);
    }
    std::vector<std::string> wanted = numbers(1, kEpoch + 7);
    wanted.insert(wanted.begin() + kEpoch, "10");  // the measurement
    CHECK(iterations_of(home.path()) == wanted);
}

TEST_CASE("A run that is resumed elsewhere has a log there from where it goes on") {
    const TempFolder home;
    auto script = even_epochs_of_ten();
    SessionUnderTest run({.script = script, .save_to = run_checkpoints(home.path()), .log = recorded()});
    run.step(3);
    run.apply(command::Save{});
    run.wait_for_saves(1);
    run.step(2);
    run.apply(command::Resume{(home.path() / "last.pt").string()});
    run.step(4);
    run.end();
    CHECK(iterations_of(home.path()) == numbers(1, 5));
    CHECK(iterations_of(home.path() / "run-2") == numbers(4, 7));
}

TEST_CASE("What a log has to say is a notice, and the run goes on") {
    int failures = 1;
    SessionUnderTest run({.log = [&failures](const RunLogEntry&) -> std::optional<event::Notice> {
        if (failures-- <= 0) return std::nullopt;
        return event::Notice{event::Notice::Severity::Error, "/full: no space"};
    }});
    CHECK(run.step(5)->iteration == 5);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().text == "/full: no space");
}

TEST_CASE("Every run of a session leaves a folder, complete however fast it trained and though nobody read anything") {
    const TempFolder home;
    auto script = even_epochs_of_ten();
    const fs::path out = home.path() / "out";
    std::int64_t trained = 0;
    {
        SessionUnderTest run({.script = script, .save_to = run_checkpoints(out), .log = recorded()});
        run.step(kEpoch + 3);
        run.apply(command::Reset{.seed = 2});
        run.apply(command::SetLearningRate{0.5});  // before its log has begun
        run.post(command::Run{});
        run.wait_for_iteration(20'000);
    }
    {
        std::lock_guard lock(script->files_mutex);
        trained = script->files.at((out / "run-2" / "last.pt").string()).training->iteration;
        CHECK(script->files.at((out / "last.pt").string()).training->iteration == kEpoch + 3);
    }
    std::vector<std::string> first = numbers(1, kEpoch + 3);
    first.insert(first.begin() + kEpoch, "10");  // the measurement
    CHECK(iterations_of(out) == first);
    const std::vector<std::string> second = iterations_of(out / "run-2");
    CHECK(std::set<std::string>(second.begin(), second.end()).size() == static_cast<std::size_t>(trained));
    // One that ended with its last iteration's epoch may have been left before that epoch was measured.
    const auto unmeasured = static_cast<std::int64_t>(trained % kEpoch == 0 ? 1 : 0);
    const auto lines = static_cast<std::int64_t>(second.size());
    CHECK(lines <= trained + trained / kEpoch);
    CHECK(lines >= trained + trained / kEpoch - unmeasured);
    CHECK_THAT(lines_of(out / "run-2" / "metrics.jsonl").front(), contains_text("learning rate 0.01"));
    for (const fs::path& run : {out, out / "run-2"}) {
        // What else the run is repeated by stands above the recipe, which is read without it.
        const char* seed = run == out ? "# seed 1, " : "# seed 2, ";
        CHECK_THAT(lines_of(run / "recipe.toml").front(), contains_text(seed));
        CHECK(std::distance(fs::directory_iterator(run / "tensorboard"), fs::directory_iterator()) == 1);
    }
}

TEST_CASE("A run that does not train leaves nothing, nor does one without a file of its own") {
    const TempFolder home;
    {
        SessionUnderTest run({.save_to = run_checkpoints(home.path() / "out"), .log = recorded()});
        run.apply(command::SetLearningRate{0.5});
        run.apply(command::Reset{.seed = 2});
    }
    {
        SessionUnderTest run({.log = recorded()});
        run.step(3);
    }
    CHECK(fs::is_empty(home.path()));
}

TEST_CASE("Every nth iteration is logged, and every measurement") {
    const TempFolder home;
    {
        SessionUnderTest run({.script = even_epochs_of_ten(),
                              .save_to = run_checkpoints(home.path()),
                              .log = recorded(/*log_every=*/4)});
        run.step(kEpoch + 3);
    }
    CHECK(iterations_of(home.path()) == std::vector<std::string>{"4", "8", "10", "12"});
}

TEST_CASE("What was trained is in the log while the run goes on, and can be read by others") {
    const TempFolder home;
    SessionUnderTest run({.save_to = run_checkpoints(home.path()), .log = recorded(/*log_every=*/1, hurried())});
    run.step(3);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (iterations_of(home.path()).size() < 3 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    CHECK(iterations_of(home.path()) == numbers(1, 3));
}

TEST_CASE("A full disk is told once, as is its end, and the log has all that happened meanwhile") {
    const TempFolder home;
    auto recorder = std::make_shared<RunRecorder>(/*log_every=*/1);
    SessionUnderTest run({.script = even_epochs_of_ten(),
                          .save_to = run_checkpoints(home.path()),
                          .log = [recorder](RunLogEntry entry) { return recorder->add(std::move(entry)); }});
    {
        const FullDisk full(2000);
        run.step(200);
        CHECK_FALSE(recorder->settle().ok());
        run.step(1);
        CHECK_FALSE(recorder->settle().ok());
        run.step(1);
    }
    REQUIRE(run.notices().size() == 1);
    CHECK_THAT(run.notices().front().text, contains_text(home.path().string()));
    CHECK_THAT(run.notices().front().text, contains_text("tried again"));
    CHECK(recorder->settle().ok());
    run.step(1);
    REQUIRE(run.notices().size() == 2);
    CHECK_THAT(run.notices()[1].text, contains_text("is written again"));
    CHECK(recorder->settle().ok());
    std::set<std::string> logged;
    for (const std::string& number : iterations_of(home.path())) logged.insert(number);
    CHECK(logged.size() == 203);
}

TEST_CASE("A log is settled when all that was added before is on the disk, and says what is not") {
    const TempFolder home;
    RunRecorder recorder(/*log_every=*/1);
    auto info = std::make_shared<RunInfo>();
    info->checkpoint = (home.path() / "last.pt").string();
    CHECK(recorder.settle().ok());
    recorder.add(event::RunStarted{info});
    CHECK(recorder.settle().ok());
    const auto add = [&](std::int64_t first, std::int64_t last) {
        IterationMetrics metrics;
        for (metrics.iteration = first; metrics.iteration <= last; ++metrics.iteration) recorder.add(metrics);
    };
    add(1, 3);
    CHECK(recorder.settle().ok());
    CHECK(iterations_of(home.path()) == numbers(1, 3));
    {
        const FullDisk full(100);
        add(4, 6);
        const Result<void> settled = recorder.settle();
        REQUIRE_FALSE(settled.ok());
        CHECK_THAT(settled.error().message, contains_text("iterations 4 to 6"));
    }
    CHECK(recorder.settle().ok());
    CHECK(iterations_of(home.path()) == numbers(1, 6));
}

TEST_CASE("A resumed run whose folder is gone before its log is first written says what that lacks") {
    const TempFolder home;
    RunRecorder recorder(/*log_every=*/1);
    auto info = std::make_shared<RunInfo>();
    info->checkpoint = (home.path() / "run" / "last.pt").string();
    fs::create_directory(home.path() / "run");
    std::ofstream(info->checkpoint) << "saved";
    auto history = std::make_shared<RunHistory>();
    history->evaluations.push_back(EvaluationMetrics{.run = {}, .iteration = 5});
    recorder.add(event::RunStarted{info, ResumePoint{10}, history});
    fs::remove_all(home.path() / "run");
    recorder.add(IterationMetrics{.run = {}, .iteration = 11});
    const Result<void> settled = recorder.settle();
    REQUIRE_FALSE(settled.ok());
    CHECK_THAT(settled.error().message, contains_text("the log lacks iterations 1 to 10"));
    CHECK(iterations_of(home.path() / "run") == std::vector<std::string>{"5", "11"});
}

TEST_CASE("The log of a run that another takes the place of while its disk is full is whole once there is room") {
    const TempFolder home;
    RunRecorder recorder(/*log_every=*/1);
    const auto begin = [&](const char* name) {
        auto info = std::make_shared<RunInfo>();
        info->checkpoint = (home.path() / name / "last.pt").string();
        recorder.add(event::RunStarted{info});
    };
    const auto add = [&](std::int64_t first, std::int64_t last) {
        IterationMetrics metrics;
        for (metrics.iteration = first; metrics.iteration <= last; ++metrics.iteration) recorder.add(metrics);
    };
    begin("a");
    add(1, 3);
    REQUIRE(recorder.settle().ok());
    {
        const FullDisk full(100);
        add(4, 6);
        begin("b");
        add(1, 2);
        CHECK_FALSE(recorder.settle().ok());
        CHECK(iterations_of(home.path() / "a") == numbers(1, 3));
    }
    CHECK(recorder.settle().ok());
    CHECK(iterations_of(home.path() / "a") == numbers(1, 6));
    CHECK(iterations_of(home.path() / "b") == numbers(1, 2));
}

TEST_CASE("However long a disk does not answer, few rows wait for it: what is left out is said, and named in the log") {
    const TempFolder home;
    Gate disk;
    RunRecorder recorder(/*log_every=*/1, /*most_rows=*/10, RunFolderUse{}, hurried());
    auto info = std::make_shared<RunInfo>();
    info->checkpoint = (home.path() / "last.pt").string();
    info->dataset = std::make_shared<StuckDataset>(disk);
    info->data.train_count = 1;
    info->data.height = info->data.width = 4;
    std::vector<std::string> notices;
    const auto add = [&](RunLogEntry entry) {
        if (auto notice = recorder.add(std::move(entry))) notices.push_back(notice->text);
    };
    IterationMetrics metrics{.run = {}, .iteration = 1};
    add(event::RunStarted{info});
    add(metrics);
    REQUIRE(disk.wait_for_arrival());
    for (metrics.iteration = 2; metrics.iteration <= 1000; ++metrics.iteration) {
        add(metrics);
        if (metrics.iteration == 500) add(EvaluationMetrics{.run = {}, .iteration = 500});
    }
    REQUIRE(notices.size() == 1);
    CHECK_THAT(notices.front(), contains_text(home.path().string()));
    CHECK_THAT(notices.front(), contains_text("its disk does not answer"));
    disk.open();
    const Result<void> settled = recorder.settle();
    REQUIRE_FALSE(settled.ok());  // for good
    CHECK_THAT(settled.error().message, contains_text("the log lacks iterations"));
    add(metrics);
    CHECK_FALSE(recorder.settle().ok());
    std::vector<std::string> wanted = numbers(1, 11);
    wanted.insert(wanted.end(), {"500", "1001"});
    CHECK(iterations_of(home.path()) == wanted);
    std::vector<std::string> missing;
    for (const std::string& line : lines_of(home.path() / "metrics.jsonl"))
        if (line.find("missing") != std::string::npos) missing.push_back(line);
    CHECK(missing == std::vector<std::string>{R"({"event":"missing","iteration":500,"first":12})",
                                              R"({"event":"missing","iteration":1000,"first":501})"});
}

TEST_CASE("Weights wait for a disk that does not answer only as far as they are few") {
    const TempFolder home;
    Gate disk;
    RunRecorder recorder(/*log_every=*/1, RunRecorder::kMostRows, RunFolderUse{}, hurried());
    auto info = std::make_shared<RunInfo>();
    info->checkpoint = (home.path() / "last.pt").string();
    info->dataset = std::make_shared<StuckDataset>(disk);
    info->data.train_count = 1;
    info->data.height = info->data.width = 4;
    info->network.layers.emplace_back();
    recorder.add(event::RunStarted{info});
    recorder.add(IterationMetrics{.run = {}, .iteration = 1});
    REQUIRE(disk.wait_for_arrival());
    std::vector<std::weak_ptr<const TensorCapture>> held;
    for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
        auto capture = std::make_shared<TensorCapture>();
        capture->key = {TensorKind::Weight, LayerId{0}};
        capture->values.resize(RunRecorder::kMostWeights / sizeof(float));
        held.emplace_back(capture);
        const auto notice = recorder.add(MeasuredWeights{epoch, {std::move(capture)}});
        CHECK(notice.has_value() == (epoch == 2));
    }
    CHECK_FALSE(held[0].expired());
    CHECK(held[1].expired());
    CHECK(held[2].expired());
    disk.open();
    CHECK(recorder.settle().ok());
}

TEST_CASE("No saved run is ahead of its log: that is on the disk first") {
    const TempFolder home;
    auto script = even_epochs_of_ten();
    auto recorder = std::make_shared<RunRecorder>(/*log_every=*/1);
    std::vector<std::string> logged;
    script->on_save = [&] { logged = iterations_of(home.path()); };
    SessionUnderTest run({.script = script,
                          .save_to = run_checkpoints(home.path()),
                          .log = [recorder](RunLogEntry entry) { return recorder->add(std::move(entry)); },
                          .settle_log = [recorder] { return recorder->settle(); }});
    run.step(7);
    run.apply(command::Save{});
    run.wait_for_saves(1);
    CHECK(logged == numbers(1, 7));
}

}  // namespace convscope
