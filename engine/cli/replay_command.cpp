// `convscope replay`: a run lived again from its journal.
#include "engine/cli/network_commands.h"
#include "engine/core/utf8.h"
#include "engine/host/run_setup.h"
#include "engine/train/machine.h"

#include <nlohmann/json.hpp>

#include <cinttypes>
#include <cstdio>
#include <string>

namespace convscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShown = 12;  // digits of a digest, on a terminal

void print(const Json& object) {
    std::printf("%s\n", object.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    std::fflush(stdout);
}

class Report {
public:
    Report(const ReplayCommandOptions& options, const journal::Begun& begun) : json_(options.json) {
        if (json_) {
            print({{"event", "begun"},
                   {"recipe", begun.recipe.name},
                   {"seed", begun.seed},
                   {"data", begun.data_name},
                   {"threads", begun.threads},
                   {"machine", begun.machine},
                   {"here", machine_description()},
                   {"program", begun.program},
                   {"library", begun.library}});
            return;
        }
        std::printf("%s: %s, seed %" PRIu64 ", %s, %d %s; written by %s with %s\n", options.journal.c_str(),
                    readable(begun.recipe.name).c_str(), begun.seed, readable(begun.data_name).c_str(), begun.threads,
                    begun.threads == 1 ? "thread" : "threads", readable(begun.program).c_str(),
                    readable(begun.library).c_str());
        if (!begun.machine.empty() && begun.machine != machine_description())
            std::printf("written on %s; this is %s, where the last bits may differ\n", readable(begun.machine).c_str(),
                        machine_description().c_str());
    }

    void compared(const Comparison& comparison) {
        if (!comparison.same()) differs_ = true;
        if (json_)
            return print({{"event", "weights"},
                          {"iteration", comparison.place.iteration},
                          {"recorded", comparison.recorded},
                          {"lived", comparison.lived},
                          {"same", comparison.same()}});
        std::printf(
            "iteration %-8" PRId64 " weights %s  %s\n", comparison.place.iteration,
            comparison.lived.substr(0, kShown).c_str(),
            comparison.same() ? "the same" : ("not " + comparison.recorded.substr(0, kShown) + ", as then").c_str());
        std::fflush(stdout);
    }

    int end(const Replayed& replayed, const journal::Begun& begun) {
        if (json_)
            print({{"event", "end"},
                   {"iteration", replayed.iteration},
                   {"weights", replayed.weights},
                   {"commands", replayed.commands},
                   {"compared", replayed.compared},
                   {"same", !differs_}});
        else if (differs_)
            std::printf(
                "From here on it is another run%s. The same bits need the same program, LibTorch, processor and "
                "number of threads.\n",
                begun.program == build_description() ? "" : (": this is " + build_description()).c_str());
        else
            std::printf("iteration %-8" PRId64 " weights %s  end; %" PRId64 " commands, the same bits in all %" PRId64
                        " places\n",
                        replayed.iteration, replayed.weights.substr(0, kShown).c_str(), replayed.commands,
                        replayed.compared);
        return differs_ ? 1 : 0;
    }

private:
    const bool json_;
    bool differs_ = false;
};

}  // namespace

int run_replay_command(const ReplayCommandOptions& options) {
    const auto complain = [&options](const Error& error) {
        std::fprintf(stderr, "%s: %s\n", options.journal.c_str(), error.message.c_str());
        return 1;
    };
    const Result<std::vector<Life>> lives = read_journal(options.journal);
    if (!lives) {  // its message names the file
        std::fprintf(stderr, "%s\n", lives.error().message.c_str());
        return 1;
    }
    const journal::Begun& begun = lives.value().front().begun;
    Result<ReplayOptions> prepared = prepare_replay(begun, {.data = options.data, .device = options.device});
    if (!prepared) return complain(prepared.error());
    Report report(options, begun);
    prepared.value().until = options.until;
    prepared.value().compared = [&report](const Comparison& comparison) { report.compared(comparison); };
    const Result<Replayed> replayed = replay(lives.value(), std::move(prepared).value());
    return replayed ? report.end(replayed.value(), begun) : complain(replayed.error());
}

}  // namespace convscope
